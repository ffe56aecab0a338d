"""The notification log: whose address is shown to whom, what became of messages, and those that are tried anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection, scalar
from tests.functions.api.conftest import Api, As
from tests.functions.api.test_notifications import BEGIN, LOGS, add_in_app, add_log, ids

pytestmark = pytest.mark.usefixtures("people")
MAIL, PHONE = "asha@example.com", "+919876543210"


@pytest.fixture
def olga(acting: As) -> Api:
    return acting("olga", "operations")


@pytest.mark.parametrize(
    ("user", "role", "shown"),
    [
        ("asha", "client", {MAIL, PHONE}),
        ("olga", "operations", {MAIL, PHONE}),
        ("ada", "admin", {MAIL, PHONE}),
        ("ravi", "rm", {"a•••@example.com", "+91•••••••210"}),
        ("sue", "supervisor", {"a•••@example.com", "+91•••••••210"}),
    ],
)
def test_an_address_is_shown_to_whom_it_is_of_and_those_who_operate(
    user: str, role: str, shown: set[str], acting: As, connection: Connection
) -> None:
    made = [add_log(connection, 1, address=MAIL), add_log(connection, 2, channel="SMS", address=PHONE)]
    api = acting(user, role)
    assert {each["address"] for each in api("GET", LOGS).body["items"]} == shown
    assert {api("GET", f"{LOGS}/{each}").body["address"] for each in made} == shown


def test_a_message_has_the_title_that_was_sent_or_is_in_the_app(acting: As, connection: Connection) -> None:
    add_log(connection, 1, title="Your order failed", body="It was refused.")
    add_log(connection, 2, channel="In-App", status="Sent")
    add_in_app(connection, 2)
    add_log(connection, 3)
    found = acting("asha", "client")("GET", LOGS).body["items"]
    assert [each["title"] for each in found] == [None, "number 2", "Your order failed"]
    assert all("body" not in each for each in found)


def test_what_another_user_is_told_for_itself_is_not_its_clients_to_see(acting: As, connection: Connection) -> None:
    own = add_log(connection, 2, user_id="ravi", recipient="user:ravi", address="ravi@example.com")
    shared = add_log(connection, 1)
    asha, ravi = acting("asha", "client"), acting("ravi", "rm")
    assert ids(asha("GET", LOGS)) == [shared]
    assert asha("GET", f"{LOGS}/{own}").status == 404
    assert (ids(ravi("GET", LOGS)), ravi("GET", f"{LOGS}/{own}").body["address"]) == ([own, shared], "ravi@example.com")
    assert ids(acting("sue", "supervisor")("GET", LOGS)) == [own, shared]
    assert acting("sue", "supervisor")("GET", f"{LOGS}/{own}").body["user_id"] == "ravi"
    assert asha("GET", f"{LOGS}/summary").body["parts"] == [{"status": "Pending", "reason": None, "messages": 1}]


@pytest.fixture
def several(connection: Connection) -> None:
    """Six messages of the first client, and one of the second."""
    for number in (1, 2, 3):
        add_log(connection, number, status="Suppressed", reason="not_chosen")
    for number in (4, 5):
        add_log(connection, number, status="Suppressed", reason="below_min_amount")
    add_log(connection, 6, status="Sent", sent_at=BEGIN)
    add_log(connection, 7, "C2", status="Failed", reason="no_number")


def parts(answer: Any) -> list[tuple[str, str | None, int]]:
    return [(each["status"], each["reason"], each["messages"]) for each in answer.body["parts"]]


@pytest.mark.usefixtures("several")
def test_what_was_suppressed_is_counted_by_its_reason(acting: As) -> None:
    asha, path = acting("asha", "client"), f"{LOGS}/summary"
    own = [("Suppressed", "not_chosen", 3), ("Suppressed", "below_min_amount", 2), ("Sent", None, 1)]
    assert parts(asha("GET", path)) == own
    assert asha("GET", path).body["more"] is False
    assert parts(asha("GET", f"{path}?client_id=C2")) == []
    sue = acting("sue", "supervisor")
    assert parts(sue("GET", f"{path}?client_id=C1")) == own
    assert ("Failed", "no_number", 1) in parts(sue("GET", path))
    since = (BEGIN + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert parts(asha("GET", f"{path}?since={since}")) == [("Sent", None, 1), ("Suppressed", "below_min_amount", 1)]
    assert asha("GET", f"{path}?since=2026-01-02").status == asha("GET", f"{path}?limit=1").status == 400


@pytest.mark.usefixtures("several")
def test_counting_looks_at_the_newest_and_says_that_there_are_more(acting: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automation.engine.messages._LOOKED_AT", 2)
    answer = acting("asha", "client")("GET", f"{LOGS}/summary")
    assert (sorted(parts(answer)), answer.body["more"]) == (
        [("Sent", None, 1), ("Suppressed", "below_min_amount", 1)],
        True,
    )


@pytest.fixture
def failed(connection: Connection) -> str:
    """A message that was given up after its last try."""
    return add_log(connection, 1, status="Failed", reason="throttled", attempts=8, address=MAIL, title="t", body="b")


def test_what_failed_is_due_at_once_with_all_its_tries(
    olga: Api, failed: str, pokes: list[tuple[str, datetime]], clock: SettableClock, acting: As
) -> None:
    answer = olga("POST", f"{LOGS}/{failed}/retry")
    shown = {name: answer.body[name] for name in ("status", "reason", "attempts", "deliver_at", "sent_at")}
    assert (answer.status, shown) == (
        200,
        {"status": "Pending", "reason": None, "attempts": 0, "deliver_at": "2026-01-05T04:30:00Z", "sent_at": None},
    )
    assert pokes == [("notifications", clock.instant)]
    assert olga("GET", f"{LOGS}/{failed}").body == answer.body
    (entry,) = acting("sue", "supervisor")("GET", "/api/automation/audit").body["items"]
    assert (entry["by"], entry["object_id"], entry["client_id"]) == ("operations:olga", failed, "C1")
    assert entry["details"] == {"status": ["Failed", "Pending"], "reason": "throttled", "attempts": 8}


def test_what_may_have_arrived_is_tried_anew_only_by_who_says_that_it_may_double(
    olga: Api, connection: Connection
) -> None:
    unknown = add_log(connection, 1, status="Unknown", reason="worker_lost", attempts=1)
    for body in (None, {}, {"confirm_may_double": False}):
        refused = olga("POST", f"{LOGS}/{unknown}/retry", body)
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, "#/confirm_may_double")
        assert refused.body["next_step"] == "ask who it is for, or send true"
    assert olga("GET", f"{LOGS}/{unknown}").body["status"] == "Unknown"
    answer = olga("POST", f"{LOGS}/{unknown}/retry", {"confirm_may_double": True})
    assert (answer.status, answer.body["status"]) == (200, "Pending")


@pytest.mark.parametrize("status", ["Pending", "Sending", "Sent", "Suppressed"])
def test_nothing_else_is_tried_anew(
    status: str, olga: Api, connection: Connection, pokes: list[tuple[str, datetime]]
) -> None:
    other = add_log(connection, 1, status=status)
    refused = olga("POST", f"{LOGS}/{other}/retry", {"confirm_may_double": True})
    assert (refused.status, refused.body["code"], refused.body["detail"]) == (409, "conflict", f"{other} is {status}")
    assert (olga("GET", f"{LOGS}/{other}").body["status"], pokes) == (status, [])


@pytest.mark.parametrize(("body", "pointer"), [({"confirm_may_double": 1}, "#/confirm_may_double"), ({"a": 1}, "#/a")])
def test_a_wrong_body_is_refused_by_its_field(body: Any, pointer: str, olga: Api, failed: str) -> None:
    answer = olga("POST", f"{LOGS}/{failed}/retry", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)
    assert olga("GET", f"{LOGS}/{failed}").body["status"] == "Failed"


def test_only_operations_try_anew_and_only_what_there_is(acting: As, olga: Api, failed: str) -> None:
    for user, role in (("asha", "client"), ("ravi", "rm"), ("sue", "supervisor"), ("ada", "admin")):
        assert acting(user, role)("POST", f"{LOGS}/{failed}/retry").status == 403
    for absent in ("NOTE-1", "NOTE-00000000000000000000000001"):
        assert olga("POST", f"{LOGS}/{absent}/retry").status == 404


def test_of_many_at_once_one_is_done_and_the_key_of_one_answers_again(
    olga: Api, failed: str, connection: Connection
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: olga("POST", f"{LOGS}/{failed}/retry"), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    other = add_log(connection, 2, status="Failed")
    first, again = (olga("POST", f"{LOGS}/{other}/retry", idempotency_key="n1") for _ in range(2))
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")
    assert scalar(connection, "select count(*) from automation_audit") == 2
