"""Auto-invest rules over HTTP, from their creation to their end."""

from __future__ import annotations

from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.builders import add_holidays
from tests.estates import RULE
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/auto-invest"

pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def rule(asha: Api) -> str:
    """The path of a rule of the first client."""
    return f"{BASE}/{asha('POST', BASE, RULE).body['id']}"


def test_a_creation_answers_with_what_comes_and_why(asha: Api, connection: Connection) -> None:
    add_holidays(connection, "2026-01-26")
    answer = asha("POST", BASE, RULE)
    assert answer.status == 201
    assert answer.headers["location"] == f"{BASE}/{answer.body['id']}"
    assert len(answer.body["next_occurrences"]) == 5
    first = answer.body["next_occurrences"][0]
    assert (first["planned"], first["actual"], first["due"]) == (
        "2026-01-26T10:00:00",
        "2026-01-27",
        "2026-01-27T04:30:00Z",
    )
    assert "2026-01-26" in first["note"]
    assert asha("GET", answer.headers["location"]).headers["etag"] == answer.headers["etag"]


def test_a_dry_run_answers_the_same_and_writes_nothing(asha: Api, connection: Connection) -> None:
    dry = asha("POST", f"{BASE}?dry_run=true", RULE)
    assert (dry.status, dry.body["id"], dry.body["dry_run"]) == (200, None, True)
    assert "location" not in dry.headers
    assert scalar(connection, "select count(*) from auto_invest_rules") == 0
    wet = asha("POST", BASE, RULE).body
    assert (wet["next_occurrences"], wet["warnings"]) == (dry.body["next_occurrences"], dry.body["warnings"])


def test_a_rule_is_shown_with_its_own_fields_as_they_were_sent(asha: Api, rule: str) -> None:
    body = asha("GET", rule).body
    assert {name: body[name] for name in RULE} == RULE
    assert (body["status"], body["version"], body["created_by"]) == ("Active", 1, "client:asha")
    assert (body["time"], body["min_balance_required"], body["total_invested"]) == ("10:00", "0.00", "0.00")
    assert body["schedule"] == "Monthly on day 26 at 10:00 Asia/Kolkata"


WRONG: list[tuple[Any, str]] = [
    (RULE | {"amount": 1000.5}, "#/amount"),
    (RULE | {"amount": "1e3"}, "#/amount"),
    (RULE | {"colour": "red"}, "#/colour"),
    (RULE | {"product": "NONE"}, "#/product"),
    (RULE | {"client": "C9"}, "#/client"),
    (RULE | {"client": 1}, "#/client"),
    (RULE | {"product": None, "allocations": [{"product": "FUND", "percent": "x"}]}, "#/allocations/0/percent"),
    (b"{", "#"),
    (b"[]", "#"),
    (b'{"client": NaN}', "#"),
    (b'{"client": "C1", "client": "C2"}', "#/client"),
    (b'{"name": "\\ud800"}', "#"),
    (b"[" * 30_000, "#"),
    (b'{"name": "' + b"x" * 70_000 + b'"}', "#"),
    (b"\xff\xfe", "#"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG, ids=[str(each[1]) + str(n) for n, each in enumerate(WRONG)])
def test_a_wrong_body_is_refused_by_its_field(body: Any, pointer: str, asha: Api, connection: Connection) -> None:
    answer = asha("POST", BASE, body)
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]
    assert scalar(connection, "select count(*) from auto_invest_rules") == 0


def test_a_body_is_json_by_name_as_well(asha: Api) -> None:
    assert asha("POST", BASE, RULE, content_type="text/plain").status == 400


def test_an_edit_wants_the_version_that_was_read(asha: Api, rule: str) -> None:
    assert asha("PATCH", rule, {"amount": "2000"}).status == 428
    tag = asha("GET", rule).headers["etag"]
    changed = asha("PATCH", rule, {"amount": "2000"}, if_match=tag)
    assert (changed.status, changed.body["amount"], changed.body["version"]) == (200, "2000.00", 2)
    late = asha("PATCH", rule, {"amount": "3000"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed")
    assert asha("PATCH", rule, {"amount": "3000"}, if_match=f"W/{changed.headers['etag']}").status == 412
    assert asha("PATCH", rule, {"amount": "3000"}, if_match=f'"77", {changed.headers["etag"]}').status == 200
    assert asha("PATCH", rule, {"amount": "4000"}, if_match="*").body["amount"] == "4000.00"


def test_an_edit_is_rehearsed(asha: Api, rule: str) -> None:
    before = asha("GET", rule)
    tag = before.headers["etag"]
    dry = asha("PATCH", f"{rule}?dry_run=true", {"day_of_month": 20}, if_match=tag)
    assert (dry.status, dry.body["dry_run"], dry.body["next_occurrences"][0]["planned"]) == (
        200,
        True,
        "2026-01-20T10:00:00",
    )
    assert asha("GET", rule).body == before.body
    wet = asha("PATCH", rule, {"day_of_month": 20}, if_match=tag).body
    assert wet == dry.body | {"dry_run": False}


@pytest.mark.parametrize(("changes", "pointer"), [({"client": "C2"}, "#/client"), ({"amount": "0"}, "#/amount")])
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, asha: Api, rule: str) -> None:
    answer = asha("PATCH", rule, changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


def test_a_rule_is_paused_until_an_instant_and_resumed(asha: Api, rule: str) -> None:
    paused = asha("POST", f"{rule}/pause", {"until": "2026-02-01T00:00:00+05:30", "reason": "abroad"}).body
    assert (paused["status"], paused["status_reason"], paused["paused_until"]) == (
        "Paused",
        "abroad",
        "2026-01-31T18:30:00Z",
    )
    resumed = asha("POST", f"{rule}/resume").body
    assert (resumed["status"], len(resumed["next_occurrences"])) == ("Active", 5)
    assert asha("POST", f"{rule}/pause").body["status"] == "Paused"


@pytest.mark.parametrize(
    "until", ["2026-02-01", "2026-02-01T00:00:00", "soon", 1, "2026-02-30T00:00:00Z", "2020-01-01T00:00:00Z"]
)
def test_a_pause_ends_at_an_instant_to_come(until: object, asha: Api, rule: str) -> None:
    answer = asha("POST", f"{rule}/pause", {"until": until})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "#/until")


def test_a_rule_is_switched_off_and_on(asha: Api, rule: str) -> None:
    assert asha("POST", f"{rule}/disable").body["enabled"] is False
    assert asha("POST", f"{rule}/enable").body["enabled"] is True


def test_occurrences_are_skipped_and_taken_back(asha: Api, rule: str) -> None:
    skipped = asha("POST", f"{rule}/skip", {"from": "2026-02-01", "to": "2026-02-28"}).body
    assert skipped["skips"] == [{"start": "2026-02-01", "end": "2026-02-28"}]
    assert asha("POST", f"{rule}/unskip", {"from": "2026-02-01", "to": "2026-02-28"}).body["skips"] == []
    assert asha("POST", f"{rule}/unskip", {"from": "2026-02-01", "to": "2026-02-28"}).status == 404


def test_a_rule_is_cancelled_with_its_reason_and_stays_to_be_read(asha: Api, rule: str) -> None:
    assert asha("POST", f"{rule}/cancel", {}).status == 400
    cancelled = asha("POST", f"{rule}/cancel", {"reason": "moved"}).body
    assert (cancelled["status"], cancelled["status_reason"], cancelled["next_occurrences"]) == (
        "Cancelled",
        "moved",
        [],
    )
    again = asha("POST", f"{rule}/pause")
    assert (again.status, again.body["code"]) == (409, "conflict")


def test_deleting_is_cancelling(asha: Api, rule: str) -> None:
    deleted = asha("DELETE", rule).body
    assert (deleted["status"], deleted["status_reason"]) == ("Cancelled", "deleted by client:asha")
    assert asha("GET", rule).status == 200


def test_rules_come_in_pages_and_by_status(asha: Api) -> None:
    made = sorted(asha("POST", BASE, RULE | {"name": f"rule {number}"}).body["id"] for number in range(3))
    first = asha("GET", f"{BASE}?limit=2").body
    assert [each["id"] for each in first["items"]] == made[:2]
    rest = asha("GET", f"{BASE}?limit=2&cursor={first['next_cursor']}").body
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == (made[2:], None)
    asha("DELETE", f"{BASE}/{made[1]}")
    assert [each["id"] for each in asha("GET", f"{BASE}?status=Cancelled").body["items"]] == [made[1]]


def test_why_and_history_tell_of_a_rule(asha: Api, rule: str) -> None:
    why = asha("GET", f"{rule}/why").body
    assert "has not been due yet" in why["sentence"]
    assert why["data"]["rule_status"] == "Active"
    assert asha("GET", f"{rule}/history").body == {"items": [], "next_cursor": None}


def test_a_supervisor_reads_and_changes_nothing(acting: As, rule: str) -> None:
    api = acting("sue", "supervisor")
    assert api("GET", rule).status == 200
    assert api("POST", f"{rule}/pause").status == 403
    assert api("PATCH", rule, {"amount": "1"}, if_match="*").status == 403
