"""The occurrences of a schedule: a pure function of it, of its calendar and of the day asked for.

Each is computed from the anchor (start date, anchor day) and its number, never from the one before it, so
that the 31st clamps to 28, 29 or 30 and returns to 31.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from automation.calendar.business_days import DAY, BusinessCalendar, Roll, is_weekend
from automation.calendar.schedule import (
    DAYS,
    MONTHS,
    Frequency,
    Schedule,
    in_month,
    instant,
    local_date,
    local_datetime,
    month_index,
    phase,
)

_FORTNIGHT: Final = 14 * DAY


class Occurrence(NamedTuple):
    """One moment at which a rule is due.

    `nominal` is its name: the naive local wall time that the schedule asks for. `actual` is the local date on
    which it runs and `due` the aware UTC instant. `note` says why it runs at another time than its name or,
    where `skipped` (then `actual` is the nominal date), not at all.
    """

    nominal: datetime
    actual: date
    due: datetime
    note: str | None
    skipped: bool


def first(schedule: Schedule, calendar: BusinessCalendar, not_before: datetime) -> Occurrence | None:
    """The first that is at or after an aware instant both by name and by due instant; None after the end."""
    # Where a zone skipped a date, yesterday's local time is today's instant: two days back cover every zone.
    day = max(local_date(not_before, schedule.zone) - 2 * DAY, schedule.start - DAY)
    found = _after(schedule, calendar, day)
    while found is not None and not _starts(found, schedule.zone, not_before):
        found = following(schedule, calendar, found.nominal)
    return found


def following(schedule: Schedule, calendar: BusinessCalendar, nominal: datetime) -> Occurrence | None:
    """The first with a name after a naive local time, whether or not that is a name; None after the end."""
    day = nominal.date()
    return _after(schedule, calendar, day if nominal.time() >= schedule.at else day - DAY)


def upcoming(schedule: Schedule, calendar: BusinessCalendar, not_before: datetime, count: int) -> list[Occurrence]:
    """The first `count` at or after an aware instant, fewer where the schedule ends."""
    found: list[Occurrence] = []
    current = first(schedule, calendar, not_before) if count > 0 else None
    while current is not None:
        found.append(current)
        current = following(schedule, calendar, current.nominal) if len(found) < count else None
    return found


def runs_on(schedule: Schedule, calendar: BusinessCalendar, day: date) -> bool:
    """Whether one runs on a local date; one that would be moved there from more than a fortnight away is not seen."""
    current = following(schedule, calendar, datetime.combine(day - _FORTNIGHT, time.min))
    while current is not None and current.nominal.date() <= day + _FORTNIGHT:
        if current.actual == day and not current.skipped:
            return True
        current = following(schedule, calendar, current.nominal)
    return False


def named(schedule: Schedule, calendar: BusinessCalendar, nominal: datetime) -> Occurrence:
    """The occurrence with a name that the schedule gave out earlier, on the calendar as it is now."""
    return _occurrence(
        nominal.date(), nominal.time(), schedule.zone, _roll(schedule.frequency, schedule.roll), calendar
    )


def _after(schedule: Schedule, calendar: BusinessCalendar, day: date) -> Occurrence | None:
    frequency, start, end, _, _, at, zone, roll = schedule
    anchor_day = schedule.anchor_day if frequency in MONTHS else 0
    found = _next(frequency, phase(schedule), anchor_day, max(day, start - DAY), at, zone, roll, calendar)
    return None if end is not None and found.nominal.date() > end else found


# The hot place: a night moves a million rules on, and most of them share all of these arguments.
@lru_cache(maxsize=16384)
def _next(
    frequency: Frequency,
    phase: int,
    anchor_day: int,
    day: date,
    at: time,
    zone: str,
    roll: Roll,
    calendar: BusinessCalendar,
) -> Occurrence:
    if months := MONTHS.get(frequency):
        nominal = _month_day(months, phase, anchor_day, day)
    elif days := DAYS.get(frequency):
        nominal = day + timedelta(days=1 + (phase - day.toordinal() - 1) % days)
    else:
        nominal = calendar.after(day)
    return _occurrence(nominal, at, zone, _roll(frequency, roll), calendar)


def _month_day(months: int, phase: int, anchor_day: int, day: date) -> date:
    index = month_index(day)
    index += (phase - index) % months
    nominal = in_month(index, anchor_day)
    return nominal if nominal > day else in_month(index + months, anchor_day)


def _roll(frequency: Frequency, roll: Roll) -> Roll:
    # A daily occurrence exists only on business days. One whose day was closed after it had been named must
    # not move onto the next day's, which exists anyway.
    return Roll.SKIP if frequency is Frequency.DAILY else roll


@lru_cache(maxsize=16384)
def _occurrence(day: date, at: time, zone: str, roll: Roll, calendar: BusinessCalendar) -> Occurrence:
    rolled = calendar.roll(day, roll)
    actual = rolled or day
    due = instant(actual, at, zone)
    notes = [note for note in (_closed(day, rolled, roll), _missing(actual, at, zone, due)) if note]
    return Occurrence(datetime.combine(day, at), actual, due, "; ".join(notes) or None, rolled is None)


def _closed(day: date, rolled: date | None, roll: Roll) -> str | None:
    if rolled == day:
        return None
    why = "weekend" if is_weekend(day) else "closed"
    moved = "skipped" if rolled is None else f"rolled {roll.replace('_', ' ')} from"
    return f"{moved} {day} ({why})"


def _missing(day: date, at: time, zone: str, due: datetime) -> str | None:
    shown = local_datetime(due, zone)
    if shown == datetime.combine(day, at):
        return None
    return f"{day} {at:%H:%M} does not exist in {zone}: runs at {shown:%Y-%m-%d %H:%M}"


def _starts(occurrence: Occurrence, zone: str, not_before: datetime) -> bool:
    nominal = occurrence.nominal
    return min(occurrence.due, instant(nominal.date(), nominal.time(), zone)) >= not_before
