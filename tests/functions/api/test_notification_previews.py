"""How messages read over HTTP: from samples, without a database."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from automation.database import Database
from automation.notifications.event import Event
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/notifications/preview"


@pytest.fixture
def asha(acting: As, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A client of an API that has no database."""

    def none(database: Database) -> None:
        raise AssertionError("a preview needs no database")

    monkeypatch.setattr(Database, "_connected", none)
    return acting("asha", "client")


@pytest.mark.parametrize("event", get_args(Event))
def test_every_event_can_be_read(event: str, asha: Api) -> None:
    answer = asha("GET", f"{BASE}?event={event.replace(' ', '%20')}")
    assert (answer.status, answer.body["channel"], answer.body["locale"]) == (200, "Email", "en_IN")
    assert {each["event"] for each in answer.body["messages"]} == {event}
    for each in answer.body["messages"]:
        assert all(each[part] for part in ("title", "short", "text"))
        assert each["html"].lstrip().lower().startswith("<!doctype html>")


def test_without_an_event_all_are_shown(asha: Api) -> None:
    found = asha("GET", f"{BASE}?channel=SMS").body["messages"]
    assert {each["event"] for each in found} == set(get_args(Event))
    assert {each["html"] for each in found} == {None}


def texts(answer: Any) -> str:
    return "".join(each["text"] for each in answer.body["messages"])


def test_money_is_written_as_in_the_locale(asha: Api) -> None:
    path = f"{BASE}?event=Goal%20Milestone%20Reached&channel=Push"
    assert "₹10,00,000.00" in texts(asha("GET", f"{path}&locale=en_IN"))
    assert "₹1,000,000.00" in texts(asha("GET", f"{path}&locale=en_GB"))


def test_an_event_that_is_none_is_refused_with_those_that_there_are(asha: Api) -> None:
    answer = asha("GET", f"{BASE}?event=Weather")
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, "event")
    assert all(event in answer.body["detail"] for event in get_args(Event))


@pytest.mark.parametrize("query", ["locale=en-IN", "locale=xx_IN", "locale=../en", "channel=Fax", "client_id=C1"])
def test_what_can_not_be_shown_is_refused_by_its_name(query: str, asha: Api) -> None:
    answer = asha("GET", f"{BASE}?{query}")
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, query.split("=", maxsplit=1)[0])
    assert answer.body["next_step"]


def test_it_is_no_notification_and_for_those_who_read_them(asha: Api, acting: As) -> None:
    assert acting("asha", "guest")("GET", BASE).status == 403
    assert acting()("GET", BASE).status == 401
