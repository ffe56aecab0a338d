"""Business days of a market: Monday to Friday, without its closures, with its weekend sessions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_HORIZON: Final = 366


class Roll(StrEnum):
    """Where an occurrence goes whose day is not a business day."""

    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, eq=False)
class BusinessCalendar:
    """`closed` are the weekdays without business, `sessions` the weekend days with it.

    Compared and hashed by identity, and results are cached by it: `interned` gives the same object for the same days.
    Whatever looks for a business day raises ValueError if there is none within 366 days.
    """

    name: str
    closed: frozenset[date] = field(repr=False)
    sessions: frozenset[date] = field(repr=False)
    _sorted_closed: list[date] = field(init=False, repr=False)
    _sorted_sessions: list[date] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weekdays = sorted(day for day in self.closed if not is_weekend(day))
        weekends = sorted(day for day in self.sessions if is_weekend(day))
        object.__setattr__(self, "_sorted_closed", weekdays)
        object.__setattr__(self, "_sorted_sessions", weekends)

    def is_business_day(self, day: date) -> bool:
        return day in self.sessions if is_weekend(day) else day not in self.closed

    def on_or_after(self, day: date) -> date:
        return self._nearest(day, DAY)

    def after(self, day: date) -> date:
        return self._nearest(day + DAY, DAY)

    def before(self, day: date) -> date:
        return self._nearest(day - DAY, -DAY)

    def add(self, day: date, n: int) -> date:
        """The n-th business day after `day`; `day` itself, open or not, for n = 0. ValueError if n < 0."""
        if n < 0:
            raise ValueError(f"cannot add {n} business days: only 0 or more")
        for _ in range(n):
            day = self.after(day)
        return day

    def count(self, start: date, end: date) -> int:
        """How many business days are after `start` and not after `end`; 0 if `end` is not after `start`."""
        return self._count_until(end) - self._count_until(start) if end > start else 0

    def roll(self, day: date, roll: Roll) -> date | None:
        """The business day that stands for `day`; None if `day` is not one and the roll is SKIP.

        MODIFIED_FOLLOWING is FOLLOWING unless that leaves the month, then PRECEDING.
        """
        if self.is_business_day(day):
            return day
        if roll is Roll.SKIP:
            return None
        if roll is Roll.PRECEDING:
            return self.before(day)
        later = self.after(day)
        leaves = (later.year, later.month) != (day.year, day.month)
        return self.before(day) if leaves and roll is Roll.MODIFIED_FOLLOWING else later

    def _nearest(self, day: date, step: timedelta) -> date:
        start = day
        for _ in range(_HORIZON):
            if self.is_business_day(day):
                return day
            day += step
        raise ValueError(f"calendar {self.name} has no business day within {_HORIZON} days of {start}")

    def _count_until(self, day: date) -> int:
        # Day 1 of the ordinals, 1 January of the year 1, is a Monday.
        weeks, days = divmod(day.toordinal(), 7)
        weekdays = weeks * 5 + min(days, 5)
        return weekdays - bisect_right(self._sorted_closed, day) + bisect_right(self._sorted_sessions, day)


@lru_cache(maxsize=1024)
def interned(name: str, closed: frozenset[date], sessions: frozenset[date]) -> BusinessCalendar:
    """The calendar that these make; loaded again by another invocation it is the same object, caches and all."""
    return BusinessCalendar(name, closed, sessions)


def is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def combined(calendars: Sequence[BusinessCalendar]) -> BusinessCalendar:
    """A calendar that is open only where all are; the same ones give the same object. ValueError for none."""
    if not calendars:
        raise ValueError("no calendar to combine")
    return _combined(frozenset(calendars))


@lru_cache(maxsize=1024)
def _combined(calendars: frozenset[BusinessCalendar]) -> BusinessCalendar:
    if len(calendars) == 1:
        return next(iter(calendars))
    return BusinessCalendar(
        "+".join(sorted(calendar.name for calendar in calendars)),
        frozenset().union(*(calendar.closed for calendar in calendars)),
        frozenset.intersection(*(calendar.sessions for calendar in calendars)),
    )
