"""Which occurrences of a rule are due, which of them count as missed, and what comes after them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from automation.auto_invest.rule import Rule
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Schedule, instant, local_date

# A claim brings at most this many occurrences of one rule to an end; the next claim goes on from there.
LIMIT: Final = 100


class Due(NamedTuple):
    """A due occurrence; `after` is the one that follows, None at the rule's end."""

    occurrence: Occurrence
    after: Occurrence | None
    missed: bool


def due(rule: Rule, calendar: BusinessCalendar, now: datetime) -> list[Due]:
    """The occurrences that are due at `now`, oldest first, at most LIMIT of them.

    An occurrence is missed where the policy gives it up for a later day: `latest` runs those of the newest due
    date, `none` only today's, `all` every one. Two that fall on one date are two, and both run. None is due
    where the calendar was corrected since the rule was advanced: then it waits for its new instant.
    """
    schedule = rule.schedule
    found = list(_due(schedule, calendar, rule.next_occurrence, now))
    if not found or rule.conditional or rule.missed == "all":
        return [Due(occurrence, after, missed=False) for occurrence, after in found]
    newest, after = found[-1]
    if rule.missed == "none":
        oldest_kept = local_date(now, rule.time_zone)
    else:
        oldest_kept = _newest(schedule, calendar, newest, after, now).actual
    return [Due(occurrence, after, occurrence.actual < oldest_kept) for occurrence, after in found]


def _newest(
    schedule: Schedule, calendar: BusinessCalendar, known: Occurrence, after: Occurrence | None, now: datetime
) -> Occurrence:
    """The newest that is due, beyond what one claim takes."""
    while after is not None and after.due <= now:
        known, after = after, occurrences.following(schedule, calendar, after.nominal)
    return known


def period_end(
    schedule: Schedule, occurrence: Occurrence, after: Occurrence | None, calendar: BusinessCalendar
) -> datetime:
    """When an occurrence's period ends: when the next one is due, or at the end of the rule's last day.

    A last occurrence that was moved past the rule's last day has the day on which it runs.
    """
    if after is not None:
        return after.due
    following = occurrences.following(schedule._replace(end=None), calendar, occurrence.nominal)
    if schedule.end is None or following is None:
        raise ValueError("a schedule without an end always has a next occurrence")
    last_day = max(schedule.end, occurrence.actual)
    return min(following.due, instant(last_day + timedelta(days=1), schedule.at.min, schedule.zone))


def _due(
    schedule: Schedule, calendar: BusinessCalendar, nominal: datetime, now: datetime
) -> Iterator[tuple[Occurrence, Occurrence | None]]:
    current: Occurrence | None = occurrences.named(schedule, calendar, nominal)
    for _ in range(LIMIT):
        if current is None or current.due > now:
            return
        after = occurrences.following(schedule, calendar, current.nominal)
        yield current, after
        current = after
