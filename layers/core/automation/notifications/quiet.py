"""When a message waits: hours in which somebody keeps still, and the moment at which what can wait comes as one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from automation.calendar.schedule import instant, local_date

DEFAULT_ZONE: Final = "Asia/Kolkata"
_DAY: Final = timedelta(days=1)


class Digest(NamedTuple):
    """Whether what can wait comes as one message: `off`, `daily` or `weekly`, at a local time; day 0 is Sunday."""

    every: str = "off"
    at: time = time(8)
    day: int = 1


def quiet_until(now: datetime, zone: str, start: time | None, end: time | None) -> datetime | None:
    """The end of the quiet hours in which `now` lies, None outside of them; the end itself is outside.

    `start` and `end` are local to the zone and may wrap midnight. Each night is the span between two instants, so a
    wall time that exists twice, or not at all, begins or ends it once.
    """
    if start is None or end is None:
        return None
    today = local_date(now, zone)
    for day in (today - _DAY, today):
        over = instant(day + _DAY if end <= start else day, end, zone)
        if instant(day, start, zone) <= now < over:
            return over
    return None


def digest_at(now: datetime, zone: str, digest: Digest) -> datetime | None:
    """The next moment at which a digest goes out, after `now`; None where there is none."""
    if digest.every == "off":
        return None
    moments = (instant(day, digest.at, zone) for day in _days(local_date(now, zone), digest))
    return next(moment for moment in moments if moment > now)


def _days(first: date, digest: Digest) -> Iterator[date]:
    days = (first + _DAY * number for number in range(9))
    return (day for day in days if digest.every == "daily" or day.isoweekday() % 7 == digest.day)


def known_zone(zone: str) -> str:
    """The zone itself, or the default one where there is no such zone: what is to be quiet is never sent for that."""
    try:
        instant(date(2000, 1, 1), time(), zone)
    except (KeyError, ValueError, OSError):
        return DEFAULT_ZONE
    return zone
