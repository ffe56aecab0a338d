"""Quiet hours and digests: what waits is told once, at the end, if it is still wanted and still true."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import builders
from tests.post_office import EVENT, PostOffice

AT_NIGHT: dict[str, Any] = {"quiet_start": time(22), "quiet_end": time(8)}
ZONES = ("Asia/Kolkata", "America/New_York", "Europe/London", "Pacific/Kiritimati", "Pacific/Pago_Pago",
         "Asia/Kathmandu", "Australia/Lord_Howe")  # fmt: skip


def test_what_happens_at_night_is_in_the_app_at_once_and_sent_in_the_morning_once(office: PostOffice) -> None:
    office.prefer(**AT_NIGHT)
    office.world.clock.instant = builders.at("2026-01-05 23:00")
    office.happen()
    office.tick()
    assert len(office.in_app()) == 1
    assert office.rows() == [("Pending", "quiet_hours")]
    office.tick("2026-01-06 07:59")
    assert office.email.sent == []
    for minute in ("08:00", "08:05", "08:10"):
        office.tick(f"2026-01-06 {minute}")
    assert [each.address for each in office.email.sent] == ["asha@example.com"]
    assert office.rows() == [("Sent", "quiet_hours")]
    assert len(office.in_app()) == 1


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-01-05", "2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31"])
def test_the_night_is_that_of_the_client_also_when_clocks_change(office: PostOffice, zone: str, day: str) -> None:
    office.world.connection.execute("update clients set time_zone = %s", (zone,))
    office.prefer(**AT_NIGHT)
    local = ZoneInfo(zone)
    office.world.clock.instant = builders.at(f"{day} 23:30", local)
    office.happen()
    office.tick()
    due = office.world.value("select deliver_at from notification_logs where channel = 'Email'")
    assert due.astimezone(local).strftime("%H:%M") == "08:00"
    assert (due.astimezone(local).date() - office.world.clock.instant.astimezone(local).date()).days == 1
    office.world.clock.instant = due
    office.tick()
    assert len(office.email.sent) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("enabled = false", "off"),
        ("level = 'off'", "off"),
        ("level = 'silent'", "silent"),
        ("channels = '{In-App}'", "not_chosen"),
    ],
)
def test_who_does_not_want_it_any_more_in_the_morning_is_not_told(office: PostOffice, change: str, reason: str) -> None:
    at_night(office)
    office.world.connection.execute(b"update notification_preferences set " + change.encode())
    office.tick("2026-01-06 08:00")
    assert office.email.sent == []
    assert office.rows() == [("Suppressed", reason)]


def test_quiet_hours_that_were_moved_meanwhile_count(office: PostOffice) -> None:
    at_night(office)
    office.world.connection.execute("update notification_preferences set quiet_end = '09:30'")
    office.tick("2026-01-06 08:00")
    assert office.rows() == [("Pending", "quiet_hours")]
    office.tick("2026-01-06 09:30")
    assert len(office.email.sent) == 1


def test_it_goes_to_the_address_that_is_known_in_the_morning(office: PostOffice) -> None:
    at_night(office)
    office.world.connection.execute("update clients set email = 'new@example.com'")
    office.tick("2026-01-06 08:00")
    assert [each.address for each in office.email.sent] == ["new@example.com"]
    assert office.world.value("select address from notification_logs where channel = 'Email'") == "new@example.com"


def test_what_is_no_longer_true_in_the_morning_is_not_told(office: PostOffice) -> None:
    """A reminder of an instalment that ran meanwhile."""
    office.prefer(event="Auto-Invest Reminder", **AT_NIGHT)
    rule = office.world.rule(start_date="2026-01-01", day_of_month=6, time="01:00")
    office.world.clock.instant = builders.at("2026-01-05 23:00")
    office.tick()
    assert office.rows()[-1] == ("Pending", "quiet_hours")
    office.world.auto_invest("2026-01-06 01:00")
    office.tick("2026-01-06 08:00")
    ((status, reason),) = (
        tuple(row.values())
        for row in office.world.rows(
            "select status, reason from notification_logs where channel = 'Email' and event = 'Auto-Invest Reminder'"
        )
    )
    assert status == "Suppressed"
    assert reason in ("overtaken", "no_longer_true")
    assert rule


def at_night(office: PostOffice) -> None:
    """Something happened at 23:00, and waits for 08:00."""
    office.prefer(**AT_NIGHT)
    office.world.clock.instant = builders.at("2026-01-05 23:00")
    office.happen()
    office.tick()
    assert office.rows() == [("Pending", "quiet_hours")]


def digest(office: PostOffice, every: str = "daily", **terms: Any) -> None:
    row = {"client_id": "C1", "digest": every, "updated_at": office.world.clock.instant}
    builders.add(office.world.connection, "notification_settings", **row, **terms)


def test_a_digest_joins_what_can_wait_into_one_message(office: PostOffice) -> None:
    digest(office)
    office.happen(count=3)
    office.tick()
    assert office.rows() == [("Pending", "digest")] * 3
    office.tick("2026-01-06 08:00")
    office.tick("2026-01-06 08:05")
    (one,) = office.email.sent
    assert "3" in one.title
    assert one.text.count("House") >= 3
    assert office.rows() == [("Sent", "digest")] * 3
    assert office.world.value("select count(distinct provider_id) from notification_logs where channel = 'Email'") == 1


def test_a_digest_leaves_out_what_is_not_wanted_any_more(office: PostOffice) -> None:
    digest(office)
    office.happen(count=2)
    office.happen("Trigger Order Activated", name="dip")
    office.tick()
    office.prefer(channels="In-App")
    office.tick("2026-01-06 08:00")
    assert sorted(office.rows()) == [("Sent", "digest"), ("Suppressed", "not_chosen"), ("Suppressed", "not_chosen")]
    assert "updates" not in office.email.sent[0].title


def test_a_weekly_digest_waits_for_its_day(office: PostOffice) -> None:
    digest(office, "weekly", digest_day=3)
    office.happen()
    office.tick()
    assert office.world.value("select deliver_at from notification_logs where channel = 'Email'") == builders.at(
        "2026-01-07 08:00"
    )


def test_what_is_critical_waits_for_no_digest(office: PostOffice) -> None:
    digest(office)
    office.happen("Order Failed", reason="refused")
    office.tick()
    assert office.rows() == [("Sent", None)]


def test_a_digest_that_was_not_taken_comes_whole_later(office: PostOffice) -> None:
    digest(office)
    office.happen(count=2)
    office.tick()
    office.email.manner = "down"
    office.tick("2026-01-06 08:00")
    assert office.rows() == [("Pending", "digest")] * 2
    office.email.manner = "accept"
    office.tick("2026-01-06 08:30")
    assert len(office.email.sent) == 1
    assert office.rows() == [("Sent", "digest")] * 2
    assert EVENT
