"""Which jobs are due: once at a time, with the ticks that were missed counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automation.calendar.ticks import Rate
from infra.local.schedules import Planned
from infra.local.template import Function, Tick
from infra.local.timetable import Missed, Start, Timetable

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def planned(job: str, minutes: int) -> Planned:
    tick = Tick(f"local-{job}", f"rate({minutes} minutes)", "UTC", "{}")
    function = Function(f"{job}Function", f"local-{job}", job, f"{job}.handler.handler", 300, 512, (tick,))
    return Planned(function, tick, Rate(minutes * MINUTE))


ORDERS, NAVS = planned("orders", 5), planned("navs", 60)


@pytest.fixture
def table() -> Timetable:
    return Timetable([ORDERS, NAVS], NOON)


def test_rates_are_due_at_once_and_then_each_period(table: Timetable) -> None:
    assert table.due(NOON) == [Start(ORDERS, NOON), Start(NAVS, NOON)]
    table.finished("orders")
    table.finished("navs")
    assert table.next() == NOON + 5 * MINUTE
    assert table.due(NOON + 4 * MINUTE) == []
    assert table.due(NOON + 5 * MINUTE) == [Start(ORDERS, NOON + 5 * MINUTE)]


def test_a_job_that_still_runs_is_not_started_again_and_its_first_missed_tick_is_told(table: Timetable) -> None:
    table.due(NOON)
    assert table.due(NOON + 5 * MINUTE) == [Missed(ORDERS, NOON + 5 * MINUTE)]
    assert table.due(NOON + 10 * MINUTE) == []
    table.finished("orders")
    assert table.due(NOON + 12 * MINUTE) == []
    assert table.due(NOON + 15 * MINUTE) == [Start(ORDERS, NOON + 15 * MINUTE, missed=2)]


def test_ticks_that_passed_while_nobody_looked_are_one_start_for_the_latest(table: Timetable) -> None:
    table.due(NOON)
    table.finished("orders")
    assert table.due(NOON + 17 * MINUTE) == [Start(ORDERS, NOON + 15 * MINUTE, missed=2)]
    assert table.next() == NOON + 20 * MINUTE


def test_a_poked_job_starts_at_once(table: Timetable) -> None:
    table.due(NOON)
    table.finished("orders")
    at = NOON + MINUTE
    table.poke("orders", at)
    assert table.due(at) == [Start(ORDERS, at, poked=True)]
    assert table.due(at) == []


def test_a_job_that_is_poked_while_it_runs_starts_once_more_when_it_has_ended(table: Timetable) -> None:
    table.due(NOON)
    table.poke("orders", NOON + MINUTE)
    table.poke("orders", NOON + 2 * MINUTE)
    assert table.due(NOON + 2 * MINUTE) == []
    table.finished("orders")
    assert table.due(NOON + 3 * MINUTE) == [Start(ORDERS, NOON + 2 * MINUTE, poked=True)]


def test_a_tick_serves_the_poke_that_waits_with_it(table: Timetable) -> None:
    table.due(NOON)
    table.finished("orders")
    table.poke("orders", NOON + 4 * MINUTE)
    assert table.due(NOON + 5 * MINUTE) == [Start(ORDERS, NOON + 5 * MINUTE)]
    table.finished("orders")
    assert table.due(NOON + 6 * MINUTE) == []


def test_one_slow_job_does_not_hold_up_another(table: Timetable) -> None:
    table.due(NOON)
    table.finished("orders")
    assert table.running == {"navs"}
    assert table.due(NOON + 5 * MINUTE) == [Start(ORDERS, NOON + 5 * MINUTE)]


def test_a_job_with_two_schedules_still_runs_once_at_a_time() -> None:
    often, seldom = planned("orders", 5), planned("orders", 60)
    table = Timetable([often, seldom], NOON)
    assert table.due(NOON) == [Start(often, NOON), Missed(seldom, NOON)]


def test_a_poke_for_a_job_without_a_schedule_is_lost(table: Timetable) -> None:
    table.due(NOON)
    table.poke("notifications", NOON)
    assert table.due(NOON) == []
