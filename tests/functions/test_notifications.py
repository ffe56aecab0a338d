"""The notifications function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.database import Connection, scalar
from infra.local.invoke import Pokes, call

pytestmark = pytest.mark.usefixtures("rule")
Event = Callable[[str], dict[str, Any]]


def test_what_an_instalment_tells_is_in_the_app_once(event: Event, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    answer = call("notifications", event("notifications"))
    assert answer["counts"] == {"told": 1}
    assert answer["work_left"] is False
    assert call("NotificationsFunction", event("notifications"))["counts"] == {}
    row = connection.execute("select client_id, event, title, body from in_app_notifications").fetchone()
    assert row is not None
    assert row[:3] == ("C1", "Auto-Invest Executed", "weekly: instalment ordered")
    assert "₹1,000.00 into Fund is ordered" in row[3]


def test_jobs_that_have_something_to_tell_poke_it(event: Event, pokes: Pokes, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    answers = dict(pokes.answers())
    assert answers["notifications"].result["counts"]["told"] >= 1
    assert scalar(connection, "select count(*) from notification_logs where status = 'Pending'") == 0


def test_without_a_channel_what_would_be_sent_says_why_it_is_not(event: Event, connection: Connection) -> None:
    connection.execute("update clients set email = 'asha@example.com'")
    connection.execute(
        """
        insert into notification_logs (id, event, source_id, client_id, channel, recipient, deliver_at, created_at)
        select gen_random_uuid(), 'Order Failed', gen_random_uuid(), 'C1', 'In-App', 'C1', next_run_at, next_run_at
        from auto_invest_rules
        """
    )
    assert call("notifications", event("notifications"))["counts"] == {"told": 1, "suppressed": 1}
    assert scalar(connection, "select reason from notification_logs where channel = 'Email'") == "channel_off"


def test_without_time_it_leaves_the_work_and_says_so(event: Event, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    assert call("notifications", event("notifications"), stopping=lambda: True)["work_left"] is True
    assert scalar(connection, "select count(*) from in_app_notifications") == 0
