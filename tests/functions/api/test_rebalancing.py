"""Rebalancing rules and their executions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from api.services import Services
from automation.database import Connection, scalar
from automation.engine.rebalancing import JOB
from automation.engine.run import run
from tests.builders import Context, add_lot, add_navs
from tests.estates import REBALANCING
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/rebalancing"
EXECUTIONS = "/api/automation/rebalancing-executions"
OWN = REBALANCING | {"client": "C1"}


@pytest.fixture(autouse=True)
def portfolio(people: None, funds: None, connection: Connection) -> None:
    """The first client holds 80,000 of equity and 20,000 of debt."""
    add_lot(connection, "FUND", "8000", "80000", "2025-12-01")
    add_lot(connection, "BOND", "2000", "20000", "2025-12-01")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def rule(asha: Api) -> str:
    """The path of a rule of the first client."""
    return f"{BASE}/{asha('POST', BASE, OWN).body['id']}"


def test_a_creation_says_how_far_the_portfolio_is_from_its_targets(asha: Api) -> None:
    answer = asha("POST", BASE, OWN)
    assert answer.status == 201
    assert answer.body["drift"]["max_drift"] == "20.0000"
    assert answer.body["drift"]["weights"] == {"equity": "80.0000", "debt": "20.0000"}


def test_a_dry_run_writes_nothing(asha: Api, connection: Connection) -> None:
    assert asha("POST", f"{BASE}?dry_run=true", OWN).body["drift"]["portfolio_drift"] == "20.0000"
    assert scalar(connection, "select count(*) from rebalancing_rules") == 0


def test_a_rule_is_shown_with_its_own_fields(asha: Api, rule: str) -> None:
    body = asha("GET", rule).body
    assert body["target_allocation"] == {"equity": "60", "debt": "40"}
    assert (body["threshold_percent"], body["to"], body["time"], body["status"]) == (
        "5.0000",
        "target",
        "10:00",
        "Active",
    )
    assert asha("GET", BASE).body["items"] == [body]


def test_it_is_paused_resumed_retargeted_and_cancelled(asha: Api, rule: str) -> None:
    assert asha("POST", f"{rule}/pause", {"reason": "tax year"}).body["status_reason"] == "tax year"
    assert asha("POST", f"{rule}/resume").body["status"] == "Active"
    targets = {"target_allocation": {"equity": "70", "debt": "30"}}
    tag = asha("GET", rule).headers["etag"]
    assert asha("PATCH", rule, targets).status == 428
    assert asha("PATCH", rule, targets, if_match=tag).body["target_allocation"] == {"equity": "70", "debt": "30"}
    assert asha("PATCH", rule, targets, if_match=tag).status == 412
    assert asha("PATCH", rule, {"target_allocation": {"equity": "70"}}, if_match="*").status == 400
    assert asha("DELETE", rule).body["status"] == "Cancelled"


def test_an_edit_is_rehearsed_and_then_made_to_what_was_read(asha: Api, rule: str) -> None:
    before = asha("GET", rule)
    tag, changes = before.headers["etag"], {"threshold_percent": "15", "cooldown_days": 7, "do_not_trade": ["FUND"]}
    dry = asha("PATCH", f"{rule}?dry_run=true", changes, if_match=tag)
    assert (dry.status, dry.body["dry_run"], dry.body["outlook"]["drift"]["max_drift"]) == (200, True, "20.0000")
    assert asha("GET", rule).body == before.body
    wet = asha("PATCH", rule, changes, if_match=tag)
    assert wet.body == dry.body | {"dry_run": False}
    assert (wet.body["threshold_percent"], wet.body["cooldown_days"], wet.headers["etag"]) == ("15.0000", 7, '"2"')
    assert asha("PATCH", rule, changes, if_match=tag).status == 412
    shown = asha("GET", rule).body
    assert {name: value for name, value in wet.body.items() if name in shown} == shown


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"strategy": "Hybrid"}, "#/strategy"),
        ({"cooldown_days": "7"}, "#/cooldown_days"),
        ({"target_allocation": {"equity": "70", "nothing": "30"}}, "#/target_allocation/nothing"),
    ],
)
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, asha: Api, rule: str) -> None:
    answer = asha("PATCH", rule, changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)
    assert asha("GET", rule).headers["etag"] == '"1"'


def test_a_plan_is_shown_and_then_carried_out(
    asha: Api, rule: str, pokes: list[object], connection: Connection
) -> None:
    plan = asha("POST", f"{rule}/execute?dry_run=true").body
    assert plan["execution"] is None
    assert plan["decision"]["plan"]["trades"]
    assert scalar(connection, "select count(*) from rebalancing_executions") == 0
    made = asha("POST", f"{rule}/execute")
    assert (made.status, made.headers["location"]) == (201, f"{EXECUTIONS}/{made.body['execution']}")
    execution = asha("GET", made.headers["location"]).body
    assert (execution["initiator"], execution["rule"]) == ("manual", rule.rsplit("/", 1)[-1])


@pytest.mark.parametrize(
    ("user", "role", "status"), [("ravi", "rm", 403), ("olga", "operations", 403), ("bela", "client", 404)]
)
def test_who_may_not_confirm_may_not_execute(user: str, role: str, status: int, acting: As, rule: str) -> None:
    assert acting(user, role)("POST", f"{rule}/execute?dry_run=true").status == status


@pytest.fixture
def proposal(asha: Api, rule: str, services: Services) -> str:
    """The path of a proposal that waits to be confirmed."""
    with services.opened() as runtime:
        run(JOB, {}, Context(), runtime)
    (waiting,) = asha("GET", f"{EXECUTIONS}?status=Pending&rule_id={rule.rsplit('/', 1)[-1]}").body["items"]
    return f"{EXECUTIONS}/{waiting['id']}"


def test_a_proposal_is_confirmed_once_and_rehearsed_before(
    asha: Api, acting: As, proposal: str, connection: Connection
) -> None:
    assert asha("GET", proposal).body["status"] == "Pending"
    rehearsed = asha("POST", f"{proposal}/confirm?dry_run=true").body
    assert (rehearsed["dry_run"], len(rehearsed["orders"]) > 0) == (True, True)
    assert scalar(connection, "select count(*) from orders") == 0
    sue = acting("sue", "supervisor")
    first = sue("POST", f"{proposal}/confirm", {"reason": "reviewed"}).body
    assert asha("POST", f"{proposal}/confirm").body["orders"] == first["orders"] == rehearsed["orders"]
    decided = asha("GET", proposal).body
    assert (decided["decided_by"], decided["decided_why"]) == ("supervisor:sue", "reviewed")
    assert "supervisor:sue decided" in asha("GET", f"{proposal}/why").body["sentence"]


def test_a_plan_that_has_become_another_is_shown_and_asked_for_again(
    asha: Api, proposal: str, connection: Connection
) -> None:
    add_navs(connection, "FUND", "2025-12-01", "2026-01-02", "13")
    answer = asha("POST", f"{proposal}/confirm")
    assert (answer.status, answer.body["code"]) == (409, "new_plan")
    assert answer.body["plan"]["trades"]


def test_a_proposal_is_given_up_with_a_reason(asha: Api, proposal: str) -> None:
    assert asha("POST", f"{proposal}/cancel", {"reason": "not now"}).body["status"] == "Cancelled"
    assert asha("POST", f"{proposal}/confirm").status == 409
    (cancelled,) = asha("GET", f"{EXECUTIONS}?status=Cancelled").body["items"]
    assert proposal.endswith(cancelled["id"])
