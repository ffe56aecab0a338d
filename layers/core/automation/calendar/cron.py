"""EventBridge's cron expressions: minutes hours day-of-month month day-of-week year, in a zone's wall time.

Known are `*`, `?`, lists, ranges, steps, names, and L: the last day of a month, or the last such weekday (`6L` is
the last Friday). Days of the week are 1 (Sunday) to 7.
Source: Amazon EventBridge Scheduler User Guide, "Schedule types", cron-based schedules and daylight saving time: a
time that is skipped in spring does not fire, one that comes twice in autumn fires once.
"""

from __future__ import annotations

import re
from calendar import month_abbr, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES: Final = re.compile(r"[A-Z]{3}")
_PART: Final = re.compile(r"(\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: Sequence[str] = ()


_MINUTES: Final = _Field("minutes", 0, 59)
_HOURS: Final = _Field("hours", 0, 23)
_DAYS: Final = _Field("day-of-month", 1, 31)
_MONTHS: Final = _Field("month", 1, 12, tuple(name.upper() for name in month_abbr[1:]))
_WEEK: Final = _Field("day-of-week", 1, 7, _WEEKDAYS)
_YEARS: Final = _Field("year", 1970, 2199)


@dataclass(frozen=True)
class Cron:
    """What a cron expression means; `days` or `weekdays` is None where the expression has `?`.

    `last_day` and `last_weekday` are what L asks for.
    """

    text: str
    zone: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]
    last_day: bool = False
    last_weekday: int | None = None

    def first(self, not_before: datetime) -> datetime | None:
        """The first tick at or after an aware instant, in UTC; None where none is left."""
        day = not_before.astimezone(ZoneInfo(self.zone)).date() - _DAY
        ticks = (tick for each in self._days_from(day, 1) for tick in _ticks(self, each) if tick >= not_before)
        return next(ticks, None)

    def following(self, tick: datetime) -> datetime | None:
        """The first tick after an aware instant, in UTC."""
        return self.first(tick + timedelta(microseconds=1))

    def previous(self, not_after: datetime) -> datetime | None:
        """The last tick at or before an aware instant, in UTC."""
        day = not_after.astimezone(ZoneInfo(self.zone)).date() + _DAY
        ticks = (
            tick for each in self._days_from(day, -1) for tick in reversed(_ticks(self, each)) if tick <= not_after
        )
        return next(ticks, None)

    def runs_on(self, day: date) -> bool:
        """Whether the date, in the schedule's zone, is one that the expression names."""
        if day.year not in self.years or day.month not in self.months:
            return False
        is_last = day.day == monthrange(day.year, day.month)[1]
        if self.weekdays is None:
            return day.day in (self.days or ()) or (self.last_day and is_last)
        weekday = day.isoweekday() % 7 + 1
        in_last_week = day.day > monthrange(day.year, day.month)[1] - 7
        return weekday in self.weekdays or (weekday == self.last_weekday and in_last_week)

    def _days_from(self, day: date, step: int) -> Iterator[date]:
        """The dates that the expression names, from one on, onward or back; whole months without any are passed."""
        while _YEARS.low - 1 <= day.year <= _YEARS.high:
            if day.month not in self.months or day.year not in self.years:
                edge = monthrange(day.year, day.month)[1] if step > 0 else 1
                day = day.replace(day=edge)
            elif self.runs_on(day):
                yield day
            day += step * _DAY


@lru_cache(maxsize=256)
def _ticks(cron: Cron, day: date) -> tuple[datetime, ...]:
    """The UTC instants of one local date, in order."""
    zone = ZoneInfo(cron.zone)
    found = []
    for hour in sorted(cron.hours):
        for minute in sorted(cron.minutes):
            local = datetime.combine(day, time(hour, minute))
            tick = local.replace(tzinfo=zone).astimezone(UTC)
            if tick.astimezone(zone).replace(tzinfo=None) == local:  # else the clocks skip this time
                found.append(tick)
    return tuple(sorted(found))


def parse(text: str, zone: str) -> Cron:
    """Read the six fields of an expression (what stands inside `cron(…)`); ValueError says what is wrong."""
    parts = text.upper().split()
    if len(parts) != 6:
        raise ValueError(f"has {len(parts)} fields, not the six: minutes hours day-of-month month day-of-week year")
    minutes, hours, days, months, week, years = parts
    if (days == "?") == (week == "?"):
        raise ValueError("needs ? in exactly one of day-of-month and day-of-week")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"is in a time zone that is not known: {zone!r}") from error
    last_day, last_weekday = days == "L", _last_weekday(week)
    return Cron(
        text,
        zone,
        _values(_MINUTES, minutes),
        _values(_HOURS, hours),
        None if days == "?" else frozenset() if last_day else _values(_DAYS, days),
        _values(_MONTHS, months),
        None if week == "?" else frozenset() if last_weekday else _values(_WEEK, "7" if week == "L" else week),
        _values(_YEARS, years),
        last_day,
        last_weekday,
    )


def _last_weekday(text: str) -> int | None:
    """The weekday of `6L` or `FRIL`, None where the field asks for no such thing."""
    if len(text) < 2 or not text.endswith("L"):
        return None
    (weekday,) = _values(_WEEK, text[:-1]) if "," not in text and "-" not in text else (0,)
    if not weekday:
        raise ValueError(f"has L within a list or a range of day-of-week: {text}")
    return weekday


def _values(field: _Field, text: str) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _range(field, part))


def _range(field: _Field, part: str) -> range:
    numbered = _NAMES.sub(lambda name: _number(field, name[0]), part)
    match = _PART.fullmatch(numbered)
    if match is None:
        hint = "; W, # and L in lists are not supported here" if set("LW#") & set(part) else ""
        raise ValueError(f"has {part!r} as {field.name}{hint}")
    whole, first, last, step = match.groups()
    low = field.low if whole == "*" else int(first)
    high = int(last) if last else field.high if whole == "*" or step else low
    if not field.low <= low <= high <= field.high:
        raise ValueError(f"has {part!r} as {field.name}, which goes from {field.low} to {field.high}")
    if step == "0":
        raise ValueError(f"has a step of zero in {part!r} as {field.name}")
    return range(low, high + 1, int(step or 1))


def _number(field: _Field, name: str) -> str:
    if name not in field.names:
        raise ValueError(f"has {name!r} as {field.name}")
    return str(field.names.index(name) + field.low)


def in_words(cron: Cron) -> str:
    """As in `daily at 18:00, 19:00 Asia/Kolkata`, or `MON, FRI at minute 0, 30 of hours 8-20 UTC`."""
    return " ".join(filter(None, [_days_in_words(cron), _times_in_words(cron), cron.zone]))


def _times_in_words(cron: Cron) -> str:
    first, last = min(cron.hours), max(cron.hours)
    if len(cron.minutes) == 1 and len(cron.hours) == last - first + 1 > 2:
        return f"hourly from {first:02}:{min(cron.minutes):02} to {last:02}:{min(cron.minutes):02}"
    if len(cron.minutes) * len(cron.hours) <= 8:
        times = [f"{hour:02}:{minute:02}" for hour in sorted(cron.hours) for minute in sorted(cron.minutes)]
        return f"at {', '.join(times)}"
    minutes = "each minute" if len(cron.minutes) == 60 else f"at minute {_spans(cron.minutes)}"
    return minutes + (" of each hour" if len(cron.hours) == 24 else f" of hours {_spans(cron.hours)}")


def _days_in_words(cron: Cron) -> str:
    days, week = cron.days, cron.weekdays
    if cron.last_day:
        said = "on the last day of the month"
    elif cron.last_weekday:
        said = f"on the month's last {_WEEKDAYS[cron.last_weekday - 1]}"
    elif len(days or ()) == 31 or len(week or ()) == 7:
        said = "daily"
    else:
        said = f"on day {_spans(days)}" if days else ", ".join(_WEEKDAYS[each - 1] for each in sorted(week or ()))
    months = "" if len(cron.months) == 12 else f" of {', '.join(month_abbr[month] for month in sorted(cron.months))}"
    return said + months + ("" if len(cron.years) == 230 else f" in {_spans(cron.years)}")


def _spans(values: frozenset[int]) -> str:
    """`0, 15, 30` or `18-23`."""
    ordered = sorted(values)
    whole = len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1
    return f"{ordered[0]}-{ordered[-1]}" if whole else ", ".join(map(str, ordered))
