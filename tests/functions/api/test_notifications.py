"""The notification log, and notifications in the app, which only who one is for marks as read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from automation import identifiers
from automation.database import Connection, scalar
from tests.builders import add, at
from tests.functions.api.conftest import Api, As

LOGS = "/api/automation/notification-logs"
BASE = "/api/automation/notifications"
BEGIN = at("2026-01-02 10:00")
pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def ravi(acting: As) -> Api:
    return acting("ravi", "rm")


def add_log(connection: Connection, number: int, client: str = "C1", **columns: Any) -> str:
    """A message written `number` hours after the beginning."""
    when = BEGIN + timedelta(hours=number)
    key = identifiers.derived(when, client, number)
    row = {"event": "Order Executed", "source_id": key, "channel": "Email", "recipient": client}
    add(connection, "notification_logs", id=key, client_id=client, deliver_at=when, created_at=when, **row | columns)
    return identifiers.show("NOTE", key)


def add_in_app(connection: Connection, number: int, client: str = "C1", **columns: Any) -> str:
    """A notification in the app."""
    when = BEGIN + timedelta(hours=number)
    key = identifiers.derived(when, client, number)
    row = {"event": "Order Executed", "title": f"number {number}", "body": "10 units"}
    add(connection, "in_app_notifications", id=key, client_id=client, created_at=when, **row | columns)
    return identifiers.show("NOTE", key)


@pytest.fixture
def logs(connection: Connection) -> list[str]:
    """Four messages to the first client, the newest first, and one to the second."""
    add_log(connection, 9, "C2")
    made = [
        add_log(connection, 1),
        add_log(connection, 2, channel="SMS", status="Failed", reason="no_number", attempts=1, address="+919876543210"),
        add_log(connection, 3, event="Order Failed"),
        add_log(connection, 4, channel="In-App", status="Sent", sent_at=BEGIN),
    ]
    return made[::-1]


@pytest.fixture
def told(connection: Connection) -> list[str]:
    """Three notifications of the first client, the newest first, one that is its manager's, one of the second."""
    add_in_app(connection, 8, "C2")
    add_in_app(connection, 7, user_id="ravi")
    return [add_in_app(connection, number) for number in (3, 2, 1)]


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.body["items"]]


def test_a_message_is_shown_with_what_became_of_it(asha: Api, logs: list[str]) -> None:
    body = asha("GET", f"{LOGS}/{logs[2]}").body
    assert (body["channel"], body["status"], body["reason"], body["attempts"]) == ("SMS", "Failed", "no_number", 1)
    assert (body["client_id"], body["user_id"], body["recipient"], body["sent_at"]) == ("C1", None, "C1", None)
    assert body["created_at"] == "2026-01-02T06:30:00Z"
    assert asha("GET", LOGS).body["items"][2] == body
    assert ids(asha("GET", LOGS)) == logs


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("channel=SMS", [2]),
        ("status=Pending", [1, 3]),
        ("event=Order%20Failed", [1]),
        ("client_id=C1&channel=Email&status=Pending", [1, 3]),
        ("since=2026-01-02T12:00:00%2B05:30", [0, 1, 2]),
        ("until=2026-01-02T06:30:00Z", [3]),
        ("since=2026-01-02T06:30:00Z&until=2026-01-02T07:30:00Z", [2]),
        ("client_id=C2", []),
    ],
)
def test_messages_are_found_by_what_they_are(query: str, places: list[int], asha: Api, logs: list[str]) -> None:
    assert ids(asha("GET", f"{LOGS}?{query}")) == [logs[place] for place in places]


@pytest.mark.parametrize(
    "query", ["channel=Fax", "status=Lost", "event=x", "since=2026-01-02", "until=now", "limit=0", "cursor=x", "a=b"]
)
def test_a_filter_that_is_none_is_refused_by_its_name(query: str, asha: Api) -> None:
    answer = asha("GET", f"{LOGS}?{query}")
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, query.split("=", maxsplit=1)[0])


def test_messages_come_in_pages_with_the_newest_first(asha: Api, logs: list[str]) -> None:
    first = asha("GET", f"{LOGS}?limit=3")
    rest = asha("GET", f"{LOGS}?limit=3&cursor={first.body['next_cursor']}")
    assert (ids(first), ids(rest), rest.body["next_cursor"]) == (logs[:3], logs[3:], None)


def test_whose_clients_they_are_sees_messages_and_nobody_else(acting: As, logs: list[str]) -> None:
    assert len(ids(acting("ravi", "rm")("GET", LOGS))) == 4
    assert len(ids(acting("sita", "rm")("GET", LOGS))) == 1
    assert len(ids(acting("sue", "supervisor")("GET", LOGS))) == 5
    assert acting("bela", "client")("GET", f"{LOGS}/{logs[0]}").status == 404
    assert acting("asha", "client")("GET", f"{LOGS}/NOTE-1").status == 404


def test_notifications_come_with_the_newest_first_and_in_pages(asha: Api, told: list[str]) -> None:
    assert ids(asha("GET", BASE)) == told
    first = asha("GET", f"{BASE}?limit=2")
    rest = asha("GET", f"{BASE}?limit=2&cursor={first.body['next_cursor']}")
    assert (ids(first), ids(rest), rest.body["next_cursor"]) == (told[:2], told[2:], None)
    assert first.body["items"][0] == {
        "id": told[0],
        "client_id": "C1",
        "event": "Order Executed",
        "title": "number 3",
        "body": "10 units",
        "payload": {},
        "read_at": None,
        "for_me": True,
        "created_at": "2026-01-02T07:30:00Z",
    }


def test_reading_marks_once_and_says_when(asha: Api, told: list[str], clock: Any) -> None:
    read = asha("POST", f"{BASE}/{told[1]}/read")
    assert (read.status, read.body["read_at"]) == (200, "2026-01-05T04:30:00Z")
    clock.instant += timedelta(hours=1)
    assert asha("POST", f"{BASE}/{told[1]}/read").body == read.body
    assert ids(asha("GET", f"{BASE}?unread=true")) == [told[0], told[2]]
    assert ids(asha("GET", BASE)) == told
    assert asha("GET", f"{BASE}/unread-count").body == {"unread": 2, "more": False}


def test_a_manager_sees_what_a_client_is_told_and_marks_none_of_it(
    asha: Api, ravi: Api, told: list[str], connection: Connection
) -> None:
    seen = ravi("GET", BASE).body["items"]
    assert [(each["for_me"], each["read_at"]) for each in seen] == [(True, None)] + [(False, None)] * 3
    refused = ravi("POST", f"{BASE}/{told[0]}/read")
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert ravi("POST", f"{BASE}/all/read", {"client": "C1"}).body == {"read": 1}
    assert asha("GET", f"{BASE}/unread-count").body["unread"] == 3
    assert scalar(connection, "select count(*) from in_app_notifications where read_at is not null") == 1


def test_what_is_for_a_manager_is_not_its_clients_to_see(asha: Api, ravi: Api, told: list[str]) -> None:
    own = ravi("GET", BASE).body["items"][0]["id"]
    assert own not in told
    assert asha("POST", f"{BASE}/{own}/read").status == 404
    assert ravi("POST", f"{BASE}/{own}/read").status == 200


def test_all_of_a_client_are_read_up_to_the_newest_that_was_seen(
    asha: Api, told: list[str], connection: Connection
) -> None:
    later = add_in_app(connection, 5)
    body = {"client": "C1", "up_to": told[0]}
    assert asha("POST", f"{BASE}/all/read", body).body == {"read": 3}
    assert asha("POST", f"{BASE}/all/read", body).body == {"read": 0}
    assert ids(asha("GET", f"{BASE}?unread=true")) == [later]
    assert asha("POST", f"{BASE}/all/read", {"client": "C1"}).body == {"read": 1}


def test_a_message_is_read_once_however_often_it_is_asked_for_at_once(asha: Api, told: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: asha("POST", f"{BASE}/all/read", {"client": "C1"}), range(8)))
    assert sorted(answer.body["read"] for answer in answers) == [0] * 7 + [3]
    key = {"idempotency_key": "r1"}
    assert asha("POST", f"{BASE}/{told[0]}/read", **key).status == 200
    assert asha("POST", f"{BASE}/{told[0]}/read", **key).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "#/client"), ({"client": "C2"}, "#/client"), ({"client": "C9"}, "#/client"),
     ({"client": "C1", "up_to": "x"}, "#/up_to"), ({"client": "C1", "all": True}, "#/all")],
)  # fmt: skip
def test_read_all_names_what_is_wrong(body: Any, pointer: str, asha: Api, told: list[str]) -> None:
    answer = asha("POST", f"{BASE}/all/read", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)
    assert asha("GET", f"{BASE}/unread-count").body["unread"] == 3


def test_unread_are_counted_within_what_is_seen(acting: As, asha: Api, told: list[str]) -> None:
    assert asha("GET", f"{BASE}/unread-count?client_id=C2").body == {"unread": 0, "more": False}
    sue = acting("sue", "supervisor")
    assert sue("GET", f"{BASE}/unread-count").body["unread"] == 5
    assert sue("GET", f"{BASE}/unread-count?client_id=C1").body["unread"] == 4
    assert asha("GET", f"{BASE}/unread-count?limit=1").status == 400


def test_counting_ends_where_it_says_nothing_more(asha: Api, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automation.engine.messages._COUNTED", 2)
    assert asha("GET", f"{BASE}/unread-count").body == {"unread": 2, "more": True}


def test_a_client_without_a_user_has_nobody_who_reads(acting: As, connection: Connection, told: list[str]) -> None:
    connection.execute("update clients set user_id = null where id = 'C1'")
    assert acting("ravi", "rm")("POST", f"{BASE}/{told[0]}/read").status == 403
    assert acting("sue", "supervisor")("POST", f"{BASE}/all/read", {"client": "C1"}).body == {"read": 0}
