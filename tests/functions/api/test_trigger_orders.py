"""Trigger orders over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from api.services import Services
from automation.database import Connection, scalar
from automation.engine.run import run
from automation.engine.triggers import JOB
from tests.builders import Context
from tests.estates import TRIGGER
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/trigger-orders"
OWN = TRIGGER | {"client": "C1"}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def trigger(asha: Api) -> str:
    """The path of a trigger of the first client."""
    return f"{BASE}/{asha('POST', BASE, OWN).body['id']}"


def test_a_creation_says_whether_it_would_fire_and_how_far_the_level_is(asha: Api) -> None:
    answer = asha("POST", BASE, OWN)
    assert (answer.status, answer.body["would_fire_now"], answer.body["observed"]) == (201, False, "10.0000")
    assert answer.body["distance"] == "-20.0"
    assert asha("POST", BASE, OWN | {"trigger_value": "12"}).body["would_fire_now"] is True


def test_a_dry_run_writes_nothing(asha: Api, connection: Connection) -> None:
    assert asha("POST", f"{BASE}?dry_run=true", OWN).body["id"] is None
    assert scalar(connection, "select count(*) from trigger_orders") == 0
    assert scalar(connection, "select count(*) from watched_prices") == 0


def test_a_trigger_is_shown_with_its_own_fields(asha: Api, trigger: str) -> None:
    body = asha("GET", trigger).body
    assert (body["trigger_value"], body["amount"], body["units"]) == ("8.0000", "1000.00", None)
    assert (body["status"], body["created_by"], body["order"]) == ("Active", "client:asha", None)
    assert asha("GET", BASE).body["items"] == [body]


def test_it_is_paused_resumed_extended_and_cancelled(asha: Api, trigger: str) -> None:
    assert asha("POST", f"{trigger}/pause").body["enabled"] is False
    assert asha("POST", f"{trigger}/resume").body["enabled"] is True
    tag = asha("GET", trigger).headers["etag"]
    assert asha("PATCH", trigger, {"valid_until": "2026-03-31"}).status == 428
    extended = asha("PATCH", trigger, {"valid_until": "2026-03-31"}, if_match=tag)
    assert extended.body["valid_until"] == "2026-03-31T18:30:00Z"
    assert asha("PATCH", trigger, {"valid_until": "2026-04-30"}, if_match=tag).status == 412
    assert asha("POST", f"{trigger}/cancel", {"reason": "enough"}).body["status"] == "Cancelled"
    assert asha("POST", f"{trigger}/pause").status == 409


def test_an_edit_wants_the_version_that_was_read_and_says_what_comes_of_it(asha: Api, trigger: str) -> None:
    assert asha("PATCH", trigger, {"trigger_value": "9"}).status == 428
    tag = asha("GET", trigger).headers["etag"]
    edited = asha("PATCH", trigger, {"trigger_value": "9", "units": None, "mode": "confirm"}, if_match=tag)
    assert (edited.status, edited.body["trigger_value"], edited.body["mode"]) == (200, "9.0000", "confirm")
    assert (edited.body["dry_run"], edited.body["outlook"]["distance"]) == (False, "-10.0")
    late = asha("PATCH", trigger, {"trigger_value": "9"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed")
    again = asha("PATCH", trigger, {"trigger_value": "12"}, if_match=edited.headers["etag"])
    assert again.body["outlook"]["would_fire_now"] is True
    assert again.body["outlook"]["warnings"] == ["its condition holds already: it fires at the next look"]
    shown = asha("GET", trigger)
    assert shown.headers["etag"] == again.headers["etag"] == '"3"'
    assert {name: value for name, value in again.body.items() if name in shown.body} == shown.body


def test_an_edit_is_rehearsed(asha: Api, trigger: str) -> None:
    before = asha("GET", trigger)
    tag = before.headers["etag"]
    dry = asha("PATCH", f"{trigger}?dry_run=true", {"trigger_value": "12"}, if_match=tag)
    assert (dry.status, dry.body["dry_run"], dry.body["trigger_value"]) == (200, True, "12.0000")
    assert "etag" not in dry.headers
    assert asha("GET", trigger).body == before.body
    wet = asha("PATCH", trigger, {"trigger_value": "12"}, if_match=tag).body
    assert wet == dry.body | {"dry_run": False}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"trigger_value": 12.5}, "#/trigger_value"),
        ({"product": "BOND"}, "#/product"),
        ({"amount": "0"}, "#/amount"),
        ({"colour": "red"}, "#/colour"),
        ({}, "#"),
    ],
)
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, asha: Api, trigger: str) -> None:
    answer = asha("PATCH", trigger, changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)
    assert asha("GET", trigger).headers["etag"] == '"1"'


def test_one_that_has_fired_is_not_edited(asha: Api, services: Services) -> None:
    made = asha("POST", BASE, OWN | {"trigger_value": "12"})
    with services.opened() as runtime:
        run(JOB, {}, Context(), runtime)
    answer = asha("PATCH", f"{BASE}/{made.body['id']}", {"trigger_value": "9"}, if_match=made.headers["etag"])
    assert (answer.status, answer.body["code"]) == (409, "conflict")


def test_one_that_waits_is_confirmed_by_its_client_and_not_by_the_manager(
    asha: Api, acting: As, services: Services
) -> None:
    made = asha("POST", BASE, OWN | {"trigger_value": "12", "mode": "confirm"}).body["id"]
    with services.opened() as runtime:
        run(JOB, {}, Context(), runtime)
    assert acting("ravi", "rm")("POST", f"{BASE}/{made}/confirm").status == 403
    confirmed = asha("POST", f"{BASE}/{made}/confirm").body
    assert confirmed["order"].startswith("ORD-")
    order = asha("GET", f"/api/automation/orders/{confirmed['order']}").body
    assert (order["client_id"], order["amount"], order["status"], order["rule_id"]) == (
        "C1",
        "1000.00",
        "Pending",
        made,
    )
    log = asha("GET", f"{BASE}/{made}/history").body["items"]
    assert [(each["kind"], each["status"], each["details"]) for each in log] == [("trigger", "Success", None)]
    details = asha("GET", f"/api/automation/execution-logs/{log[0]['id']}").body["details"]
    assert details["guards"]


def test_why_tells_what_it_waits_for(asha: Api, trigger: str) -> None:
    assert "has not fired" in asha("GET", f"{trigger}/why").body["sentence"]
