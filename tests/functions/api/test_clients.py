"""Clients over HTTP: read within a scope, administered by operations, their money left to their journal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.estates import RULE
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/clients"
CLIENT = {
    "id": "C3",
    "name": "Chandra Iyer",
    "user": "asha",
    "manager": "ravi",
    "email": "chandra@example.com",
    "phone": "+919876543210",
    "time_zone": "Europe/London",
    "kyc_status": "Verified",
}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def olga(acting: As) -> Api:
    return acting("olga", "operations")


def test_a_client_is_added_and_shown_as_it_was_sent(olga: Api, connection: Connection) -> None:
    made = olga("POST", BASE, CLIENT | {"first_deposit": "2500.50"})
    assert (made.status, made.headers["location"]) == (201, f"{BASE}/C3")
    assert {name: made.body[name] for name in CLIENT} == CLIENT
    assert (made.body["cash_balance"], made.body["currency"], made.body["status"]) == ("2500.50", "INR", "Active")
    read = olga("GET", f"{BASE}/C3")
    assert (read.body, read.headers["etag"]) == (made.body, made.headers["etag"])
    assert scalar(connection, "select amount from cash_journal where client_id = 'C3' and kind = 'Deposit'") == 2500.5


def test_an_id_is_taken_once_and_a_key_answers_again(olga: Api, connection: Connection) -> None:
    first, again = (olga("POST", BASE, CLIENT | {"first_deposit": "5"}, idempotency_key="c1") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    taken = olga("POST", BASE, CLIENT | {"first_deposit": "5"})
    assert (taken.status, taken.body["code"]) == (409, "conflict")
    assert scalar(connection, "select sum(amount) from cash_journal where client_id = 'C3'") == 5


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "a/b"}, "#/id"),
    ({"id": ""}, "#/id"),
    ({"name": ""}, "#/name"),
    ({"name": "a\nb"}, "#/name"),
    ({"user": "nobody"}, "#/user"),
    ({"manager": "nobody"}, "#/manager"),
    ({"email": "chandra"}, "#/email"),
    ({"email": "c@example.com\r\nBcc: d@example.com"}, "#/email"),
    ({"phone": "98765"}, "#/phone"),
    ({"time_zone": "Mars/Base"}, "#/time_zone"),
    ({"currency": "rupee"}, "#/currency"),
    ({"kyc_status": "Fine"}, "#/kyc_status"),
    ({"status": "Asleep"}, "#/status"),
    ({"first_deposit": "-1"}, "#/first_deposit"),
    ({"first_deposit": "1e3"}, "#/first_deposit"),
    ({"cash_balance": "5"}, "#/cash_balance"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG, ids=[f"{each[1]}-{n}" for n, each in enumerate(WRONG)])
def test_a_wrong_body_is_refused_by_its_field(
    changes: dict[str, Any], pointer: str, olga: Api, connection: Connection
) -> None:
    answer = olga("POST", BASE, CLIENT | changes)
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]
    assert scalar(connection, "select count(*) from clients") == 2


def test_an_edit_wants_the_version_that_was_read(olga: Api) -> None:
    place = f"{BASE}/C1"
    assert olga("PATCH", place, {"kyc_status": "Expired"}).status == 428
    tag = olga("GET", place).headers["etag"]
    changed = olga("PATCH", place, {"kyc_status": "Expired", "email": "asha@example.com"}, if_match=tag)
    assert (changed.status, changed.body["kyc_status"], changed.body["email"]) == (200, "Expired", "asha@example.com")
    assert (changed.body["user"], changed.body["manager"], changed.body["cash_balance"]) == ("asha", "ravi", "50000.00")
    late = olga("PATCH", place, {"status": "Closed"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed")
    bare = olga("PATCH", place, {"email": None, "manager": None}, if_match=changed.headers["etag"]).body
    assert (bare["email"], bare["manager"]) == (None, None)


def test_a_version_is_of_what_can_be_edited_whoever_has_edited_it(olga: Api, connection: Connection) -> None:
    tag = olga("GET", f"{BASE}/C1").headers["etag"]
    connection.execute("update clients set cash_balance = cash_balance + 1 where id = 'C1'")
    assert olga("GET", f"{BASE}/C1").headers["etag"] == tag
    connection.execute("update clients set phone = '+911111111' where id = 'C1'")
    assert olga("PATCH", f"{BASE}/C1", {"name": "A"}, if_match=tag).status == 412


def test_of_edits_at_once_to_the_same_version_one_is_made(olga: Api) -> None:
    tag = olga("GET", f"{BASE}/C1").headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        names = [f"name {number}" for number in range(8)]
        answers = list(pool.map(lambda name: olga("PATCH", f"{BASE}/C1", {"name": name}, if_match=tag), names))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"id": "C4"}, "#/id"), ({"currency": "USD"}, "#/currency"), ({"cash_balance": "9"}, "#/cash_balance"),
     ({"first_deposit": "9"}, "#/first_deposit"), ({}, "#"), ({"name": None}, "#/name"), ({"user": "x"}, "#/user"),
     ({"time_zone": "Mars/Base"}, "#/time_zone")],
)  # fmt: skip
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, olga: Api) -> None:
    answer = olga("PATCH", f"{BASE}/C1", changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


def test_a_zone_stays_while_rules_are_local_to_it(olga: Api, acting: As) -> None:
    rule = acting("asha", "client")("POST", "/api/automation/auto-invest", RULE).body["id"]
    refused = olga("PATCH", f"{BASE}/C1", {"time_zone": "Europe/London"}, if_match="*")
    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert olga("PATCH", f"{BASE}/C1", {"name": "Asha R"}, if_match="*").status == 200
    olga("DELETE", f"/api/automation/auto-invest/{rule}")
    moved = olga("PATCH", f"{BASE}/C1", {"time_zone": "Europe/London"}, if_match="*")
    assert moved.body["time_zone"] == "Europe/London"


def test_everybody_sees_whose_client_it_is_and_nobody_else(acting: As, connection: Connection) -> None:
    connection.execute("update clients set email = lower(id) || '@example.com', phone = '+911234567'")
    seen = {
        ("asha", "client"): ["C1"],
        ("ravi", "rm"): ["C1"],
        ("bela", "client"): ["C2"],
        ("sue", "supervisor"): ["C1", "C2"],
        ("olga", "operations"): ["C1", "C2"],
        ("ada", "admin"): ["C1", "C2"],
    }
    for (user, role), expected in seen.items():
        items = acting(user, role)("GET", BASE).body["items"]
        assert [each["id"] for each in items] == expected, user
        assert [each["email"] for each in items] == [f"{each.lower()}@example.com" for each in expected], user


@pytest.mark.parametrize("shown", ["C2", "C9", "%00", "%0A", "é", "x" * 300])
def test_what_is_anothers_or_nobodys_is_not_there(shown: str, acting: As) -> None:
    asha = acting("asha", "client")
    answer = asha("GET", f"{BASE}/{shown}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert acting("olga", "operations")("PATCH", f"{BASE}/C9", {"name": "x"}, if_match="*").status == 404


@pytest.mark.parametrize(("user", "role"), [("asha", "client"), ("ravi", "rm"), ("sue", "supervisor")])
def test_only_operations_and_administrators_change_clients(user: str, role: str, acting: As) -> None:
    api = acting(user, role)
    assert api("POST", BASE, CLIENT).status == 403
    assert api("PATCH", f"{BASE}/C1", {"name": "x"}, if_match="*").status == 403


def test_clients_come_in_pages(olga: Api) -> None:
    first = olga("GET", f"{BASE}?limit=1").body
    rest = olga("GET", f"{BASE}?limit=1&cursor={first['next_cursor']}").body
    assert [each["id"] for each in first["items"] + rest["items"]] == ["C1", "C2"]
    assert (first["next_cursor"], rest["next_cursor"]) == ("C1", None)
    assert olga("GET", f"{BASE}?limit=201").status == olga("GET", f"{BASE}?cursor=%00").status == 400
