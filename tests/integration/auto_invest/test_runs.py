"""Runs: a row for each, also for those that fail; time that is kept back; work that is handed over."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

import auto_invest.handler
import orders.handler
from automation import runtime
from automation.database import connect
from automation.errors import ConfigurationError, InvalidInput
from automation.orders.order import Order, Reply
from tests import builders
from tests.builders import Context, World

TEN = "2024-01-05 10:00"
RESERVE = 20_000


def many_rules(world: World, count: int) -> list[str]:
    return [world.rule(amount="500") for _ in range(count)]


def runs(world: World) -> list[dict[str, Any]]:
    return world.rows("select * from automation_runs order by started_at, job")


def small_batches(world: World, size: int) -> None:
    world.runtime = replace(world.runtime, settings=replace(world.runtime.settings, batch_size=size))


def executed(world: World) -> int:
    return int(world.value("select count(*) from automation_execution_logs"))


def test_a_run_is_recorded_with_what_started_it_and_what_it_did(world: World) -> None:
    world.rule()
    answer = world.auto_invest(TEN)
    (row,) = runs(world)
    assert (row["job"], row["status"], row["started_by"], row["error"]) == (
        "auto_invest",
        "Succeeded",
        "schedule",
        None,
    )
    assert (row["scheduled_for"], row["started_at"], row["finished_at"]) == (builders.at(TEN),) * 3
    assert row["counts"] == answer["counts"] == {"rules": 1, "orders": 1, "success": 1}
    assert not row["work_left"]


def test_a_run_by_hand_says_so(world: World) -> None:
    with runtime.using(world.runtime):
        auto_invest.handler.handler({}, Context())
        orders.handler.handler({}, Context())
    assert {(row["job"], row["started_by"]) for row in runs(world)} == {("auto_invest", "hand"), ("orders", "hand")}


def test_a_run_takes_batch_after_batch_until_nothing_is_due(world: World) -> None:
    many_rules(world, 7)
    small_batches(world, 2)
    assert world.auto_invest(TEN)["counts"] == {"rules": 7, "orders": 7, "success": 7}


def test_a_run_whose_time_is_short_stops_claiming_and_hands_over(world: World) -> None:
    many_rules(world, 7)
    small_batches(world, 2)
    answer = world.auto_invest(TEN, context=Context(100_000, 50_000, RESERVE - 1))
    assert (answer["counts"]["rules"], answer["work_left"]) == (4, True)
    assert world.pokes == [(job, builders.at(TEN)) for job in ("orders", "notifications", "auto_invest")]
    assert runs(world)[0]["work_left"]
    answer = world.auto_invest(TEN)
    assert (answer["counts"]["rules"], answer["work_left"]) == (3, False)
    assert executed(world) == 7


def test_a_run_whose_limit_is_below_its_reserve_fails_and_starts_no_other(world: World) -> None:
    many_rules(world, 1)
    with pytest.raises(ConfigurationError, match="reserve"):
        world.auto_invest(TEN, context=Context(RESERVE - 1))
    assert (runs(world)[0]["status"], world.pokes, executed(world)) == ("Failed", [], 0)
    world.auto_invest(TEN)


def test_a_run_that_is_stopped_before_it_has_begun_hands_over(world: World) -> None:
    many_rules(world, 1)
    answer = world.auto_invest(TEN, context=Context(0))
    assert (answer["counts"], answer["work_left"], executed(world)) == ({}, True, 0)
    world.auto_invest(TEN)


def test_orders_stop_as_well_before_the_time_is_over(world: World) -> None:
    many_rules(world, 5)
    world.auto_invest(TEN)
    small_batches(world, 2)
    answer = world.orders(TEN, context=Context(100_000, RESERVE - 1))
    assert (answer["counts"]["submitted"], answer["work_left"]) == (2, True)
    assert world.value("select count(*) from paper_orders") == 2
    assert world.orders(TEN)["counts"]["submitted"] == 3


def test_only_new_orders_wake_the_orders_job(world: World) -> None:
    world.rule(amount="500000")
    world.auto_invest(TEN)
    assert world.pokes == []


def test_a_job_that_can_t_be_woken_is_no_failure_of_the_run_that_is_over(world: World) -> None:
    def lost(job: str, at: datetime) -> None:
        raise ConnectionError("no route")

    world.rule()
    world.runtime = replace(world.runtime, poke=lost)
    assert world.auto_invest(TEN)["counts"]["success"] == 1
    assert runs(world)[0]["status"] == "Succeeded"


class Broken:
    """A gateway whose adapter has a bug."""

    def submit(self, orders: Sequence[Order], now: datetime) -> list[Reply]:
        raise RuntimeError("no route to the house")

    def look_up(self, order_ids: Sequence[UUID], now: datetime) -> list[Reply]:
        raise RuntimeError("no route to the house")


def test_a_run_that_breaks_off_is_recorded_with_its_error(world: World) -> None:
    world.rule()
    world.auto_invest(TEN)
    sound = world.runtime
    world.runtime = replace(sound, gateway=Broken())
    with pytest.raises(RuntimeError, match="no route"):
        world.orders("2024-01-05 10:01")
    row = runs(world)[-1]
    assert (row["status"], row["error"], row["work_left"]) == ("Failed", "RuntimeError: no route to the house", True)
    world.runtime = sound
    for time in ("10:04", "10:07", "10:10", "10:13"):
        world.orders(f"2024-01-05 {time}")
    assert [order["status"] for order in world.order_rows()] == ["Submitted"]


def test_a_batch_that_breaks_off_leaves_nothing_half_written(world: World) -> None:
    many_rules(world, 3)
    world.connection.execute(
        """
        create function refuse() returns trigger language plpgsql as
            'begin raise exception ''no right'' using errcode = ''42501''; end';
        create trigger refuse before insert on orders execute function refuse();
        """
    )
    with pytest.raises(psycopg.Error):
        world.auto_invest(TEN)
    assert (executed(world), world.value("select count(*) from notification_logs")) == (0, 0)
    assert runs(world)[-1]["status"] == "Failed"
    world.connection.execute("drop trigger refuse on orders")
    assert world.auto_invest(TEN)["counts"]["success"] == 3


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"scheduled_for": "2024-01-05T10:00:00"}, "scheduled_for"),
        ({"scheduled_for": "soon"}, "scheduled_for"),
        ({"scheduled_for": 5}, "scheduled_for"),
        ({"when": "2024-01-05T10:00:00Z"}, "when"),
    ],
)
def test_an_event_that_is_no_tick_is_refused_and_starts_nothing(
    world: World, event: dict[str, Any], field: str
) -> None:
    with runtime.using(world.runtime), pytest.raises(InvalidInput) as error:
        auto_invest.handler.handler(event, Context())
    assert error.value.field == field
    assert runs(world) == []


def test_a_tick_that_is_delivered_late_or_early_decides_by_the_clock_and_not_by_its_event(world: World) -> None:
    rule = world.rule()
    world.clock.instant = builders.at("2024-01-05 09:59")
    with runtime.using(world.runtime):
        auto_invest.handler.handler({"scheduled_for": "2030-01-01T00:00:00Z"}, Context())
    assert world.log(rule) == []


@pytest.mark.parametrize(
    "locks", ["select from clients for update", "select from auto_invest_rules for update"], ids=["client", "rule"]
)
def test_a_due_rule_that_somebody_else_has_locked_is_waited_for(world: World, database_url: str, locks: str) -> None:
    rule = world.rule()
    with connect(database_url) as other:
        other.execute("begin")
        other.execute(locks.encode())
        done = threading.Timer(0.3, lambda: other.execute("rollback"))
        done.start()
        world.auto_invest(TEN)
        done.join()
    assert world.log(rule) == [(TEN, "Success", None)]


def test_a_due_rule_that_stays_locked_is_said_to_be_left_and_is_not_waited_for_long(
    world: World, database_url: str
) -> None:
    rule = world.rule()
    with connect(database_url) as other:
        other.execute("begin")
        other.execute("select from clients for update")
        answer = world.auto_invest(TEN)
        other.execute("rollback")
    assert (answer["counts"], answer["work_left"], world.pokes) == ({"locked": 1}, True, [])
    world.auto_invest(TEN)
    assert world.log(rule) == [(TEN, "Success", None)]
