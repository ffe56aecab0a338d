"""Rebalancings whose worker is killed, stopped or doubled: one set of orders, no leg twice, the money adds up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests import builders
from tests.e2e.faults.stages import Stage, in_batches_of
from tests.market import weekdays
from tests.rebalancing_floor import ASKS, MONTHLY, Floor, open_market

UNBORN: dict[str, Any] = {}
ACROSS = {"target_allocation": {"EQ": "40", "DEBT": "30", "GOLD": "30"}}
CLIENTS = ("C1", "C2", "C3")
# What every trial does to the price, so that the portfolio leaves its band each time.
SWINGS = ("118", "100")


@pytest.fixture
def floor(stage: Stage, tmp_path: Any) -> Floor:
    """The stage without its other rules; everybody is on target, by drift, by the calendar, and after being asked."""
    world = stage.world
    world.connection.execute("delete from auto_invest_rules")
    floor = Floor(world, tmp_path / "prices.csv")
    open_market(floor)
    for client in CLIENTS:
        builders.add_lot(world.connection, "EQ", "4000", "400000.00", "2022-06-01", client)
        builders.add_lot(world.connection, "DEBT", "3000", "300000.00", "2022-06-01", client)
        builders.add_lot(world.connection, "GOLD", "3000", "300000.00", "2022-06-01", client)
    band = {"threshold_percent": "2"}
    floor.create(client="C1", name="drift", **ACROSS | band)
    floor.create(client="C2", name="asks", **ACROSS | band | ASKS | {"confirm_within_hours": 4})
    daily = MONTHLY | {"frequency": "Daily", "day_of_month": ..., "time": "22:00"}
    floor.create(client="C3", name="daily", **ACROSS | daily)
    floor.tick()
    return floor


def trials() -> Iterator[tuple[str, str, str]]:
    """Of each trial the evening on which the price swings, the one after it, and the price."""
    for number, (day, after) in enumerate(pairwise(weekdays("2024-01-08"))):
        if number % 4 == 0:
            yield day, after, SWINGS[number // 4 % 2]


def swing(stage: Stage, floor: Floor, day: str, nav: str) -> None:
    """The price of EQ swings, and nobody has looked at it; everybody's clock is at that."""
    floor.publish_all({"EQ": nav, "DEBT": "100", "GOLD": "100"}, day)
    stage.clock(f"{day} 22:00")


def finish(stage: Stage, floor: Floor, after: str, nav: str) -> None:
    """What is under way comes to its end within the days that follow."""
    days = iter(weekdays(after))
    for _, day in zip(range(2), days, strict=False):
        floor.publish_all({"EQ": nav, "DEBT": "100", "GOLD": "100"}, day)
        stage.world.orders()
        floor.tick()
        stage.world.orders()
    stage.check()


def assert_rebalanced_once(floor: Floor, trial: int, day: str) -> None:
    """Each trial has made one execution of each client; of those that were not asked all legs are done.

    Who was asked and never answered is off target on every other trial.
    """
    for client in ("C1", "C3"):
        mine = [row for row in floor.executions() if row["client_id"] == client]
        assert [row["status"] for row in mine] == ["Executed"] * trial
        for row in mine:
            legs = [order["leg"] for order in floor.orders() if order["execution_id"] == row["id"]]
            assert sorted(legs) == [action["leg"] for action in row["actions"]]
    asked = [row for row in floor.executions() if row["client_id"] == "C2"]
    assert [str(row["made_on"]) for row in asked].count(day) == trial % 2
    assert {row["status"] for row in asked} <= {"Expired", "Pending"}


def next_weekday(day: str) -> str:
    _, after = zip(range(2), weekdays(day), strict=False)
    return after[1]


def settle(stage: Stage, floor: Floor) -> None:
    floor.publish_all(dict.fromkeys(("EQ", "DEBT", "GOLD"), "100"), "2025-06-10")
    stage.world.connection.execute(
        "update rebalancing_rules set status = 'Cancelled', next_occurrence = null, next_run_at = null"
    )
    stage.settle_all()
    cash = stage.world.rows("select cash_balance from clients order by id")
    assert [row["cash_balance"] for row in cash] == [1_000_000] * len(CLIENTS)


@in_batches_of([2])
def test_killed_at_each_boundary_of_a_look_the_next_tick_makes_one_set_of_orders(stage: Stage, floor: Floor) -> None:
    child, number = UNBORN, 0
    for number, (day, after, nav) in enumerate(trials(), start=1):
        swing(stage, floor, day, nav)
        (child,) = stage.children("rebalancing", act="kill", at=number)
        stage.alone()
        stage.clock(f"{day} 22:05")
        floor.tick()
        stage.check()
        floor.turn()
        finish(stage, floor, after, nav)
        assert_rebalanced_once(floor, number, day)
        if child["how"] == "done":
            break
        assert child == {"how": "killed"}
    assert child["boundaries"] < number
    assert number > 20
    settle(stage, floor)


@in_batches_of([2])
def test_killed_at_each_boundary_of_carrying_on_the_next_tick_places_each_leg_once(stage: Stage, floor: Floor) -> None:
    """The redemptions have been executed, and the worker that places what they pay for is killed."""
    child, number = UNBORN, 0
    for number, (day, after, nav) in enumerate(trials(), start=1):
        swing(stage, floor, day, nav)
        floor.turn()
        floor.publish_all({"EQ": nav, "DEBT": "100", "GOLD": "100"}, after)
        stage.world.orders()
        stage.clock(f"{after} 21:05")
        (child,) = stage.children("rebalancing", act="kill", at=number)
        stage.alone()
        stage.check()
        stage.clock(f"{after} 21:10")
        floor.turn()
        finish(stage, floor, next_weekday(after), nav)
        assert_rebalanced_once(floor, number, day)
        if child["how"] == "done":
            break
        assert child == {"how": "killed"}
    assert child["boundaries"] < number
    assert number > 15
    settle(stage, floor)


@in_batches_of([2])
def test_stopped_after_each_commit_it_goes_on_and_orders_nothing_twice(stage: Stage, floor: Floor) -> None:
    child, number = UNBORN, 0
    for number, (day, after, nav) in enumerate(trials(), start=1):
        swing(stage, floor, day, nav)
        (child,) = stage.children("rebalancing", act="stop", at=number)
        stage.clock(f"{day} 22:05")
        floor.tick()
        stage.check()
        if child["how"] == "stopped":
            assert [each["how"] for each in stage.nursery.resume()] == ["done"]
            stage.alone()
        floor.turn()
        finish(stage, floor, after, nav)
        assert_rebalanced_once(floor, number, day)
        if child["how"] == "done":
            break
    assert number > 4
    settle(stage, floor)


@in_batches_of([1, 100])
def test_two_workers_and_a_tick_that_comes_twice_make_one_set_of_orders(stage: Stage, floor: Floor) -> None:
    for number, (day, after, nav) in zip(range(1, 5), trials(), strict=False):
        swing(stage, floor, day, nav)
        children = stage.children("rebalancing", count=3)
        assert [child["how"] for child in children] == ["done"] * 3
        assert sum(child["answer"]["counts"].get("executions", 0) for child in children) == 2 + number % 2
        stage.check()
        stage.world.orders()
        floor.publish_all({"EQ": nav, "DEBT": "100", "GOLD": "100"}, after)
        stage.world.orders()
        stage.clock(f"{after} 21:05")
        stage.children("rebalancing", count=3)
        stage.check()
        floor.turn()
        finish(stage, floor, next_weekday(after), nav)
        assert_rebalanced_once(floor, number, day)
    settle(stage, floor)
