"""Calendars and schedules that the tests share, and answers computed without the code under test."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar, Roll
from automation.calendar.schedule import Frequency, Schedule

DAY: Final = timedelta(days=1)
TEN: Final = time(10)
MONTHS: Final = {"Monthly": 1, "Quarterly": 3, "Half-Yearly": 6, "Yearly": 12}
MONTH_FREQUENCIES: Final = tuple(Frequency(name) for name in MONTHS)

_EXCEPTIONS = Path(__file__).parents[3] / "infra/local/data/market_calendar_exceptions.csv"
_FIRST, _LAST = date(1997, 1, 1), date(2026, 12, 31)


def bombay(kind: str) -> frozenset[date]:
    with _EXCEPTIONS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["exchange"], row["kind"]) == ("XBOM", kind)]
    return frozenset(date.fromisoformat(row["date"]) for row in rows)


XBOM: Final = BusinessCalendar("XBOM", bombay("closed_weekday"), bombay("open_weekend"))
# The whole-day closures of New York in 2024.
_NEW_YORK = ("01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "11-28", "12-25")
XNYS: Final = BusinessCalendar("XNYS", frozenset(date.fromisoformat(f"2024-{day}") for day in _NEW_YORK), frozenset())
WEEKDAYS: Final = BusinessCalendar("weekdays", frozenset(), frozenset())


def open_days() -> list[date]:
    """Every business day of Bombay in the years that its file covers, one day after the other."""
    closed, sessions = bombay("closed_weekday"), bombay("open_weekend")
    days = [_FIRST + n * DAY for n in range((_LAST - _FIRST).days + 1)]
    return [d for d in days if (d.isoweekday() < 6 and d not in closed) or d in sessions]


def always_open(first: date, last: date) -> BusinessCalendar:
    """A calendar without a closed day from `first` to `last`."""
    days = frozenset(first + n * DAY for n in range((last - first).days + 1))
    return BusinessCalendar("always open", frozenset(), days)


def schedule(
    frequency: str,
    start: date,
    *,
    end: date | None = None,
    month_day: int | None = None,
    weekday: int | None = None,
    at: time = TEN,
    zone: str = "Asia/Kolkata",
    roll: Roll = Roll.FOLLOWING,
) -> Schedule:
    return Schedule(Frequency(frequency), start, end, month_day, weekday, at, zone, roll)


def walk(plan: Schedule, calendar: BusinessCalendar, after: date | None = None) -> Iterator[occurrences.Occurrence]:
    """The occurrences one after the other, from the first of all or from the first after a date."""
    day = plan.start - DAY if after is None else after
    current = occurrences.following(plan, calendar, datetime.combine(day, time.max))
    while current is not None:
        yield current
        current = occurrences.following(plan, calendar, current.nominal)


def month_days(frequency: str, start: date, anchor: int) -> Iterator[date]:
    """The anchor day, clamped, month after month; the first on or after the start sets the phase."""
    year, month, left = start.year, start.month, 0
    while year < 2200:
        day = date(year, month, min(anchor, monthrange(year, month)[1]))
        if day >= start:
            if left == 0:
                yield day
                left = MONTHS[frequency]
            left -= 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
