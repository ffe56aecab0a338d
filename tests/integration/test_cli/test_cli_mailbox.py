"""`automation mailbox` and `preview`: what people were told, through a mock of AWS, and how a message reads."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from automation.database import connect
from automation.notifications.event import Event
from infra.local import aws
from tests.builders import add, add_client, at
from tests.integration.test_cli.conftest import Cli

WHEN = "2026-01-05T12:00:00+05:30"


@pytest.fixture
def told(cli: Cli, database_url: str) -> Cli:
    """Asha was told that an order failed, by e-mail and SMS; another message waits for the night's end."""
    with connect(database_url) as connection:
        add_client(connection, "C1", name="Asha", email="asha@example.com", phone="+919999999999")
        now = at("2026-01-05 12:00")
        stamps = {"created_at": now, "updated_at": now}
        for number, (event, channels) in enumerate({"Order Failed": ["In-App", "Email", "SMS"]}.items()):
            key = f"00000000-0000-7000-8000-00000000000{number}"
            add(
                connection, "notification_preferences", id=key, client_id="C1", event=event, channels=channels, **stamps
            )
            add(connection, "notification_logs", id=key, event=event, source_id=key, client_id="C1", channel="In-App",
                recipient="C1", payload='{"reason": "refused"}', deliver_at=now, created_at=now)  # fmt: skip
    answer = json.loads(cli("invoke", "notifications", "--at", WHEN).out)
    assert answer["counts"] == {"told": 1, "sent": 2}
    return cli


def test_what_was_sent_is_listed_with_its_address_and_what_became_of_it(told: Cli) -> None:
    letters = json.loads(told("mailbox", "--json").out)
    assert {(each["channel"], each["recipient"], each["status"]) for each in letters} == {
        ("In-App", "C1", "Sent"),
        ("Email", "asha@example.com", "Sent"),
        ("SMS", "+919999999999", "Sent"),
    }
    assert all("refused" in each["text"] for each in letters)
    assert all(each["id"].startswith("NOTE-") for each in letters)


def test_the_list_is_narrowed_and_shows_texts_where_asked(told: Cli) -> None:
    assert len(json.loads(told("mailbox", "--json", "--channel", "SMS").out)) == 1
    assert json.loads(told("mailbox", "--json", "--status", "Failed").out) == []
    assert json.loads(told("mailbox", "--json", "--client", "C2").out) == []
    out = told("mailbox", "--channel", "Email").out
    assert "asha@example.com" in out
    assert "the fund house refused it" not in out
    assert "the fund house refused it" in told("mailbox", "--channel", "Email", "--full").out
    assert "\x1b[" not in out


def test_a_number_of_messages_that_is_none_is_refused(cli: Cli) -> None:
    assert cli("mailbox", "--last", "0").code == 2


@pytest.mark.parametrize("event", get_args(Event))
def test_every_event_can_be_read_in_all_its_forms(cli: Cli, event: str) -> None:
    assert cli("preview", event).out.strip()
    assert cli("preview", event, "--channel", "SMS").out.strip()
    assert "<html lang=" in cli("preview", event, "--html", "--locale", "de_DE").out


def test_an_unknown_event_is_refused_with_the_known_ones(cli: Cli) -> None:
    refused = cli("preview", "Order Lost")
    assert refused.code == 2
    assert "Order Failed" in refused.err


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AUTOMATION_EMAIL_FROM", "AUTOMATION_SMS", "AUTOMATION_PUSH"])
def test_who_has_set_up_where_messages_go_has_no_mock(name: str) -> None:
    assert aws.is_wanted({})
    assert aws.is_wanted({name: " "})
    assert not aws.is_wanted({name: "mine"})
