"""A database that goes away in the middle: whole transactions run again, and nothing of them shows twice."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from automation.database import connect
from tests.e2e.faults.processes import Fault, connecting_with
from tests.e2e.faults.stages import Stage, in_batches_of

UNDECIDED = "select * from orders where status in ('Pending', 'Submitting', 'Unknown')"


@pytest.fixture(autouse=True)
def _no_waiting_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automation.database.time.sleep", lambda seconds: None)


def broken_off(stage: Stage, fault: Fault, job: str, when: str) -> None:
    """A tick of a job in this process, on connections that the fault has its hand on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", connecting_with(fault))
        stage.world.restart()
        getattr(stage.world, job)(when)
    stage.world.restart()


def a_working_day(stage: Stage, day: object, fault: Fault, job: str, *later: int) -> None:
    """The job meets the fault; the other one goes on as always, and the orders again at minutes after nine."""
    if job == "auto_invest":
        broken_off(stage, fault, job, f"{day} 10:00")
        stage.world.orders(f"{day} 21:30")
    else:
        stage.world.auto_invest(f"{day} 10:00")
        broken_off(stage, fault, job, f"{day} 21:30")
    for minute in later:
        stage.world.orders(f"{day} 21:{minute}")
    stage.check()


def assert_runs_are_told_once(stage: Stage, expected: int) -> None:
    found = stage.world.rows("select status, count(*) from automation_runs group by status")
    assert {row["status"]: row["count"] for row in found} == {"Succeeded": expected}


@pytest.mark.parametrize("job", ["auto_invest", "orders"])
@in_batches_of([100])
def test_a_backend_that_is_ended_before_each_statement_costs_a_transaction_and_no_more(stage: Stage, job: str) -> None:
    with connect(stage.url) as administrator:

        def end(connection: psycopg.Connection[Any]) -> None:
            administrator.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))

        for number, day in enumerate(stage.days(), start=1):
            fault = Fault(number, end)
            a_working_day(stage, day, fault, job)
            assert stage.world.rows(UNDECIDED) == []
            if not fault.reached:
                break
    assert number > 10
    assert_runs_are_told_once(stage, 2 * number)


def lose_the_reply(connection: psycopg.Connection[Any]) -> None:
    connection.close()
    raise psycopg.OperationalError("the server closed the connection before the reply to COMMIT came")


@pytest.mark.parametrize("job", ["auto_invest", "orders"])
@in_batches_of([100])
def test_a_commit_whose_reply_is_lost_is_not_done_twice(stage: Stage, job: str) -> None:
    for number, day in enumerate(stage.days(), start=1):
        fault = Fault(number, lose_the_reply, commits=True)
        a_working_day(stage, day, fault, job, 33, 36, 39)
        assert stage.world.rows(UNDECIDED) == []
        if not fault.reached:
            break
    assert number > 4
    assert_runs_are_told_once(stage, 5 * number)
    stage.settle_all()


@in_batches_of([100])
def test_a_rule_whose_commit_s_reply_is_lost_is_made_once(stage: Stage) -> None:
    fault = Fault(1, lose_the_reply, commits=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", connecting_with(fault))
        stage.world.restart()
        stage.world.rule(name="once", amount="777")
    stage.world.restart()
    assert fault.reached
    assert stage.world.value("select count(*) from auto_invest_rules where name = 'once'") == 1


@in_batches_of([100])
def test_a_database_that_stays_away_is_told_after_some_tries(stage: Stage) -> None:
    from automation.errors import DatabaseUnavailable

    class Gone(Fault):
        def before(self, connection: psycopg.Connection[Any]) -> None:
            raise psycopg.OperationalError("gone")

    with pytest.raises(DatabaseUnavailable):
        broken_off(stage, Gone(0, lambda _: None), "auto_invest", "2024-01-02 10:00")
    stage.world.restart()
    stage.world.auto_invest("2024-01-02 10:15")
    stage.check()
