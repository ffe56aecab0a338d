"""The status of the whole and the runs of jobs, as the API shows them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automation import identifiers
from automation.clock import SettableClock
from automation.database import Connection
from tests.builders import add
from tests.functions.api.conftest import As

BASE = "/api/automation/scheduler"


@pytest.fixture
def runs(connection: Connection, clock: SettableClock) -> list[str]:
    """Five runs of orders, five minutes apart, newest first: the second failed, the last goes on."""
    shown = []
    for number in range(5):
        at = clock.instant - timedelta(minutes=25 - 5 * number)
        key = identifiers.new(at)
        status = {1: "Failed", 4: "Running"}.get(number, "Succeeded")
        row = {"scheduled_for": at - timedelta(seconds=2), "started_at": at, "status": status}
        if status != "Running":
            row["finished_at"] = at + timedelta(seconds=3)
        add(connection, "automation_runs", id=key, job="orders", started_by="schedule", **row)
        shown.append(identifiers.show(identifiers.RUN, key))
    return shown[::-1]


@pytest.mark.parametrize(
    ("role", "status"), [("client", 403), ("rm", 403), ("supervisor", 200), ("operations", 200), ("admin", 200)]
)
def test_the_status_is_for_those_who_work_for_all(role: str, status: int, acting: As) -> None:
    assert {acting("u1", role)("GET", f"{BASE}/{each}").status for each in ("status", "runs")} == {status}


def test_what_never_ran_is_not_green(acting: As) -> None:
    body = acting("u1", "operations")("GET", f"{BASE}/status").body
    assert body["level"] == "amber"
    assert body["findings"][0] == {"level": "amber", "text": "auto_invest never ran (every 15 minutes)"}
    assert body["at"] == "2026-01-05T04:30:00Z"


@pytest.mark.usefixtures("runs")
def test_a_job_is_told_with_its_history(acting: As) -> None:
    jobs = {job["job"]: job for job in acting("u1", "operations")("GET", f"{BASE}/status").body["jobs"]}
    orders = jobs["orders"]
    assert (orders["schedule"], orders["expression"]) == ("every 5 minutes", "rate(5 minutes)")
    assert (orders["enabled"], orders["why_not"], orders["outcome"]) == (True, None, "Running")
    assert orders["last_success_at"] == "2026-01-05T04:20:00Z"
    assert (orders["start_lag"], orders["success_rate_1d"], orders["success_rate_7d"]) == (2.0, "75.0", "75.0")
    assert (orders["missed_in_the_last_day"], orders["overlapped_in_the_last_day"]) == (0, 0)


def test_a_job_says_how_much_waits_for_it_and_for_how_long(
    acting: As, connection: Connection, clock: SettableClock
) -> None:
    at, key = clock.instant, identifiers.new(clock.instant)
    add(connection, "clients", id="C1", name="Asha")
    add(connection, "products", id="FUND", name="Fund", amc="AMC", asset_class="equity")
    bought = {"client_id": "C1", "order_type": "Purchase", "product_id": "FUND", "amount": 100}
    for status, look in (("Pending", None), ("Unknown", at), ("Unknown", at + timedelta(hours=3))):
        made = {"created_at": at, "trade_date": at.date(), "next_look_at": look}
        add(connection, "orders", id=identifiers.new(at), origin="manual", status=status, **bought, **made)
    told = {"event": "Order Failed", "source_id": key, "client_id": "C1", "recipient": "C1", "created_at": at}
    for channel, due in (("In-App", at), ("Email", at), ("SMS", at + timedelta(hours=3))):
        add(connection, "notification_logs", id=identifiers.new(at), channel=channel, deliver_at=due, **told)
    clock.instant += timedelta(hours=2)
    jobs = {job["job"]: job for job in acting("u1", "operations")("GET", f"{BASE}/status").body["jobs"]}
    assert [jobs[name]["backlog"] for name in ("orders", "notifications", "auto_invest")] == [2, 2, 0]
    assert jobs["orders"]["oldest_due_age"] == jobs["notifications"]["oldest_due_age"] == 7200.0
    assert jobs["auto_invest"]["oldest_due_age"] is None
    assert (jobs["navs"]["backlog"], jobs["navs"]["oldest_due_age"]) == (None, None)


def test_a_job_that_is_stopped_says_why(acting: As, connection: Connection, clock: SettableClock) -> None:
    row = {"scope": "job", "scope_id": "orders", "mode": "stop_all", "reason": "drill", "created_by": "ops"}
    add(connection, "automation_controls", id=identifiers.new(clock.instant), created_at=clock.instant, **row)
    body = acting("u1", "operations")("GET", f"{BASE}/status").body
    told = {job["job"]: (job["enabled"], job["why_not"]) for job in body["jobs"]}
    stopped = {"orders": (False, "stop_all (job): drill")}
    assert told == dict.fromkeys(["auto_invest", "notifications", "navs"], (True, None)) | stopped


def test_runs_come_in_pages_the_newest_first(acting: As, runs: list[str]) -> None:
    api, seen, cursor = acting("u1", "admin"), [], ""
    while True:
        page = api("GET", f"{BASE}/runs?limit=2{cursor}").body
        seen.append([run["id"] for run in page["items"]])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [runs[:2], runs[2:4], runs[4:]]


def test_runs_are_found_by_job_and_status(acting: As, runs: list[str]) -> None:
    api = acting("u1", "admin")
    failed = api("GET", f"{BASE}/runs?status=Failed&job=orders").body["items"]
    assert [run["id"] for run in failed] == [runs[3]]
    assert api("GET", f"{BASE}/runs?job=navs").body == {"items": [], "next_cursor": None}


def test_one_run_is_shown(acting: As, runs: list[str]) -> None:
    run = acting("u1", "supervisor")("GET", f"{BASE}/runs/{runs[1]}").body
    assert (run["id"], run["job"], run["status"]) == (runs[1], "orders", "Succeeded")
    assert (run["scheduled_for"], run["started_at"]) == ("2026-01-05T04:19:58Z", "2026-01-05T04:20:00Z")


@pytest.mark.parametrize("shown", ["RUN-00000000000000000000000001", "ORD-1", "x", "RUN-%00"])
def test_a_run_that_is_not_there_is_not_found(shown: str, acting: As) -> None:
    answer = acting("u1", "admin")("GET", f"{BASE}/runs/{shown}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "status=Done", "cursor=x", "colour=red", "job=ORDERS;drop"]
)
def test_a_wrong_query_is_refused_by_the_name_of_its_parameter(query: str, acting: As) -> None:
    answer = acting("u1", "admin")("GET", f"{BASE}/runs?{query}")
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    (fault,) = answer.body["errors"]
    assert query.partition("=")[0] == fault["parameter"]
