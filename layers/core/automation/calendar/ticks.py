"""EventBridge's schedules: a rate or a cron expression, when it ticks, and how people say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from automation.calendar import cron
from automation.calendar.cron import Cron

_UNITS: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_RATE: Final = re.compile(r"([1-9]\d{0,5}) +(minute|hour|day)s?")
_EXPRESSION: Final = re.compile(r"\s*(rate|cron|at)\((.*)\)\s*")


@dataclass(frozen=True)
class Rate:
    """A tick at the start, and one each period."""

    period: timedelta

    def first(self, not_before: datetime) -> datetime | None:
        """At once: a rate begins when its schedule does."""
        return not_before

    def following(self, tick: datetime) -> datetime | None:
        return tick + self.period

    def __str__(self) -> str:
        return f"every {period_in_words(self.period)}"


Ticks = Rate | Cron


def read(expression: str, zone: str) -> Ticks:
    """A rate(…) or cron(…) expression; ValueError says what is wrong with it."""
    match = _EXPRESSION.fullmatch(expression)
    kind, inside = match.groups() if match else ("", "")
    if kind == "cron":
        return cron.parse(inside, zone)
    if kind != "rate":
        raise ValueError("is an at(…), which runs once only" if kind else "is neither rate(…) nor cron(…)")
    rate = _RATE.fullmatch(inside.strip())
    if rate is None:
        raise ValueError("has no rate of the form: a whole number, then minutes, hours or days")
    return Rate(int(rate[1]) * _UNITS[rate[2]])


def in_words(ticks: Ticks) -> str:
    """`every 15 minutes`, or `daily at 18:00 Asia/Kolkata`."""
    return str(ticks) if isinstance(ticks, Rate) else cron.in_words(ticks)


def period_in_words(period: timedelta) -> str:
    """The largest unit that divides it: `15 minutes`, `200 ms`."""
    milliseconds = round(period.total_seconds() * 1000)
    for size, unit in ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")):
        if milliseconds % size == 0:
            count = milliseconds // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{milliseconds} ms"
