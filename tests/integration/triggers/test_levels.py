"""Levels and crossings on prices that come in evening by evening."""

from __future__ import annotations

import pytest

from tests.trigger_floor import ABOVE, BELOW, SELLS, STOPS, SWITCHES, Floor

EQUALS = {"trigger_condition": "Equals"}


@pytest.mark.parametrize("kind", ["NAV", "Price"])
def test_a_level_fires_at_the_first_price_beyond_it_and_tells_that_price(floor: Floor, kind: str) -> None:
    trigger = floor.add(trigger_type=kind)
    floor.days("105.0000", "107.1234", "110")
    assert floor.fired(trigger) == ("107.1234", "2024-01-09")
    assert floor.status(trigger) == "Triggered"
    order = floor.order(trigger)
    assert (order["order_type"], order["product_id"], str(order["amount"]), str(order["trade_date"])) == (
        "Purchase",
        "EQ",
        "10000.00",
        "2024-01-09",
    )


@pytest.mark.parametrize(("changes", "prices", "expected"), [
    ({}, ["105", "105.0001"], 1),
    (STOPS, ["95", "94.9999"], 1),
    (STOPS, ["96", "95"], None),
    (ABOVE, ["104", "105", "105.0001"], 2),
    (ABOVE, ["106"], 0),
    (BELOW, ["96", "95", "94.9999"], 2),
    (BELOW, ["80"], 0),
    (EQUALS, ["104.9999", "105.0000"], 1),
    (EQUALS, ["104.9999", "105.0001"], 1),
    (EQUALS, ["104.9999"], None),
    (EQUALS | {"tolerance": "0.5"}, ["104.4999", "104.5"], 1),
    (EQUALS | {"tolerance": "0"}, ["104.9999", "105"], 1),
    (EQUALS | {"trigger_value": "95"}, ["97", "90"], 1),
])  # fmt: skip
def test_each_condition_fires_on_its_day_and_not_before(
    floor: Floor, changes: dict[str, str], prices: list[str], expected: int | None
) -> None:
    trigger = floor.add(**changes)
    for number, (price, day) in enumerate(zip(prices, ["2024-01-08", "2024-01-09", "2024-01-10"], strict=False)):
        floor.price(price, day)
        fired = expected is not None and number >= expected
        assert (floor.fired(trigger) is not None) is fired, price


@pytest.mark.parametrize("condition", ["Crosses Above", "Crosses Below", "Equals"])
def test_the_first_observation_after_creation_crosses_nothing(floor: Floor, condition: str) -> None:
    """It was made before the price came and looked for the first time after: what was before is not its own."""
    value = "101" if condition == "Crosses Above" else "99"
    trigger = floor.create(trigger_condition=condition, trigger_value=value).id
    floor.price("105" if condition == "Crosses Above" else "95", "2024-01-08")
    assert floor.fired(trigger) is None
    assert floor.reason(trigger) in ("baseline", "condition_not_met")


@pytest.mark.parametrize(("changes", "start"), [(ABOVE, "110"), (BELOW, "90")])
def test_a_crossing_made_beyond_its_level_waits_for_the_way_back_and_again(
    floor: Floor, changes: dict[str, str], start: str
) -> None:
    floor.days(start)
    trigger = floor.add(**changes)
    floor.days(start, "100", first="2024-01-09")
    assert floor.fired(trigger) is None
    floor.days(start, first="2024-01-11")
    assert floor.fired(trigger) == (f"{start}.0000", "2024-01-11")


def test_a_level_that_holds_at_creation_fires_at_the_first_look(floor: Floor) -> None:
    trigger = floor.add(trigger_value="99.9999")
    assert floor.fired(trigger) == ("100.0000", "2024-01-05")


def test_a_price_that_flaps_across_the_level_fires_once(floor: Floor) -> None:
    triggers = [floor.add(**changes) for changes in ({}, ABOVE, EQUALS, STOPS, BELOW)]
    floor.days("106", "94", "106", "94", "105", "95", "106", "94", "110", "90")
    assert [floor.fired(trigger) for trigger in triggers] == [
        ("106.0000", "2024-01-08"),
        ("106.0000", "2024-01-08"),
        ("106.0000", "2024-01-08"),
        ("94.0000", "2024-01-09"),
        ("94.0000", "2024-01-09"),
    ]
    assert [len(floor.orders(trigger)) for trigger in triggers] == [1] * 5


def test_a_price_that_has_come_back_when_it_is_looked_at_was_not_seen_beyond(floor: Floor) -> None:
    """Two prices come between two ticks: only the newest is an observation."""
    trigger = floor.add()
    floor.publish("107", "2024-01-08")
    floor.publish("101", "2024-01-09")
    floor.tick()
    assert floor.fired(trigger) is None


def test_the_same_tick_twice_does_nothing_more(floor: Floor) -> None:
    trigger = floor.add()
    assert floor.price("106", "2024-01-08") == {"prices": 1, "reached": 1, "looked": 1, "fired": 1, "orders": 1}
    assert floor.tick() == {}
    assert len(floor.orders(trigger)) == 1


def test_a_price_that_concerns_nobody_costs_no_look(floor: Floor) -> None:
    floor.add()
    assert floor.price("104", "2024-01-08") == {"prices": 1}


def test_a_corrected_price_is_looked_at_as_the_next_observation(floor: Floor) -> None:
    trigger = floor.add()
    floor.price("104", "2024-01-08")
    floor.price("106", "2024-01-08")
    assert floor.fired(trigger) == ("106.0000", "2024-01-08")


def test_an_older_price_that_comes_late_is_no_observation(floor: Floor) -> None:
    trigger = floor.add()
    floor.price("104", "2024-01-09")
    floor.publish("110", "2024-01-08", when="2024-01-09 22:00")
    floor.tick()
    assert floor.fired(trigger) is None


def test_a_product_without_any_price_yet_fires_a_level_at_its_first_and_takes_it_as_a_crossings_baseline(
    floor: Floor,
) -> None:
    floor.world.connection.execute(
        "insert into products (id, name, amc, asset_class) values ('NEW', 'N', 'A', 'equity')"
    )
    level, crossing = floor.add(product="NEW"), floor.add(product="NEW", **ABOVE)
    assert floor.reason(level) == floor.reason(crossing) == "no_price"
    floor.price("106", "2024-01-08", "NEW")
    assert floor.fired(level) == ("106.0000", "2024-01-08")
    assert floor.fired(crossing) is None
    floor.price("104", "2024-01-09", "NEW")
    floor.price("107", "2024-01-10", "NEW")
    assert floor.fired(crossing) == ("107.0000", "2024-01-10")


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, ("Purchase", "EQ", None, "10000.00", None, False)),
    (SELLS, ("Redemption", "EQ", None, None, None, True)),
    (SELLS | {"units": "12.5"}, ("Redemption", "EQ", None, None, "12.5000", False)),
    (SELLS | {"units": ..., "amount": "777"}, ("Redemption", "EQ", None, "777.00", None, False)),
    (SWITCHES, ("Switch", "EQ", "FUND", None, None, True)),
])  # fmt: skip
def test_what_was_asked_for_is_ordered_executed_and_booked(
    floor: Floor, changes: dict[str, str], expected: tuple[object, ...]
) -> None:
    trigger = floor.add(**changes)
    floor.days("106")
    order = floor.order(trigger)
    amount, units = (None if order[name] is None else str(order[name]) for name in ("amount", "units"))
    assert (
        order["order_type"], order["product_id"], order["target_product_id"], amount, units, order["all_units"],
    ) == expected  # fmt: skip
    floor.world.orders("2024-01-08 21:10")
    assert floor.status(trigger) == "Triggered"
    floor.publish("107", "2024-01-09")
    floor.world.orders("2024-01-09 21:10")
    assert floor.state(trigger) == ("Executed", None)
    assert str(floor.order(trigger)["nav"]) == "107.0000"
