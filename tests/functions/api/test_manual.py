"""Jobs and rules run by hand, and how often that may be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import triggers.handler
from api.services import Services
from automation.clock import SettableClock
from automation.database import Connection, scalar
from automation.engine.allowance import after
from automation.runtime import using
from automation.settings import Allowance
from automation.store.allowances import Bucket
from tests.builders import Context, add_lot, at
from tests.estates import REBALANCING, RULE, TRIGGER
from tests.functions.api.conftest import Api, As

EXECUTE = "/api/automation/scheduler/execute"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def olga(acting: As) -> Api:
    return acting("olga", "operations")


def test_a_job_is_started_and_its_run_is_there_at_once(
    olga: Api, services: Services, invoked: list[tuple[str, dict[str, Any]]]
) -> None:
    answer = olga("POST", EXECUTE, {"type": "triggers"})
    (run,) = answer.body["runs"]
    assert (answer.status, answer.headers["location"]) == (202, run["location"])
    assert invoked == [("triggers", {"run_id": run["run_id"]})]
    shown = olga("GET", run["location"]).body
    assert (shown["job"], shown["status"], shown["started_by"]) == ("triggers", "Running", "hand: operations:olga")
    with services.opened() as runtime, using(runtime):
        assert triggers.handler.handler(dict(invoked[0][1]), Context())["run_id"] == run["run_id"]
    shown = olga("GET", run["location"]).body
    assert (shown["status"], shown["started_by"]) == ("Succeeded", "hand: operations:olga")


def test_telling_people_is_started_whole(olga: Api, invoked: list[tuple[str, dict[str, Any]]]) -> None:
    answer = olga("POST", EXECUTE, {"type": "notifications"})
    (run,) = answer.body["runs"]
    assert (answer.status, run["job"], answer.headers["location"]) == (202, "notifications", run["location"])
    assert invoked == [("notifications", {"run_id": run["run_id"]})]
    assert olga("GET", run["location"]).body["status"] == "Running"
    refused = olga("POST", EXECUTE, {"type": "notifications", "client_id": "C1"}).body
    assert (refused["detail"], refused["next_step"]) == (
        "type: notifications runs whole, not for one rule or client",
        "leave rule_id and client_id out",
    )


def test_all_jobs_are_started_each_with_a_run(olga: Api, invoked: list[tuple[str, Any]]) -> None:
    answer = olga("POST", EXECUTE, {"type": "all"})
    assert (answer.status, answer.headers["location"]) == (202, "/api/automation/scheduler/runs")
    assert [job for job, _ in invoked] == ["auto_invest", "rebalancing", "triggers", "orders", "notifications"]
    assert [run["job"] for run in answer.body["runs"]] == [job for job, _ in invoked]


@pytest.fixture
def due(acting: As, clock: SettableClock) -> str:
    """The id of a rule of the first client that has been due for a minute."""
    shown = str(acting("asha", "client")("POST", "/api/automation/auto-invest", RULE | {"day_of_month": 5}).body["id"])
    clock.instant = at("2026-01-05 10:01")
    return shown


def test_one_rule_runs_at_once_and_its_occurrence_is_done(
    olga: Api, due: str, connection: Connection, clock: SettableClock
) -> None:
    first = olga("POST", EXECUTE, {"type": "auto-invest", "rule_id": due})
    assert (first.status, first.body["finished"], first.body["consumed_scheduled_occurrences"]) == (200, True, 1)
    (execution,) = first.body["executions"]
    assert (execution["rule_id"], execution["occurrence"], execution["status"]) == (
        due,
        "2026-01-05T10:00:00",
        "Success",
    )
    again = olga("POST", EXECUTE, {"type": "auto-invest", "rule_id": due})
    assert (again.status, again.body["consumed_scheduled_occurrences"]) == (200, 0)
    assert scalar(connection, "select count(*) from orders") == 1


def test_the_rules_of_one_client_run_at_once(olga: Api, due: str) -> None:
    answer = olga("POST", EXECUTE, {"type": "auto-invest", "client_id": "C1"}).body
    assert [each["rule_id"] for each in answer["executions"]] == [due]
    assert olga("POST", EXECUTE, {"type": "auto-invest", "client_id": "C2"}).body["executions"] == []


def test_one_trigger_and_one_rebalancing_rule_run_at_once(olga: Api, acting: As, connection: Connection) -> None:
    bela = acting("bela", "client")
    made = bela("POST", "/api/automation/trigger-orders", TRIGGER | {"trigger_value": "12"}).body["id"]
    answer = olga("POST", EXECUTE, {"type": "triggers", "rule_id": made}).body
    assert [(each["kind"], each["status"]) for each in answer["executions"]] == [("trigger", "Success")]
    asha, body = acting("asha", "client"), REBALANCING | {"client": "C1"}
    add_lot(connection, "FUND", "8000", "80000", "2025-12-01")
    add_lot(connection, "BOND", "2000", "20000", "2025-12-01")
    made = asha("POST", "/api/automation/rebalancing", body).body["id"]
    answer = olga("POST", EXECUTE, {"type": "rebalancing", "rule_id": made}).body
    assert [(each["kind"], each["rule_id"]) for each in answer["executions"]] == [("rebalancing", made)]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"type": "everything"}, 400, "#/type"),
        ({}, 400, "#/type"),
        ({"type": "orders", "rule_id": "AUTO-1"}, 400, "#/type"),
        ({"type": "orders", "client_id": "C1"}, 400, "#/type"),
        ({"type": "notifications", "rule_id": "AUTO-1"}, 400, "#/type"),
        ({"type": "notifications", "client_id": "C1"}, 400, "#/type"),
        ({"type": "auto-invest", "client_id": "C9"}, 400, "#/client_id"),
        ({"type": "auto-invest", "colour": "red"}, 400, "#/colour"),
        ({"type": "auto-invest", "rule_id": "AUTO-1"}, 404, None),
        ({"type": "triggers", "rule_id": "AUTO-00000000000000000000000001"}, 404, None),
    ],
)
def test_what_can_not_run_is_refused(body: Any, status: int, place: str | None, olga: Api) -> None:
    answer = olga("POST", EXECUTE, body)
    assert (answer.status, [each["pointer"] for each in answer.body["errors"]]) == (status, [place] if place else [])


@pytest.mark.parametrize("role", ["client", "rm", "supervisor", "admin"])
def test_only_operations_may(role: str, acting: As, invoked: list[Any]) -> None:
    assert acting("u1", role)("POST", EXECUTE, {"type": "all"}).status == 403
    assert invoked == []


def test_a_burst_is_stopped_and_told_when_to_come_again(
    olga: Api, acting: As, clock: SettableClock, invoked: list[Any]
) -> None:
    answers = [olga("POST", EXECUTE, {"type": "orders"}) for _ in range(50)]
    assert [answer.status for answer in answers] == [202] * 10 + [429] * 40
    assert (answers[-1].body["code"], answers[-1].headers["retry-after"]) == ("too_many_requests", "6")
    assert len(invoked) == 10
    assert acting("otto", "operations")("POST", EXECUTE, {"type": "orders"}).status == 202
    clock.instant += timedelta(seconds=6)
    assert olga("POST", EXECUTE, {"type": "orders"}).status == 202


NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
OFTEN = Allowance(burst=3, per_minute=6, daily=5)


def bucket(tokens: str, ago: float = 0, used: int = 0) -> Bucket:
    return Bucket(Decimal(tokens), NOON - timedelta(seconds=ago), NOON.date(), used)


@pytest.mark.parametrize(
    ("before", "wait", "tokens"),
    [
        (bucket("3"), 0, "2"),
        (bucket("0"), 10, "0"),
        (bucket("0.5", 4), 1, "0.5"),
        (bucket("0", 10), 0, "0"),
        (bucket("1", 3600), 0, "2"),
        (bucket("3", 0, 5), 12 * 3600, "3"),
    ],
)
def test_a_bucket_fills_again_up_to_its_brim(before: Bucket, wait: int, tokens: str) -> None:
    seconds, left = after(before, OFTEN, NOON)
    assert (seconds, left.tokens) == (wait, Decimal(tokens))


def test_a_new_day_has_an_allowance_of_its_own() -> None:
    seconds, left = after(bucket("3", 86_400, 5)._replace(day=NOON.date() - timedelta(days=1)), OFTEN, NOON)
    assert (seconds, left.used) == (0, 1)
