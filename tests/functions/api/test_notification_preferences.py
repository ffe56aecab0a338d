"""Notification preferences over HTTP: one for a client, a user and an event; none silences what is critical."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/notification-preferences"
PREFERENCE = {
    "client": "C1",
    "event": "Order Executed",
    "channels": ["Email", "In-App"],
    "quiet_start": "22:00",
    "quiet_end": "07:00",
    "min_amount": "1000.50",
    "schemes": ["FUND"],
}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def preference(asha: Api) -> str:
    """The path of a preference of the first client."""
    return f"{BASE}/{asha('POST', BASE, PREFERENCE).body['id']}"


def count(connection: Connection) -> int:
    return int(scalar(connection, "select count(*) from notification_preferences"))


def test_a_preference_is_shown_as_it_was_sent_with_its_place_and_version(asha: Api) -> None:
    made = asha("POST", BASE, PREFERENCE)
    assert made.status == 201
    assert made.headers["location"] == f"{BASE}/{made.body['id']}"
    assert {name: made.body[name] for name in PREFERENCE} == PREFERENCE
    assert (made.body["user"], made.body["enabled"], made.body["level"]) == (None, True, "on")
    assert made.body["time_zone"] == "Asia/Kolkata"
    read = asha("GET", made.headers["location"])
    assert (read.body, read.headers["etag"]) == (made.body, made.headers["etag"])


def test_a_dry_run_answers_the_same_and_writes_nothing(asha: Api, connection: Connection) -> None:
    dry = asha("POST", f"{BASE}?dry_run=true", PREFERENCE)
    assert (dry.status, dry.body["id"], dry.body["channels"]) == (200, None, ["Email", "In-App"])
    assert "location" not in dry.headers
    assert count(connection) == 0
    assert asha("POST", f"{BASE}?dry_run=true", PREFERENCE | {"schemes": ["NONE"]}).status == 400


def test_there_is_one_for_a_client_a_user_and_an_event(asha: Api, preference: str, connection: Connection) -> None:
    shown = preference.removeprefix(f"{BASE}/")
    again = asha("POST", BASE, PREFERENCE)
    assert (again.status, again.body["code"]) == (409, "conflict")
    assert shown in again.body["detail"]
    assert shown in again.body["next_step"]
    assert asha("POST", f"{BASE}?dry_run=true", PREFERENCE).status == 409
    assert asha("POST", BASE, PREFERENCE | {"event": "Order Settled"}).status == 201
    assert asha("POST", BASE, PREFERENCE | {"user": "asha"}).status == 201
    assert count(connection) == 3


def test_of_ten_at_once_one_is_made(asha: Api, connection: Connection) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: asha("POST", BASE, PREFERENCE), range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert count(connection) == 1


def test_a_request_with_a_key_is_answered_the_same_again(asha: Api, connection: Connection) -> None:
    first, again = (asha("POST", BASE, PREFERENCE, idempotency_key="p1") for _ in range(2))
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (201, first.body, "true")
    assert count(connection) == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"channels": []}, "#/channels"),
    ({"channels": ["Pigeon"]}, "#/channels/0"),
    ({"channels": ["Email", "Email"]}, "#/channels"),
    ({"event": "Weather"}, "#/event"),
    ({"quiet_start": "7:00"}, "#/quiet_start"),
    ({"quiet_end": None}, "#/quiet_end"),
    ({"quiet_start": None}, "#/quiet_start"),
    ({"quiet_end": "22:00"}, "#/quiet_end"),
    ({"min_amount": "1e3"}, "#/min_amount"),
    ({"min_amount": "-1"}, "#/min_amount"),
    ({"min_amount": 10.5}, "#/min_amount"),
    ({"schemes": []}, "#/schemes"),
    ({"schemes": ["FUND", "NONE"]}, "#/schemes/1"),
    ({"schemes": ["FUND", "FUND"]}, "#/schemes"),
    ({"schemes": ["FUND"] * 101}, "#/schemes"),
    ({"enabled": 1}, "#/enabled"),
    ({"level": "loud"}, "#/level"),
    ({"user": "bela"}, "#/user"),
    ({"user": "nobody"}, "#/user"),
    ({"client": "C9"}, "#/client"),
    ({"colour": "red"}, "#/colour"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG, ids=[f"{each[1]}-{n}" for n, each in enumerate(WRONG)])
def test_a_wrong_body_is_refused_by_its_field(
    changes: dict[str, Any], pointer: str, asha: Api, connection: Connection
) -> None:
    answer = asha("POST", BASE, PREFERENCE | changes)
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]
    assert count(connection) == 0


CRITICAL = {"client": "C1", "event": "Order Failed", "channels": ["SMS", "In-App"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enabled": False}, "enabled"),
        ({"level": "off"}, "level"),
        ({"channels": ["SMS"]}, "channels"),
        ({"min_amount": "5000"}, "min_amount"),
        ({"schemes": ["FUND"]}, "schemes"),
    ],
)
@pytest.mark.parametrize("event", ["Order Failed", "Auto-Invest Failed", "Portfolio Alert"])
def test_what_is_critical_is_always_told_in_the_app(event: str, changes: Any, field: str, asha: Api) -> None:
    sound = CRITICAL | {"event": event}
    refused = asha("POST", BASE, sound | changes)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, f"#/{field}")
    assert "critical" in refused.body["detail"]
    made = asha("POST", BASE, sound | {"level": "silent"}).body["id"]
    edited = asha("PATCH", f"{BASE}/{made}", changes, if_match="*")
    assert (edited.status, edited.body["errors"][0]["pointer"]) == (400, f"#/{field}")


def test_an_edit_wants_the_version_that_was_read(asha: Api, preference: str) -> None:
    assert asha("PATCH", preference, {"level": "silent"}).status == 428
    tag = asha("GET", preference).headers["etag"]
    changed = asha("PATCH", preference, {"level": "silent", "min_amount": None}, if_match=tag)
    assert (changed.status, changed.body["level"], changed.body["min_amount"]) == (200, "silent", None)
    assert {name: changed.body[name] for name in PREFERENCE} == PREFERENCE | {"min_amount": None}
    late = asha("PATCH", preference, {"level": "off"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed")
    assert asha("PATCH", preference, {"enabled": False}, if_match=changed.headers["etag"]).status == 200
    assert asha("PATCH", preference, {"quiet_start": None, "quiet_end": None}, if_match="*").status == 200


def test_of_edits_at_once_to_the_same_version_one_is_made(asha: Api, preference: str) -> None:
    tag = asha("GET", preference).headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        bodies = [{"min_amount": f"{number}"} for number in range(1, 9)]
        answers = list(pool.map(lambda body: asha("PATCH", preference, body, if_match=tag), bodies))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    (done,) = (answer for answer in answers if answer.status == 200)
    assert asha("GET", preference).body == done.body


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"client": "C2"}, "#/client"), ({"event": "Order Failed"}, "#/event"), ({"user": "asha"}, "#/user"), ({}, "#"),
     ({"quiet_end": None}, "#/quiet_end"), ({"schemes": ["NONE"]}, "#/schemes/0"), ({"channels": None}, "#/channels")],
)  # fmt: skip
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, asha: Api, preference: str) -> None:
    before = asha("GET", preference).body
    answer = asha("PATCH", preference, changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)
    assert asha("GET", preference).body == before


def test_a_preference_is_removed_for_good(asha: Api, preference: str, connection: Connection) -> None:
    gone = asha("DELETE", preference)
    assert (gone.status, gone.body) == (204, None)
    assert [asha(method, preference).status for method in ("GET", "DELETE")] == [404, 404]
    assert count(connection) == 0
    assert asha("POST", BASE, PREFERENCE).status == 201


def test_preferences_come_in_pages_by_client_and_event(asha: Api, acting: As) -> None:
    events = ["Order Executed", "Order Settled", "Market Update"]
    made = sorted(asha("POST", BASE, PREFERENCE | {"event": event}).body["id"] for event in events)
    acting("bela", "client")("POST", BASE, PREFERENCE | {"client": "C2"})
    first = asha("GET", f"{BASE}?limit=2").body
    assert [each["id"] for each in first["items"]] == made[:2]
    rest = asha("GET", f"{BASE}?limit=2&cursor={first['next_cursor']}").body
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == (made[2:], None)
    sue = acting("sue", "supervisor")
    found = sue("GET", f"{BASE}?event=Order%20Executed").body["items"]
    assert {each["client"] for each in found} == {"C1", "C2"}
    assert len(sue("GET", f"{BASE}?client_id=C1").body["items"]) == 3
    assert asha("GET", f"{BASE}?limit=201").status == 400
    assert asha("GET", f"{BASE}?cursor=AUTO-1").status == 400
    assert asha("GET", f"{BASE}?event=Weather").status == 400


def test_what_a_user_wants_for_itself_is_not_its_clients_to_see(asha: Api, acting: As, preference: str) -> None:
    ravi = acting("ravi", "rm")
    own = ravi("POST", BASE, PREFERENCE | {"user": "ravi"})
    assert own.status == 201
    assert len(ravi("GET", BASE).body["items"]) == 2
    assert [f"{BASE}/{each['id']}" for each in asha("GET", BASE).body["items"]] == [preference]
    place = own.headers["location"]
    assert asha("GET", place).status == asha("DELETE", place).status == 404
    assert asha("PATCH", place, {"level": "off"}, if_match="*").status == 404
    assert ravi("PATCH", preference, {"level": "off"}, if_match="*").status == 200


def test_a_supervisor_reads_and_changes_nothing(acting: As, preference: str) -> None:
    sue = acting("sue", "supervisor")
    assert sue("GET", preference).status == 200
    assert sue("POST", BASE, PREFERENCE).status == sue("DELETE", preference).status == 403
    assert sue("PATCH", preference, {"level": "off"}, if_match="*").status == 403
    assert acting("olga", "operations")("POST", BASE, PREFERENCE | {"user": "ravi"}).status == 201
