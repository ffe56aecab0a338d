"""Which occurrences of a rule are due, which of them count as missed, and what comes after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
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


def due(rule: Rule, calendar: BusinessCalendar, now: datetime, skips: Sequence[tuple[date, date]] = ()) -> list[Due]:
    """The occurrences that are due at `now`, oldest first, at most LIMIT of them.

    An occurrence is missed where the policy gives it up for a later day: `latest` runs those of the newest due
    date, `none` only today's, `all` every one. Two that fall on one date are two, and both run. One that would not
    have run, for its day or for the client's `skips` (ranges of nominal dates), is neither missed nor the newest.
    None is due where the calendar was corrected since the rule was advanced: then it waits for its new instant.
    """
    found = list(_due(rule.schedule, calendar, rule.next_occurrence, now))
    if not found or rule.conditional or rule.missed == "all" or (rule.missed == "latest" and _alone(found, now)):
        return [Due(occurrence, after, missed=False) for occurrence, after in found]
    if rule.missed == "none":
        oldest_kept = local_date(now, rule.time_zone)
    else:
        oldest_kept = _newest(rule.schedule, calendar, found, now, skips)
    return [
        Due(occurrence, after, occurrence.actual < oldest_kept and _runs(occurrence, skips))
        for occurrence, after in found
    ]


def _alone(found: Sequence[tuple[Occurrence, Occurrence | None]], now: datetime) -> bool:
    """Whether one only is due, as on nearly every night of nearly every rule."""
    after = found[0][1]
    return len(found) == 1 and (after is None or after.due > now)


def asked_to_skip(nominal: datetime, skips: Sequence[tuple[date, date]]) -> bool:
    """Whether the client wants the occurrence of that name skipped."""
    return bool(skips) and any(start <= nominal.date() <= end for start, end in skips)


def _runs(occurrence: Occurrence, skips: Sequence[tuple[date, date]]) -> bool:
    return not (occurrence.skipped or asked_to_skip(occurrence.nominal, skips))


def _newest(
    schedule: Schedule,
    calendar: BusinessCalendar,
    found: Sequence[tuple[Occurrence, Occurrence | None]],
    now: datetime,
    skips: Sequence[tuple[date, date]],
) -> date:
    """The newest due date on which one runs, beyond what one claim takes."""
    newest = max((each.actual for each, _ in found if _runs(each, skips)), default=date.min)
    after = found[-1][1]
    while after is not None and after.due <= now:
        newest = after.actual if _runs(after, skips) else newest
        after = occurrences.following(schedule, calendar, after.nominal)
    return newest


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
