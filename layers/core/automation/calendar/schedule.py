"""What a schedule means: its rhythm, local times as instants, months added to dates."""

from __future__ import annotations

from calendar import day_name, month_abbr, monthrange
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from automation.calendar.business_days import Roll

LAST: Final = 31


class Frequency(StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"
    FORTNIGHTLY = "Fortnightly"
    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    HALF_YEARLY = "Half-Yearly"
    YEARLY = "Yearly"


DAYS: Final = {Frequency.WEEKLY: 7, Frequency.FORTNIGHTLY: 14}
MONTHS: Final = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
}


class Schedule(NamedTuple):
    """When a rule is due, in the wall time `at` of the IANA `zone`.

    `start` and `end` are inclusive and limit nominal dates. `day_of_month` is 1 to 31, where 31 is the last
    day of any month; `day_of_week` is 0 (Sunday) to 6. None takes the day of `start`; what a frequency does
    not use is ignored.
    """

    frequency: Frequency
    start: date
    end: date | None
    day_of_month: int | None
    day_of_week: int | None
    at: time
    zone: str
    roll: Roll

    @property
    def anchor_day(self) -> int:
        """The day of the month that every occurrence of a month's frequency aims at."""
        return self.day_of_month or self.start.day


def phase(schedule: Schedule) -> int:
    """Where the first nominal date lies in the schedule's rhythm.

    For frequencies of weeks the date's ordinal modulo the period in days, for those of months the month's
    index modulo the period in months, for Daily 0. With the anchor day it stands for the start date, and many
    schedules share it.
    """
    frequency, start = schedule.frequency, schedule.start
    if months := MONTHS.get(frequency):
        begins_next_month = schedule.anchor_day < start.day
        return (month_index(start) + begins_next_month) % months
    if days := DAYS.get(frequency):
        ordinal = start.toordinal()
        # Ordinals divisible by 7 are Sundays.
        until_weekday = 0 if schedule.day_of_week is None else (schedule.day_of_week - ordinal) % 7
        return (ordinal + until_weekday) % days
    return 0


@lru_cache(maxsize=16384)
def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local time, as RFC 5545 has it.

    A time inside a daylight-saving gap is read with the offset before the gap, so it is the gap's length
    later; one that exists twice is the first. ZoneInfoNotFoundError or ValueError if the zone is unknown.
    """
    return datetime.combine(day, at.replace(fold=0), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=16384)
def local_datetime(instant_utc: datetime, zone: str) -> datetime:
    """The naive wall time in a zone at an aware instant."""
    return instant_utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@lru_cache(maxsize=16384)
def local_date(instant_utc: datetime, zone: str) -> date:
    return instant_utc.astimezone(ZoneInfo(zone)).date()


def month_index(day: date) -> int:
    """Months since January of the year 0."""
    return day.year * 12 + day.month - 1


def in_month(index: int, anchor_day: int) -> date:
    """The anchor day in the month with that index, or the month's last day where it is shorter."""
    year, month = divmod(index, 12)
    return date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


def add_months(day: date, months: int, anchor_day: int) -> date:
    """The anchor day (1 to 31, clamped to the month's end) in the month `months` after that of `day`."""
    return in_month(month_index(day) + months, anchor_day)


def steps(first: date, day: date, every_months: int) -> int:
    """How many whole periods of `every_months` have passed from `first` to `day`; 0 before `first`.

    The k-th ends on the anniversary add_months(first, k * every_months, first.day), which counts.
    """
    months = month_index(day) - month_index(first)
    if day < add_months(first, months, first.day):
        months -= 1
    return max(months // every_months, 0)


def describe(schedule: Schedule) -> str:
    """The schedule in words, as in `Quarterly on day 30 of Feb, May, Aug, Nov at 10:00 Asia/Kolkata`."""
    until = f" until {schedule.end}" if schedule.end else ""
    return f"{schedule.frequency} on {_days(schedule)} at {schedule.at:%H:%M} {schedule.zone}{until}"


def _days(schedule: Schedule) -> str:
    if schedule.frequency is Frequency.DAILY:
        return "business days"
    if schedule.frequency in DAYS:
        # Ordinal 7 is a Sunday, and its phase modulo 7 is 0.
        return day_name[(phase(schedule) - 1) % 7]
    day = "the last day" if schedule.anchor_day == LAST else f"day {schedule.anchor_day}"
    months = MONTHS[schedule.frequency]
    if months == 1:
        return day
    names = ", ".join(month_abbr[month + 1] for month in range(phase(schedule), 12, months))
    return f"{day} of {names}"
