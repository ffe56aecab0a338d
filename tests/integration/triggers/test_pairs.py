"""Groups of which one fires and the others are cancelled: never both, and of two at once the half that protects."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.engine import trigger_rules
from tests import builders
from tests.trigger_floor import SELLS, STOPS, TRAILS, Floor, custom, on_date
from tests.trigger_oracle import VIOLATIONS

GROUP = {"oco_group": "exit"}
TARGET = SELLS | GROUP
STOP = STOPS | GROUP
# Both hold at 100, at their first look.
PROTECTS = STOP | {"trigger_value": "101"}
PROFITS = TARGET | {"trigger_value": "99"}


@pytest.mark.parametrize(("price", "winner"), [("94", "stop"), ("106", "target")])
def test_the_half_that_is_reached_fires_and_the_other_is_cancelled(floor: Floor, price: str, winner: str) -> None:
    found = {"stop": floor.add(**STOP), "target": floor.add(**TARGET)}
    floor.days(price)
    loser = found[({"stop", "target"} - {winner}).pop()]
    assert floor.status(found[winner]) == "Triggered"
    assert floor.state(loser) == ("Cancelled", "oco")
    floor.days("106", "94", "106", first="2024-01-09")
    assert floor.orders(loser) == []
    assert "Cancelled: oco" in floor.why(loser).sentence


@pytest.mark.parametrize("bodies", [[PROTECTS, PROFITS], [PROFITS, PROTECTS]])
def test_of_two_at_once_the_half_that_protects_fires(floor: Floor, bodies: list[dict[str, str]]) -> None:
    found = {body.get("trigger_condition", "Greater Than"): floor.create(**body).id for body in bodies}
    floor.tick()
    assert floor.status(found["Less Than"]) == "Triggered"
    assert floor.state(found["Greater Than"]) == ("Cancelled", "oco")


@pytest.mark.parametrize("bodies", [[PROTECTS, PROFITS], [PROFITS, PROTECTS]])
def test_so_it_is_where_every_batch_is_a_single_one(
    database_url: str, tmp_path: Path, bodies: list[dict[str, str]]
) -> None:
    with builders.world(database_url, "2024-01-05 21:00", batch_size=1) as world:
        builders.add_client(world.connection)
        builders.add_product(world.connection, "EQ", min_redemption=100)
        builders.add_lot(world.connection, "EQ", "500", "40000.00", "2023-06-01")
        floor = Floor(world, tmp_path / "prices.csv")
        floor.price("100", "2024-01-05")
        found = [floor.create(**body).id for body in bodies]
        floor.tick()
        states = {floor.row(trigger)["trigger_condition"]: floor.status(trigger) for trigger in found}
        assert states == {"Less Than": "Triggered", "Greater Than": "Cancelled"}


def test_the_trailing_half_protects_as_well(floor: Floor) -> None:
    trailing = floor.add(**TRAILS | GROUP)
    floor.days("100")
    target = floor.add(**TARGET | {"trigger_condition": "Crosses Below", "trigger_value": "95"})
    floor.days("90", first="2024-01-09")
    assert sorted([floor.status(trailing), floor.status(target)]) == ["Cancelled", "Triggered"]


def test_a_group_may_have_more_than_two(floor: Floor) -> None:
    found = [floor.add(**body) for body in (STOP, TARGET, TARGET | on_date("2024-02-01"), TRAILS | GROUP)]
    floor.days("106")
    assert [floor.status(trigger) for trigger in found] == ["Cancelled", "Triggered", "Cancelled", "Cancelled"]


def test_a_group_is_the_clients_own(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    mine, theirs = floor.add(**TARGET), floor.add(client="C2", oco_group="exit", trigger_value="110")
    floor.days("106")
    assert (floor.status(mine), floor.status(theirs)) == ("Triggered", "Active")


def test_a_trigger_without_a_group_is_nobodys_half(floor: Floor) -> None:
    single, pair = floor.add(**STOPS), floor.add(**TARGET)
    floor.days("106")
    assert (floor.status(single), floor.status(pair)) == ("Active", "Triggered")


def test_a_half_that_fires_and_has_nothing_to_order_ends_the_pair(floor: Floor) -> None:
    stop, target = floor.add(**STOP), floor.add(**TARGET | {"units": "900", "on_shortfall": "reject"})
    floor.days("106")
    assert floor.state(target) == ("Failed", "insufficient_units")
    assert floor.state(stop) == ("Cancelled", "oco")


def test_a_half_that_waits_to_be_confirmed_has_ended_the_other(floor: Floor) -> None:
    stop, target = floor.add(**STOP), floor.add(mode="confirm", **TARGET)
    floor.days("106", "94")
    assert (floor.status(stop), floor.status(target)) == ("Cancelled", "Expired")
    assert floor.orders(stop) == floor.orders(target) == []


def test_a_half_that_is_kept_from_firing_leaves_the_other(floor: Floor) -> None:
    stop, target = floor.add(**STOP), floor.add(**TARGET)
    builders.add_switch(floor.world.connection, "rule", str(trigger_rules.key_of(target)), "stop_all")
    floor.days("106", "94")
    assert (floor.status(stop), floor.status(target)) == ("Triggered", "Cancelled")


def test_a_tree_and_a_level_may_be_a_pair(floor: Floor) -> None:
    tree = {"any": [{"trigger_type": "NAV", "trigger_condition": "Greater Than", "trigger_value": "105"}]}
    stop, other = floor.add(**STOP), floor.add(**TARGET | custom(tree))
    floor.days("106")
    assert (floor.status(stop), floor.status(other)) == ("Cancelled", "Triggered")


def test_the_oracle_would_see_both(floor: Floor) -> None:
    """What these tests rely on after each of them."""
    stop, target = floor.add(**STOP), floor.add(**TARGET)
    floor.days("106")
    find = VIOLATIONS["both halves of {} fired"]
    assert floor.world.rows(find) == []
    spoil = "update trigger_orders set triggered_at = %s where id = any(%s)"
    keys = [trigger_rules.key_of(each) for each in (stop, target)]
    with floor.world.connection.transaction(force_rollback=True):
        floor.world.connection.execute(spoil, (floor.world.clock.instant, keys))
        assert len(floor.world.rows(find)) == 1
