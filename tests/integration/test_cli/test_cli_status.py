"""`automation status` on a real database: what it finds, and that it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from automation import identifiers
from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import Cli, data

AT = "2026-01-27T05:00:00Z"
NOW = datetime(2026, 1, 27, 5, tzinfo=UTC)


@pytest.fixture
def lived(furnished: Cli, rule: str, connection: Connection) -> Cli:
    """A world with something of everything, as of 27 January 2026, 10:30 in India."""
    connection.execute("insert into navs values ('FUND', '2026-01-23', 10, '2026-01-23 15:30Z', 'test')")
    connection.execute(
        """
        insert into automation_runs (id, job, started_by, started_at, finished_at, status, counts, error)
        select id::uuid, job, 'schedule', at::timestamptz, at::timestamptz + interval '2 s', status, counts::jsonb,
               error
        from (values (%s, 'auto_invest', '2026-01-27 04:00Z', 'Succeeded', '{"rules": 2}', null),
                     (%s, 'auto_invest', '2026-01-26 04:00Z', 'Failed', '{}', 'an old one'),
                     (%s, 'orders', '2026-01-27 04:58Z', 'Failed', '{}', 'ValueError: no'))
             as run (id, job, at, status, counts, error)
        """,
        (UUID(int=1), UUID(int=2), UUID(int=3)),
    )
    connection.execute(
        "update auto_invest_rules set next_occurrence = '2026-01-27 10:00', next_run_at = '2026-01-27 04:00Z'"
    )
    for number, status in enumerate(("Unknown", "Held", "Submitted", "Failed", "Settled")):
        _order(connection, number, status)
    return furnished


def _order(connection: Connection, number: int, status: str) -> None:
    """A purchase of an occurrence on 26 January."""
    connection.execute(
        """
        insert into orders (id, origin, client_id, order_type, product_id, amount, status, reason, created_at,
                            trade_date, nav, nav_date, executed_units, executed_amount)
        values (%s, 'auto_invest', 'C1', 'Purchase', 'FUND', 100, %s, 'why', '2026-01-26 05:00Z', '2026-01-27',
                10, '2026-01-27', 10, 100)
        """,
        (identifiers.derived(datetime(2026, 1, 26, 10, tzinfo=UTC), number), status),
    )


def test_a_fresh_database_is_not_green(cli: Cli) -> None:
    status = data(cli("status", "--json"))
    assert status["level"] == "amber"
    assert {job["outcome"] for job in status["jobs"]} == {"never ran"}
    assert [job["job"] for job in status["jobs"]] == ["auto_invest", "orders", "triggers", "rebalancing",
                                                    "notifications", "navs"]  # fmt: skip
    assert status["navs"] is None


def test_the_last_run_of_each_job_is_judged(lived: Cli) -> None:
    rules, orders, _, _, _, navs = data(lived("status", "--json", "--at", AT))["jobs"]
    assert (rules["outcome"], rules["counts"], rules["duration"]) == ("Succeeded", {"rules": 2}, 2.0)
    assert (orders["outcome"], orders["error"]) == ("Failed", "ValueError: no")
    assert navs["outcome"] == "never ran"
    assert navs["next_run_at"] == "2026-01-27T12:30:00Z"


def test_every_reason_is_named_worst_first(lived: Cli) -> None:
    status = data(lived("status", "--json", "--at", AT))
    assert status["level"] == "red"
    assert [finding["level"] for finding in status["findings"]] == ["red"] * 5 + ["amber"] * 4
    assert {finding["text"] for finding in status["findings"]} == {
        "auto_invest is overdue: it last ran 60 min ago (every 15 minutes)",
        "orders failed at its last run: ValueError: no",
        "1 rule overdue, the oldest by 60 min",
        "1 order held for a person, the oldest for 24 h",
        "1 order with an unknown outcome, the oldest for 24 h",
        "triggers never ran (every 5 minutes)",
        "rebalancing never ran (every 15 minutes)",
        "notifications never ran (every 5 minutes)",
        "navs never ran (daily hourly from 18:00 to 23:00 Asia/Kolkata)",
    }


def test_orders_are_counted_by_state_with_the_age_of_the_oldest(lived: Cli) -> None:
    orders = data(lived("status", "--json", "--at", AT))["orders"]
    assert {one["status"]: one["orders"] for one in orders["live"]} == {"Unknown": 1, "Held": 1, "Submitted": 1}
    assert {one["oldest"] for one in orders["live"]} == {"2026-01-26T05:00:00Z"}
    assert orders["ended_in_the_last_day"] == {"Failed": 1, "Settled": 1}


def test_what_needs_a_person_is_listed_with_its_id(lived: Cli) -> None:
    attention = data(lived("status", "--json", "--at", AT))["attention"]
    assert [(item["kind"], item["client"], item["text"]) for item in attention] == [
        ("order", "C1", "Purchase of FUND is Unknown: why"),
        ("order", "C1", "Purchase of FUND is Held: why"),
    ]
    assert all(item["id"].startswith("ORD-") for item in attention)


def test_a_rule_that_the_engine_paused_needs_a_person(lived: Cli, rule: str, connection: Connection) -> None:
    connection.execute("update auto_invest_rules set status = 'Paused', status_reason = 'repeated_failures'")
    status = data(lived("status", "--json", "--at", AT))
    assert status["rules"]["by_status"] == {"Paused": 1}
    assert (status["attention"][-1]["id"], status["attention"][-1]["text"]) == (
        rule,
        "monthly: paused, repeated_failures",
    )
    assert "1 rule paused after failures" in [finding["text"] for finding in status["findings"]]


def test_executions_of_the_last_day_are_counted_by_reason(lived: Cli, connection: Connection) -> None:
    run_at = "2026-01-27T04:30:00Z"
    assert lived("invoke", "auto_invest", "--at", run_at).code == 0
    counted = data(lived("status", "--json", "--at", AT))["executions_of_the_last_day"]
    assert sum(one["executions"] for one in counted) == scalar(
        connection, "select count(*) from automation_execution_logs"
    )


def test_the_age_of_navs_is_in_business_days_of_their_calendar(lived: Cli) -> None:
    """From Friday the 23rd to Tuesday the 27th is one business day: Monday the 26th is a holiday."""
    assert data(lived("status", "--json", "--at", AT))["navs"] == {"newest": "2026-01-23", "age_in_business_days": 1}


def test_a_nav_that_was_not_known_yet_does_not_count(lived: Cli) -> None:
    assert data(lived("status", "--json", "--at", "2026-01-23T15:29:00Z"))["navs"] is None


def test_for_people_it_is_tables_under_a_verdict(lived: Cli) -> None:
    shown = lived("status", "--at", AT).out
    database, verdict, *_ = shown.splitlines()
    assert database.startswith("database: PostgreSQL ")
    assert verdict.startswith("red: ")
    for title in ("\njobs", "\nrules", "\norders", "\nattention"):
        assert title in shown
    assert "newest NAV: 2026-01-23, 1 business days old" in shown


def test_the_check_interval_is_the_schedule_that_jobs_are_judged_by(
    lived: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOMATION_CHECK_INTERVAL", "7200000")
    jobs = data(lived("status", "--json", "--at", AT))["jobs"]
    assert {job["schedule"] for job in jobs} == {"every 2 hours"}


def test_runs_of_the_last_day_that_never_ended_are_counted(lived: Cli, connection: Connection) -> None:
    connection.execute(
        """
        insert into automation_runs (id, job, started_by, started_at)
        select gen_random_uuid(), 'orders', 'schedule', at::timestamptz
        from unnest(array['2026-01-26 04:00Z', '2026-01-26 06:00Z', '2026-01-27 04:44Z', '2026-01-27 04:46Z']) at
        """
    )
    found = data(lived("status", "--json", "--at", AT))
    assert {job["job"]: job["never_ended_in_the_last_day"] for job in found["jobs"]}["orders"] == 2
    assert "2 runs of orders in the last day never ended: killed, or out of time" in lived("status", "--at", AT).out


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--check"], 1), (["--check", "--json"], 1)])
def test_a_red_status_is_an_exit_code_where_that_is_asked_for(lived: Cli, words: list[str], code: int) -> None:
    assert lived("status", "--at", AT, *words).code == code


def test_an_amber_status_passes_the_check(cli: Cli) -> None:
    assert cli("status", "--check").code == 0
