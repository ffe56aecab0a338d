"""Notification settings over HTTP: in which language a client is told, and whether its e-mails come as a digest."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/notification-settings"
OWN = f"{BASE}/C1"
DEFAULTS = {
    "client": "C1",
    "locale": "en_IN",
    "digest": "off",
    "digest_at": "08:00",
    "digest_day": 1,
    "time_zone": "Asia/Kolkata",
    "updated_at": None,
}
pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


def count(connection: Connection) -> int:
    return int(scalar(connection, "select count(*) from notification_settings"))


def test_who_has_set_nothing_is_told_as_everybody(asha: Api) -> None:
    answer = asha("GET", OWN)
    assert (answer.status, answer.body) == (200, DEFAULTS)
    assert asha("GET", BASE).body == {"items": [DEFAULTS], "next_cursor": None}


def test_an_edit_wants_the_version_that_was_read_also_of_what_was_never_set(asha: Api, connection: Connection) -> None:
    refused = asha("PATCH", OWN, {"digest": "daily"})
    assert (refused.status, refused.body["code"]) == (428, "precondition_required")
    tag = asha("GET", OWN).headers["etag"]
    body = {"locale": "hi_IN", "digest": "weekly", "digest_at": "18:30", "digest_day": 0}
    changed = asha("PATCH", OWN, body, if_match=tag)
    assert (changed.status, changed.body) == (200, DEFAULTS | body | {"updated_at": "2026-01-05T04:30:00Z"})
    read = asha("GET", OWN)
    assert (read.body, read.headers["etag"]) == (changed.body, changed.headers["etag"])
    late = asha("PATCH", OWN, {"digest": "off"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed")
    back = asha("PATCH", OWN, {"locale": None, "digest_day": None}, if_match="*").body
    assert (back["locale"], back["digest"], back["digest_day"]) == ("en_IN", "weekly", 1)
    assert count(connection) == 1


def test_of_edits_at_once_to_the_same_version_one_is_made(asha: Api) -> None:
    tag = asha("GET", OWN).headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        bodies = [{"digest_at": f"1{number}:00"} for number in range(8)]
        answers = list(pool.map(lambda body: asha("PATCH", OWN, body, if_match=tag), bodies))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    (done,) = (answer for answer in answers if answer.status == 200)
    assert asha("GET", OWN).body == done.body


def test_an_edit_that_changes_nothing_leaves_nothing_behind(asha: Api, connection: Connection) -> None:
    assert asha("PATCH", OWN, {"digest": "off"}, if_match="*").body == DEFAULTS
    assert count(connection) == scalar(connection, "select count(*) from automation_audit") == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"locale": "en-IN"}, "#/locale"),
    ({"locale": "EN_in"}, "#/locale"),
    ({"locale": "en_ZZ"}, "#/locale"),
    ({"locale": "xx_IN"}, "#/locale"),
    ({"locale": "../etc"}, "#/locale"),
    ({"locale": 1}, "#/locale"),
    ({"digest": "hourly"}, "#/digest"),
    ({"digest_at": "8:00"}, "#/digest_at"),
    ({"digest_at": "24:00"}, "#/digest_at"),
    ({"digest_day": 7}, "#/digest_day"),
    ({"digest_day": -1}, "#/digest_day"),
    ({"digest_day": "1"}, "#/digest_day"),
    ({"digest_day": True}, "#/digest_day"),
    ({"client": "C2"}, "#/client"),
    ({"updated_at": None}, "#/updated_at"),
    ({"colour": "red"}, "#/colour"),
    ({}, "#"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG, ids=[f"{each[1]}-{n}" for n, each in enumerate(WRONG)])
def test_a_wrong_setting_is_refused_by_its_field_with_the_next_step(
    changes: dict[str, Any], pointer: str, asha: Api, connection: Connection
) -> None:
    answer = asha("PATCH", OWN, changes, if_match="*")
    assert (answer.status, [fault["pointer"] for fault in answer.body["errors"]]) == (400, [pointer])
    assert answer.body["next_step"]
    assert count(connection) == 0


@pytest.mark.parametrize("locale", ["hi_IN", "ta_IN", "en_GB", "zh_Hant_TW", "es_419", "ar", "en_IN"])
def test_every_locale_is_taken_that_there_is(locale: str, asha: Api) -> None:
    answer = asha("PATCH", OWN, {"locale": locale}, if_match="*")
    assert (answer.status, answer.body["locale"]) == (200, locale)


def test_a_locale_that_is_gone_stands_in_the_way_of_no_other_change(asha: Api, connection: Connection) -> None:
    assert asha("PATCH", OWN, {"locale": "hi_IN"}, if_match="*").status == 200
    connection.execute("update notification_settings set locale = 'tlh_QO'")
    assert asha("PATCH", OWN, {"digest": "daily"}, if_match="*").body["locale"] == "tlh_QO"


def test_settings_come_in_pages_by_client(acting: As) -> None:
    sue = acting("sue", "supervisor")
    first = sue("GET", f"{BASE}?limit=1").body
    rest = sue("GET", f"{BASE}?limit=1&cursor={first['next_cursor']}").body
    assert [each["client"] for each in first["items"] + rest["items"]] == ["C1", "C2"]
    assert rest["next_cursor"] is None
    assert [each["client"] for each in sue("GET", f"{BASE}?client_id=C2").body["items"]] == ["C2"]
    assert sue("GET", f"{BASE}?client_id=C9").body["items"] == []
    assert sue("GET", f"{BASE}?limit=201").status == 400


def test_whose_client_it_is_reads_and_changes_and_nobody_else(acting: As) -> None:
    ravi, sita, sue = acting("ravi", "rm"), acting("sita", "rm"), acting("sue", "supervisor")
    assert ravi("PATCH", OWN, {"digest": "daily"}, if_match="*").status == 200
    assert acting("olga", "operations")("PATCH", OWN, {"digest": "off"}, if_match="*").status == 200
    foreign, absent = sita("GET", OWN), sita("GET", f"{BASE}/C9")
    assert (foreign.status, foreign.body["code"], absent.status) == (404, "not_found", 404)
    assert sita("PATCH", OWN, {"digest": "daily"}, if_match="*").status == 404
    assert sita("GET", f"{BASE}/%00").status == 404
    assert sue("GET", OWN).status == 200
    assert sue("PATCH", OWN, {"digest": "daily"}, if_match="*").status == 403


def test_what_was_changed_is_told_to_the_audit_trail(asha: Api, acting: As) -> None:
    asha("PATCH", OWN, {"digest": "daily", "digest_at": "07:15"}, if_match="*")
    (entry,) = acting("sue", "supervisor")("GET", "/api/automation/audit").body["items"]
    assert (entry["action"], entry["object_id"], entry["client_id"]) == ("notification_settings.edit", "C1", "C1")
    assert entry["details"] == {"digest": ["off", "daily"], "digest_at": ["08:00:00", "07:15:00"]}


def test_the_api_starts_without_templates_and_languages() -> None:
    found = "import sys, api.app; print([name for name in ('babel', 'jinja2') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", found], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
