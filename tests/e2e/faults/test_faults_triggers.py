"""Trigger orders whose evaluator is killed, stopped or doubled: each fires exactly once, of a pair only one half."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from automation.engine import trigger_rules
from tests import builders
from tests.e2e.faults.stages import Stage, in_batches_of
from tests.trigger_floor import SELLS, STOPS, TRAILS, Floor, asks, custom, weekdays

UNBORN: dict[str, Any] = {}
MINE = {"mode": "execute", "product": "EQ"}
TEN = {"units": "10"}
# What is made every morning at 100, and what becomes of it in the evening at 106.
EVERY_DAY: dict[str, tuple[dict[str, Any], str]] = {
    "target": (SELLS | TEN | {"oco_group": "exit"}, "Executed"),
    "stop": (STOPS | TEN | {"oco_group": "exit"}, "Cancelled"),
    "buy": ({"client": "C2", "amount": "1000"}, "Executed"),
    "crossing": ({"client": "C2", "amount": "700", "trigger_condition": "Crosses Above"}, "Executed"),
    "tree": (SELLS | TEN | {"client": "C3"} | custom({"any": [asks("Greater Than", "105")]}), "Executed"),
    "told": ({"client": "C3", "mode": "notify"}, "Executed"),
    "too much": (SELLS | {"client": "C3", "units": "99999", "on_shortfall": "reject"}, "Failed"),
    "low": (STOPS | {"client": "C3", "valid_until": "2030-01-01"}, "Active"),
}
ORDERS_A_DAY = 4


@pytest.fixture
def floor(stage: Stage, tmp_path: Any) -> Floor:
    """The stage with EQ, of which everybody has enough, and without rules."""
    world = stage.world
    world.connection.execute("delete from auto_invest_rules")
    builders.add_product(world.connection, "EQ", min_redemption=100)
    for client in ("C1", "C2", "C3"):
        builders.add_lot(world.connection, "EQ", "5000", "400000.00", "2023-06-01", client)
    return Floor(world, tmp_path / "prices.csv")


def evenings() -> Iterator[tuple[str, str]]:
    """The evening before and the evening of each trial."""
    for number, days in enumerate(pairwise(weekdays("2024-01-08"))):
        if number % 2 == 0:
            yield days


def morning(floor: Floor, day: str) -> dict[str, str]:
    """The price is 100, and the day's triggers have had their first look."""
    floor.price("100", day)
    made = {}
    for name, (body, _) in EVERY_DAY.items():
        pair = {"oco_group": day} if "oco_group" in body else {}
        made[name] = floor.create(**MINE | body | pair).id
    floor.tick()
    return made


def evening(stage: Stage, floor: Floor, day: str) -> None:
    """The price is 106, and nobody has looked at it; everybody's clock is at that."""
    floor.publish("106", day)
    stage.clock(f"{day} 21:00")


def assert_fired_once(stage: Stage, floor: Floor, made: dict[str, str], day: str) -> None:
    """Each is what it must be, its order is executed, and the invariants hold."""
    stage.check()
    for minute in ("10", "13", "16"):
        stage.world.orders(f"{day} 21:{minute}")
    fired = {name: floor.fired(trigger) for name, trigger in made.items()}
    assert {name for name, what in fired.items() if what == ("106.0000", day)} == EVERY_DAY.keys() - {"stop", "low"}
    assert [fired["stop"], fired["low"]] == [None, None]
    assert sum(len(floor.orders(trigger)) for trigger in made.values()) == ORDERS_A_DAY
    trigger_rules.cancel(stage.world.runtime, made["low"], "the day is over", "test")


def settle(stage: Stage, floor: Floor, made: list[dict[str, str]]) -> None:
    """Every order comes to its end; every trigger has the state, and every client the money, that follows."""
    floor.publish("100", "2025-01-10")
    stage.settle_all()
    for day in made:
        states = {name: floor.status(trigger) for name, trigger in day.items()}
        assert states == {name: end for name, (_, end) in EVERY_DAY.items()} | {"low": "Cancelled"}
    executed = "select sum(executed_amount) from orders where client_id = 'C2'"
    assert stage.world.value(executed) == 1700 * len(made)
    assert stage.world.value("select cash_balance from clients where id = 'C2'") == 1_000_000 - 1700 * len(made)
    held = stage.world.rows("select units from holdings where product_id = 'EQ' and client_id in ('C1', 'C3')")
    assert [row["units"] for row in held] == [5000 - 10 * len(made)] * 2


@in_batches_of([3])
def test_killed_at_each_boundary_the_next_tick_fires_what_is_left_and_nothing_twice(stage: Stage, floor: Floor) -> None:
    child, made = UNBORN, []
    for before, day in evenings():
        made.append(morning(floor, before))
        evening(stage, floor, day)
        (child,) = stage.children("triggers", act="kill", at=len(made))
        stage.alone()
        stage.world.triggers(f"{day} 21:05")
        assert_fired_once(stage, floor, made[-1], day)
        if child["how"] == "done":
            break
        assert child == {"how": "killed"}
    assert len(made) - 1 == child["boundaries"]
    assert len(made) > 20
    settle(stage, floor, made)


@in_batches_of([3])
def test_stopped_after_each_commit_it_goes_on_and_fires_nothing_twice(stage: Stage, floor: Floor) -> None:
    child, made = UNBORN, []
    for before, day in evenings():
        made.append(morning(floor, before))
        evening(stage, floor, day)
        (child,) = stage.children("triggers", act="stop", at=len(made))
        stage.clock(f"{day} 21:05")
        stage.world.triggers()
        stage.check()
        if child["how"] == "stopped":
            assert [each["how"] for each in stage.nursery.resume()] == ["done"]
            stage.alone()
        assert_fired_once(stage, floor, made[-1], day)
        if child["how"] == "done":
            break
    assert len(made) > 5
    settle(stage, floor, made)


@in_batches_of([4])
def test_two_evaluators_at_once_fire_each_trigger_once(stage: Stage, floor: Floor) -> None:
    made = []
    for (before, day), _ in zip(evenings(), range(6), strict=False):
        made.append(morning(floor, before))
        evening(stage, floor, day)
        children = stage.children("triggers", count=2)
        assert [child["how"] for child in children] == ["done", "done"]
        stage.world.triggers(f"{day} 21:05")
        assert_fired_once(stage, floor, made[-1], day)
    settle(stage, floor, made)


CLIENTS, PAIRS = 30, 4


def crowd(stage: Stage, floor: Floor) -> None:
    """Thirty clients with four pairs each, of which both halves hold at the same price."""
    for number in range(CLIENTS):
        client = f"M{number}"
        builders.add_client(stage.world.connection, client)
        builders.add_lot(stage.world.connection, "EQ", "500", "40000.00", "2023-06-01", client)
        for pair in range(PAIRS):
            group = SELLS | TEN | {"client": client, "oco_group": f"pair {pair}"}
            floor.create(**group | {"trigger_value": "99"})
            floor.create(**group | {"trigger_condition": "Less Than", "trigger_value": "101"})


@in_batches_of([7])
def test_two_evaluators_at_once_fire_one_half_of_each_pair_and_that_the_one_that_protects(
    stage: Stage, floor: Floor
) -> None:
    floor.price("100", "2024-01-08")
    crowd(stage, floor)
    stage.clock("2024-01-08 21:10")
    children = stage.children("triggers", count=2)
    assert [child["how"] for child in children] == ["done", "done"]
    assert sum(child["answer"]["counts"].get("fired", 0) for child in children) == CLIENTS * PAIRS
    states = "select trigger_condition, status, count(*) from trigger_orders group by 1, 2 order by 1"
    assert [tuple(row.values()) for row in stage.world.rows(states)] == [
        ("Greater Than", "Cancelled", CLIENTS * PAIRS),
        ("Less Than", "Triggered", CLIENTS * PAIRS),
    ]
    assert stage.world.value("select count(*) from orders") == CLIENTS * PAIRS
    stage.check()


@in_batches_of([5])
def test_two_evaluators_at_once_spend_no_money_twice(stage: Stage, floor: Floor) -> None:
    """Each client can pay for one of its four purchases."""
    floor.price("100", "2024-01-08")
    for number in range(CLIENTS):
        builders.add_client(stage.world.connection, f"M{number}", cash="1000.00")
    for _ in range(PAIRS):
        for number in range(CLIENTS):
            floor.create(client=f"M{number}", amount="600", trigger_value="99")
    stage.clock("2024-01-08 21:10")
    children = stage.children("triggers", count=3)
    assert [child["how"] for child in children] == ["done"] * 3
    ordered = stage.world.rows("select client_id, sum(amount) from orders group by 1")
    assert [row["sum"] for row in ordered] == [600] * CLIENTS
    stage.check()


@in_batches_of([100])
def test_prices_and_evaluators_at_once_leave_no_level_unseen(stage: Stage, floor: Floor) -> None:
    """Three evaluators look while triggers are still new: whoever rests at a price is found by the next one."""
    floor.price("100", "2024-01-08")
    triggers = [floor.create(client=f"C{1 + n % 3}", amount="600").id for n in range(30)]
    stage.clock("2024-01-08 21:10")
    stage.children("triggers", count=3)
    evening(stage, floor, "2024-01-09")
    stage.children("triggers", count=3)
    stage.world.triggers("2024-01-09 21:05")
    assert {floor.fired(trigger) for trigger in triggers} == {("106.0000", "2024-01-09")}
    stage.check()


@in_batches_of([100])
def test_evaluators_at_once_let_levels_that_trail_follow_and_fire_once(stage: Stage, floor: Floor) -> None:
    floor.price("100", "2024-01-09")
    triggers = [floor.create(client=f"C{1 + n % 3}", **TRAILS | TEN).id for n in range(30)]
    for price, day in (("110", "2024-01-10"), ("120", "2024-01-11"), ("108", "2024-01-12")):
        floor.publish(price, day)
        stage.clock(f"{day} 21:00")
        stage.children("triggers", count=3)
        stage.world.triggers(f"{day} 21:05")
        stage.check()
    assert {floor.fired(trigger) for trigger in triggers} == {("108.0000", "2024-01-12")}
