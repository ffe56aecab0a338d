"""The rebalancing function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection, scalar
from automation.engine import rebalancing_rules
from automation.errors import InvalidInput
from automation.runtime import Runtime
from infra.local.invoke import Pokes, call

Event = Callable[[str], dict[str, Any]]
REBALANCING: dict[str, Any] = {
    "client": "C1",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"FUND": "60", "BOND": "40"},
    "execute_automatically": True,
    "require_confirmation": False,
}


@pytest.fixture(autouse=True)
def _portfolio(rule: str, runtime: Runtime, connection: Connection, clock: SettableClock) -> None:
    """10,000 in FUND and nothing in BOND, of the same house: 40 points off, lined up by being new."""
    connection.execute("delete from auto_invest_rules")
    connection.execute("insert into products (id, name, amc, asset_class) values ('BOND', 'Bond', 'AMC', 'debt')")
    connection.execute(
        "insert into navs (product_id, date, nav, observed_at, source) values ('BOND', '2026-01-02', 20, %s, 'test')",
        (clock.instant,),
    )
    connection.execute("insert into holdings (client_id, product_id, units, cost) values ('C1', 'FUND', 1000, 9000)")
    connection.execute(
        "insert into lots (id, client_id, product_id, acquired_on, units, units_left, nav, cost)"
        " values ('018d0000-0000-7000-8000-000000000002', 'C1', 'FUND', '2020-01-01', 1000, 1000, 9, 9000)"
    )
    rebalancing_rules.create(runtime, REBALANCING, "test")


def test_a_tick_rebalances_what_has_drifted_and_answers_with_counts(event: Event, connection: Connection) -> None:
    answer = call("rebalancing", event("rebalancing"))
    assert answer["counts"] == {"rules": 1, "executions": 1, "orders": 1}
    assert answer["work_left"] is False
    assert answer["run_id"].startswith("RUN-")
    assert scalar(connection, "select amount from orders") == 4000


def test_the_tick_that_comes_twice_rebalances_once(event: Event, connection: Connection) -> None:
    call("rebalancing", event("rebalancing"))
    assert call("RebalancingFunction", event("rebalancing"))["counts"] == {}
    assert scalar(connection, "select count(*) from orders") == 1


def test_its_orders_are_submitted_by_the_job_that_it_pokes(event: Event, pokes: Pokes, connection: Connection) -> None:
    call("rebalancing", event("rebalancing"))
    answers = dict(pokes.answers())
    assert list(answers) == ["orders", "notifications"]
    assert answers["orders"].result["counts"]["submitting"] == 1
    assert scalar(connection, "select status from orders") in ("Submitted", "Executed")


def test_the_orders_job_starts_it_when_a_leg_is_done(
    event: Event, pokes: Pokes, connection: Connection, clock: SettableClock, tmp_path: Any
) -> None:
    connection.execute("update products set amc = 'OTHER' where id = 'BOND'")
    call("rebalancing", event("rebalancing"))
    list(pokes.answers())
    clock.instant = clock.instant.replace(hour=16)
    (tmp_path / "navs.csv").write_text("scheme,date,nav\nFUND,2026-01-05,10\nBOND,2026-01-05,20\n")
    call("navs", {"file": str(tmp_path / "navs.csv")})
    call("orders", {})
    poked = [job for job, _ in pokes.answers() if job != "notifications"]
    assert poked == ["triggers", "rebalancing", "orders"]
    kinds = connection.execute("select order_type from orders order by leg").fetchall()
    assert [kind for (kind,) in kinds] == ["Redemption", "Purchase"]


def test_the_run_remembers_what_its_schedule_meant(event: Event, connection: Connection) -> None:
    call("rebalancing", event("rebalancing"))
    row = connection.execute(
        "select job, started_by, scheduled_for::text, status from automation_runs where job = 'rebalancing'"
    ).fetchone()
    assert row is not None
    assert row[:2] == ("rebalancing", "schedule")
    assert row[2].startswith("2026-01-05 16:00:00")
    assert row[3] == "Succeeded"


def test_without_time_it_leaves_the_work_and_says_so(event: Event, connection: Connection) -> None:
    answer = call("rebalancing", event("rebalancing"), stopping=lambda: True)
    assert answer["work_left"] is True
    assert answer["counts"] == {}
    assert scalar(connection, "select count(*) from rebalancing_executions") == 0


@pytest.mark.parametrize("wrong", [{"scheduled_for": "yesterday"}, {"rule": "1"}, {"scheduled_for": 7}])
def test_an_event_that_is_no_tick_is_refused_and_leaves_no_run(wrong: dict[str, Any], connection: Connection) -> None:
    with pytest.raises(InvalidInput) as refused:
        call("rebalancing", wrong)
    assert refused.value.field == next(iter(wrong))
    assert scalar(connection, "select count(*) from automation_runs") == 0
