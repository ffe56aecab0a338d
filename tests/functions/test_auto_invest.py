"""The auto_invest function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.database import Connection, scalar
from automation.errors import InvalidInput
from infra.local.invoke import Pokes, call

pytestmark = pytest.mark.usefixtures("rule")
Event = Callable[[str], dict[str, Any]]


def test_a_tick_executes_what_is_due_and_answers_with_counts(event: Event, connection: Connection) -> None:
    answer = call("auto_invest", event("auto_invest"))
    assert answer["counts"] == {"rules": 1, "orders": 1, "success": 1}
    assert answer["work_left"] is False
    assert answer["run_id"].startswith("RUN-")
    assert scalar(connection, "select status from automation_execution_logs") == "Success"


def test_the_tick_that_comes_twice_executes_once(event: Event, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    assert call("AutoInvestFunction", event("auto_invest"))["counts"] == {}
    assert scalar(connection, "select count(*) from automation_execution_logs") == 1
    assert scalar(connection, "select count(*) from orders") == 1


def test_the_run_remembers_what_its_schedule_meant(event: Event, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    row = connection.execute("select started_by, scheduled_for::text, status from automation_runs").fetchone()
    assert row is not None
    assert row[0] == "schedule"
    assert row[1].startswith("2026-01-05 04:30:00")
    assert row[2] == "Succeeded"


def test_its_orders_are_submitted_by_the_job_that_it_pokes(event: Event, pokes: Pokes, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    answers = dict(pokes.answers())
    assert list(answers) == ["orders", "notifications"]
    assert answers["orders"].result["counts"]["submitting"] == 1
    assert scalar(connection, "select status from orders") in ("Submitted", "Executed")


def test_without_time_it_leaves_the_work_and_says_so(event: Event, connection: Connection) -> None:
    answer = call("auto_invest", event("auto_invest"), stopping=lambda: True)
    assert answer["work_left"] is True
    assert answer["counts"] == {}
    assert scalar(connection, "select count(*) from automation_execution_logs") == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scheduled_for": "yesterday"}, "scheduled_for"),
        ({"scheduled_for": "2026-01-05T04:30:00"}, "scheduled_for"),
        ({"execution_id": "1"}, "execution_id"),
    ],
)
def test_an_event_that_is_no_tick_is_refused_by_its_field(
    wrong: dict[str, Any], field: str, connection: Connection
) -> None:
    with pytest.raises(InvalidInput) as refused:
        call("auto_invest", wrong)
    assert refused.value.field == field
    assert scalar(connection, "select count(*) from automation_runs") == 0
