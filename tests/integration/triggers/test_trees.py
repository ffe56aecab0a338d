"""Custom trees, dates, and what follows the worth of a client's holdings."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders
from tests.trigger_floor import SELLS, Floor, asks, custom, on_date

RISES, FALLS = asks("Greater Than", "105"), asks("Less Than", "95")
FEBRUARY = {"trigger_type": "Date", "trigger_at": "2024-02-01T10:00"}
TENTH = {"trigger_type": "Date", "trigger_at": "2024-01-10T12:00"}
OTHER = asks("Greater Than", "11", product="FUND")


def worth(condition: str, value: str) -> dict[str, Any]:
    return {"trigger_type": "Portfolio Value", "trigger_condition": condition, "trigger_value": value}


def progress(condition: str, value: str) -> dict[str, Any]:
    return {"trigger_type": "Goal Progress", "goal": "G", "trigger_condition": condition, "trigger_value": value}


def add_goal(floor: Floor, target: str = "100000", share: str = "100") -> None:
    builders.add(floor.world.connection, "goals", id="G", client_id="C1", name="house", target_amount=target)
    builders.add(floor.world.connection, "goal_products", goal_id="G", product_id="EQ", share_percent=share)


def test_a_date_fires_at_its_instant_and_not_before(floor: Floor) -> None:
    trigger = floor.add(**on_date("2024-01-08T12:00"))
    assert floor.tick("2024-01-08 11:59") == {}
    floor.tick("2024-01-08 12:00")
    assert floor.status(trigger) == "Triggered"
    assert floor.order(trigger)["order_type"] == "Purchase"


def test_a_bare_date_is_its_first_moment_in_the_clients_zone(floor: Floor) -> None:
    floor.world.connection.execute("update clients set time_zone = 'America/New_York'")
    trigger = floor.add(max_data_age=9, **on_date("2024-01-09"))
    floor.tick("2024-01-09 10:29")
    assert floor.status(trigger) == "Active"
    floor.tick("2024-01-09 10:30")
    assert floor.status(trigger) == "Triggered"


def test_a_date_whose_product_has_no_fresh_price_waits_for_one(floor: Floor) -> None:
    trigger = floor.add(**on_date("2024-01-17T10:00"))
    floor.tick("2024-01-17 10:00")
    assert (floor.status(trigger), floor.reason(trigger)) == ("Active", "stale_price")
    floor.price("101", "2024-01-17")
    floor.tick("2024-01-17 21:05")
    assert floor.status(trigger) == "Triggered"


@pytest.mark.parametrize(("tree", "day"), [
    ({"any": [RISES, FALLS]}, "2024-01-10"),
    ({"all": [{"not": RISES}, FALLS]}, "2024-01-10"),
    ({"all": [RISES, FALLS]}, None),
    ({"not": RISES}, "2024-01-08"),
    ({"any": [FALLS, FEBRUARY]}, "2024-01-10"),
    ({"all": [TENTH, asks("Greater Than", "100.5")]}, "2024-01-11"),
    ({"any": [{"all": [FALLS, FEBRUARY]}, asks("Equals", "102")]}, "2024-01-11"),
    (asks("Crosses Below", "96"), "2024-01-10"),
    ({"all": [asks("Crosses Above", "101"), TENTH]}, "2024-01-11"),
])  # fmt: skip
def test_a_tree_fires_on_the_day_that_it_first_holds(floor: Floor, tree: dict[str, Any], day: str | None) -> None:
    trigger = floor.add(**custom(tree))
    floor.days("100", "98", "94", "104", "100")
    row = floor.row(trigger)
    found = None if row["triggered_at"] is None else str(row["triggered_at"].astimezone(builders.KOLKATA).date())
    assert found == day


def test_a_tree_that_also_waits_for_a_date_is_looked_at_on_that_date(floor: Floor) -> None:
    trigger = floor.add(**custom({"any": [FALLS, TENTH]}))
    floor.price("101", "2024-01-09")
    floor.tick("2024-01-10 11:59")
    assert floor.status(trigger) == "Active"
    floor.tick("2024-01-10 12:00")
    assert floor.status(trigger) == "Triggered"


def test_a_tree_watches_other_products_than_the_one_it_orders(floor: Floor) -> None:
    trigger = floor.add(**custom({"all": [OTHER, {"not": FALLS}]}))
    floor.days("10.9", "11.0001", product="FUND")
    assert floor.fired(trigger) == ("11.0001", "2024-01-09")
    assert floor.order(trigger)["product_id"] == "EQ"


def test_a_tree_with_a_part_that_is_not_known_fires_only_where_the_rest_decides(floor: Floor) -> None:
    floor.world.connection.execute(
        "insert into products (id, name, amc, asset_class) values ('NEW', 'N', 'A', 'equity')"
    )
    unknown = asks("Greater Than", "1", product="NEW")
    either, both = (floor.add(**custom({operator: [unknown, RISES]})) for operator in ("any", "all"))
    floor.price("106", "2024-01-08")
    assert (floor.status(either), floor.status(both)) == ("Triggered", "Active")
    assert floor.reason(both) == "condition_unknown"
    floor.price("2", "2024-01-08", "NEW")
    assert floor.status(both) == "Triggered"


def test_a_crossing_in_a_tree_comes_from_what_the_tree_saw_before(floor: Floor) -> None:
    trigger = floor.add(**custom({"any": [asks("Crosses Above", "105"), FEBRUARY]}))
    floor.days("104", "106")
    assert floor.fired(trigger) == ("106.0000", "2024-01-09")


def test_a_crossing_in_a_tree_has_a_first_observation_as_well(floor: Floor) -> None:
    trigger = floor.create(**custom({"any": [asks("Crosses Above", "105"), FEBRUARY]})).id
    floor.days("106", "107")
    assert floor.fired(trigger) is None


@pytest.mark.parametrize(("body", "prices", "observed"), [
    (worth("Greater Than", "51000"), ["102", "102.0002"], "51000.1000"),
    (worth("Less Than", "49000"), ["98", "97.99"], "48995.0000"),
    (worth("Crosses Above", "52000"), ["103", "105"], "52500.0000"),
    (worth("Equals", "51000"), ["101", "102"], "51000.0000"),
])  # fmt: skip
def test_the_worth_of_all_holdings_is_followed_to_the_paisa(
    floor: Floor, body: dict[str, Any], prices: list[str], observed: str
) -> None:
    trigger = floor.add(**body)
    *before, last = prices
    day = floor.days(*before)
    assert floor.fired(trigger) is None
    floor.days(last, first="2024-01-09")
    assert day == "2024-01-08"
    assert floor.fired(trigger) == (observed, "2024-01-09")


def test_the_worth_is_that_of_everything_held_and_looked_at_when_any_of_it_moves(floor: Floor) -> None:
    builders.add_lot(floor.world.connection, "FUND", "1000", "9000.00", "2023-06-01")
    trigger = floor.add(**worth("Greater Than", "60500"))
    floor.price("10.5", "2024-01-08", "FUND")
    assert floor.fired(trigger) is None
    floor.price("10.6", "2024-01-09", "FUND")
    assert floor.fired(trigger) == ("60600.0000", "2024-01-05")


def test_the_worth_is_looked_at_again_when_something_was_bought(floor: Floor) -> None:
    trigger = floor.add(mode="notify", **worth("Greater Than", "55000"))
    floor.add(trigger_value="99")
    floor.world.orders()
    floor.price("101", "2024-01-08")
    assert floor.fired(trigger) is None
    floor.world.orders("2024-01-08 21:10")
    floor.tick()
    assert floor.fired(trigger) is not None


def test_another_clients_holdings_do_not_count(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    builders.add_lot(floor.world.connection, "EQ", "900", "9000.00", "2023-06-01", "C2")
    trigger = floor.add(**worth("Greater Than", "60000"))
    floor.days("110")
    assert floor.fired(trigger) is None


@pytest.mark.parametrize(("share", "prices", "observed"), [
    ("100", ["110", "112"], "56.0000"),
    ("50", ["110", "120.001"], None),
])  # fmt: skip
def test_the_progress_of_a_goal_is_followed_in_percent_of_its_target(
    floor: Floor, share: str, prices: list[str], observed: str | None
) -> None:
    add_goal(floor, share=share)
    trigger = floor.add(**progress("Greater Than", "55"))
    floor.days(*prices)
    assert floor.fired(trigger) == (None if observed is None else (observed, "2024-01-09"))


def test_a_goal_that_is_reached_may_sell_what_it_was_for(floor: Floor) -> None:
    add_goal(floor, target="55000")
    trigger = floor.add(**SELLS | progress("Crosses Above", "100"))
    floor.days("105", "110", "111")
    assert floor.fired(trigger) == ("100.9091", "2024-01-10")
    assert floor.order(trigger)["all_units"] is True


def test_prices_goals_worth_and_dates_may_be_mixed(floor: Floor) -> None:
    add_goal(floor)
    tree = {"all": [progress("Greater Than", "51"), worth("Less Than", "60000"), {"not": FEBRUARY}, RISES]}
    trigger = floor.add(**custom(tree))
    floor.days("104", "106")
    assert floor.fired(trigger) == ("106.0000", "2024-01-09")


def test_a_tree_that_is_not_yet_valid_sees_nothing_until_it_is(floor: Floor) -> None:
    """The 104 of the evening before is not what its first observation, of 106, is compared with."""
    trigger = floor.add(valid_from="2024-01-09T20:30", **custom({"any": [asks("Crosses Above", "105")]}))
    floor.days("104", "106")
    assert floor.fired(trigger) is None
    floor.days("104", "106", first="2024-01-10")
    assert floor.fired(trigger) == ("106.0000", "2024-01-11")
