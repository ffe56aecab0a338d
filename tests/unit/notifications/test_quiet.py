"""Hours in which somebody keeps still, and digests, in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from automation.calendar.schedule import instant
from automation.notifications.quiet import DEFAULT_ZONE, Digest, digest_at, known_zone, quiet_until

TEN, EIGHT = time(22), time(8)
ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-05 21:59:59", None),
        ("2026-01-05 22:00", "2026-01-06 08:00"),
        ("2026-01-05 23:59", "2026-01-06 08:00"),
        ("2026-01-06 00:00", "2026-01-06 08:00"),
        ("2026-01-06 07:59:59", "2026-01-06 08:00"),
        ("2026-01-06 08:00", None),
        ("2026-01-06 12:00", None),
    ],
)
def test_quiet_hours_wrap_midnight_and_their_end_is_outside(now: str, until: str | None) -> None:
    expected = None if until is None else at(until, "Asia/Kolkata")
    assert quiet_until(at(now, "Asia/Kolkata"), "Asia/Kolkata", TEN, EIGHT) == expected


@pytest.mark.parametrize(("now", "quiet"), [("13:00", True), ("12:59", False), ("14:30", False)])
def test_quiet_hours_of_an_afternoon_do_not_wrap(now: str, *, quiet: bool) -> None:
    until = quiet_until(at(f"2026-01-05 {now}", "Asia/Kolkata"), "Asia/Kolkata", time(13), time(14, 30))
    assert (until == at("2026-01-05 14:30", "Asia/Kolkata")) is quiet


def test_without_quiet_hours_nothing_waits() -> None:
    assert quiet_until(at("2026-01-05 23:00", "Asia/Kolkata"), "Asia/Kolkata", None, None) is None


def test_a_night_in_which_clocks_go_forward_ends_at_its_wall_time() -> None:
    """New York, 8 March 2026: 02:00 becomes 03:00, so the night is an hour shorter."""
    until = quiet_until(datetime(2026, 3, 8, 4, tzinfo=UTC), "America/New_York", TEN, EIGHT)
    assert until == datetime(2026, 3, 8, 12, tzinfo=UTC)


def test_an_end_that_the_clocks_leap_over_is_the_length_of_the_gap_later() -> None:
    until = quiet_until(datetime(2026, 3, 8, 5, tzinfo=UTC), "America/New_York", TEN, time(2, 30))
    assert until == at("2026-03-08 03:30", "America/New_York")


@pytest.mark.parametrize("minutes", [0, 20, 40, 59])
def test_an_end_that_comes_twice_is_the_first_and_its_second_coming_is_not_quiet(minutes: int) -> None:
    """New York, 1 November 2026: 01:30 comes twice; what is made after the first is told at once."""
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert quiet_until(first - timedelta(minutes=1), "America/New_York", TEN, time(1, 30)) == first
    assert quiet_until(first + timedelta(minutes=minutes), "America/New_York", TEN, time(1, 30)) is None


@given(
    st.sampled_from(ZONES),
    st.integers(0, 1096 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.times(), st.times(),
)  # fmt: skip
def test_in_every_zone_what_waits_is_over_within_a_day_and_is_not_quiet_again(
    zone: str, now: datetime, start: time, end: time
) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    assume(start != end)  # which no preference may say
    until = quiet_until(now, zone, start, end)
    if until is not None:
        assert now < until <= now + timedelta(hours=26)
        assert until.astimezone(ZoneInfo(zone)).time().replace(second=0) == end or instant_is_in_gap(until, end, zone)
        assert quiet_until(until, zone, start, end) is None


def instant_is_in_gap(until: datetime, end: time, zone: str) -> bool:
    """Whether the zone has no such wall time on that day: it is then read as later by the gap."""
    local = until.astimezone(ZoneInfo(zone))
    return any(instant(local.date() + timedelta(days=shift), end, zone) == until for shift in (-1, 0))


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 2), date(2026, 12, 31)), st.integers(0, 599))
def test_every_moment_of_a_night_waits_for_its_morning(zone: str, day: date, minutes: int) -> None:
    begin, over = instant(day, TEN, zone), instant(day + timedelta(days=1), EIGHT, zone)
    now = begin + timedelta(minutes=minutes)
    assert quiet_until(now, zone, TEN, EIGHT) == (over if now < over else None)


@pytest.mark.parametrize(
    ("digest", "moment"),
    [
        (Digest("daily", EIGHT), "2026-01-06 08:00"),
        (Digest("daily", time(18)), "2026-01-05 18:00"),
        (Digest("weekly", EIGHT, 1), "2026-01-12 08:00"),
        (Digest("weekly", EIGHT, 0), "2026-01-11 08:00"),
        (Digest("weekly", time(18), 1), "2026-01-05 18:00"),
        (Digest("off"), None),
    ],
)
def test_a_digest_goes_out_at_the_next_of_its_moments(digest: Digest, moment: str | None) -> None:
    """2026-01-05 is a Monday."""
    now = at("2026-01-05 09:00", "Asia/Kolkata")
    assert digest_at(now, "Asia/Kolkata", digest) == (at(moment, "Asia/Kolkata") if moment else None)


def test_a_digest_that_is_due_now_is_the_next_one() -> None:
    now = at("2026-01-05 08:00", "Asia/Kolkata")
    assert digest_at(now, "Asia/Kolkata", Digest("daily")) == at("2026-01-06 08:00", "Asia/Kolkata")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_zone_that_does_not_exist_is_the_default_one(zone: str) -> None:
    assert (known_zone(zone), known_zone("Asia/Tokyo")) == (DEFAULT_ZONE, "Asia/Tokyo")
