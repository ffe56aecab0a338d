"""What is told from a laptop goes to a mock of AWS, unless its user has set up where it goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from automation import identifiers
from automation.database import Connection
from automation.store import notifications as store
from automation.store.notifications import Message
from tests.integration.test_cli.conftest import Cli, data

NOON = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
AT = ("--at", "2026-01-05T12:01:00+05:30")
SAID = "messages: e-mails and SMS go to a mock of AWS on this machine; automation mailbox shows them"


@pytest.fixture
def told(furnished: Cli, connection: Connection) -> Cli:
    """Asha can be reached by e-mail and SMS; twenty orders of hers have failed, more than may go in a second."""
    connection.execute("update clients set email = 'asha@example.com', phone = '+919999999999'")
    happen(connection, "Order Failed", 20, reason="rejected")
    connection.execute(
        "insert into notification_preferences (id, client_id, event, channels, created_at, updated_at)"
        " values (gen_random_uuid(), 'C1', 'Order Failed', '{In-App,Email,SMS,Push}', now(), now())"
    )
    return furnished


def happen(connection: Connection, event: str, count: int = 1, **payload: Any) -> None:
    messages = [Message(event, identifiers.new(NOON), "C1", json.dumps(payload)) for _ in range(count)]
    store.insert(connection, messages, NOON)


def outcomes(connection: Connection) -> set[tuple[Any, ...]]:
    """Channel, status, reason, whether the provider gave it an id, and how many there are of these."""
    return set(
        connection.execute(
            "select channel, status, reason, provider_id is not null, count(*) from notification_logs"
            " group by 1, 2, 3, 4"
        )
    )


def test_e_mails_and_sms_reach_the_mock_and_are_sent_once(told: Cli, connection: Connection) -> None:
    first = told("invoke", "notifications", *AT)
    assert data(first)["counts"]["sent"] == 40
    assert outcomes(connection) == {
        ("In-App", "Sent", None, False, 20),
        ("Email", "Sent", None, True, 20),
        ("SMS", "Sent", None, True, 20),
        ("Push", "Suppressed", "channel_off", False, 20),
    }
    assert "sent" not in data(told("invoke", "notifications", *AT))["counts"]


@pytest.mark.parametrize("name", ["AUTOMATION_EMAIL_FROM", "AWS_ENDPOINT_URL"])
def test_a_set_up_of_ones_own_is_left_alone(
    name: str, told: Cli, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    if name == "AUTOMATION_EMAIL_FROM":
        monkeypatch.setenv(name, "me@example.com")
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(key, "ap-south-1")
    told("invoke", "notifications", *AT)
    expected = ("Pending", "provider_unreachable") if name == "AUTOMATION_EMAIL_FROM" else ("Suppressed", "channel_off")
    assert ("Email", *expected) in {row[:3] for row in outcomes(connection)}


def test_what_sends_nothing_starts_no_mock(furnished: Cli) -> None:
    assert "messages:" not in furnished("invoke", "migrations").err
    assert "messages:" not in furnished("status").err
