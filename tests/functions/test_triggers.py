"""The triggers function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection, scalar
from automation.engine import trigger_rules
from automation.errors import InvalidInput
from automation.runtime import Runtime
from infra.local.invoke import Pokes, call

Event = Callable[[str], dict[str, Any]]
TRIGGER = {
    "client": "C1",
    "name": "dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "10.5",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "1000",
}


@pytest.fixture(autouse=True)
def _trigger(rule: str, runtime: Runtime) -> None:
    """One that holds at FUND's NAV of 10."""
    trigger_rules.create(runtime, TRIGGER, "test")


def test_a_tick_fires_what_is_reached_and_answers_with_counts(event: Event, connection: Connection) -> None:
    answer = call("triggers", event("triggers"))
    assert answer["counts"] == {"prices": 1, "looked": 1, "fired": 1, "orders": 1}
    assert answer["work_left"] is False
    assert answer["run_id"].startswith("RUN-")
    assert scalar(connection, "select status from trigger_orders") == "Triggered"


def test_the_tick_that_comes_twice_fires_once(event: Event, connection: Connection) -> None:
    call("triggers", event("triggers"))
    assert call("TriggersFunction", event("triggers"))["counts"] == {}
    assert scalar(connection, "select count(*) from orders") == 1


def test_its_orders_are_submitted_by_the_job_that_it_pokes(event: Event, pokes: Pokes, connection: Connection) -> None:
    call("triggers", event("triggers"))
    answers = dict(pokes.answers())
    assert list(answers) == ["orders", "notifications"]
    assert answers["orders"].result["counts"]["submitting"] == 1
    assert scalar(connection, "select status from orders") in ("Submitted", "Executed")


def test_the_run_remembers_what_its_schedule_meant(event: Event, connection: Connection) -> None:
    call("triggers", event("triggers"))
    row = connection.execute("select job, started_by, scheduled_for::text, status from automation_runs").fetchone()
    assert row is not None
    assert row[:2] == ("triggers", "schedule")
    assert row[2].startswith("2026-01-05 16:00:00")
    assert row[3] == "Succeeded"


def test_a_price_that_came_before_the_tick_is_seen_by_it(
    event: Event, connection: Connection, clock: SettableClock, tmp_path: Any
) -> None:
    connection.execute("update trigger_orders set trigger_value = 9.5")
    assert call("triggers", event("triggers"))["counts"] == {"prices": 1, "looked": 1}
    (tmp_path / "navs.csv").write_text(f"scheme,date,nav\nFUND,{clock.instant.date()},9.4\n")
    call("navs", {"file": str(tmp_path / "navs.csv")})
    assert call("triggers", event("triggers"))["counts"] == {
        "prices": 1, "reached": 1, "looked": 1, "fired": 1, "orders": 1,
    }  # fmt: skip


def test_without_time_it_leaves_the_work_and_says_so(event: Event, connection: Connection) -> None:
    answer = call("triggers", event("triggers"), stopping=lambda: True)
    assert answer["work_left"] is True
    assert answer["counts"] == {}
    assert scalar(connection, "select status from trigger_orders") == "Active"


@pytest.mark.parametrize("wrong", [{"scheduled_for": "yesterday"}, {"trigger": "1"}, {"scheduled_for": 7}])
def test_an_event_that_is_no_tick_is_refused_and_leaves_no_run(wrong: dict[str, Any], connection: Connection) -> None:
    with pytest.raises(InvalidInput) as refused:
        call("triggers", wrong)
    assert refused.value.field == next(iter(wrong))
    assert scalar(connection, "select count(*) from automation_runs") == 0
