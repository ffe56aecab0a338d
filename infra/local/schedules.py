"""The schedules of template.yaml, and how the local scheduler is told to keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from automation.errors import ConfigurationError
from automation.status import GRACE, Plan
from infra.local import cron
from infra.local.cron import Cron
from infra.local.template import Function, Tick, functions

ENABLED: Final = "AUTOMATION_SCHEDULER_ENABLED"
INTERVAL: Final = "AUTOMATION_CHECK_INTERVAL"
_LONGEST: Final = 31 * 24 * 3600 * 1000
_UNITS: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_RATE: Final = re.compile(r"([1-9]\d{0,5}) +(minute|hour|day)s?")
_EXPRESSION: Final = re.compile(r"\s*(rate|cron|at)\((.*)\)\s*")
_SWITCH: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


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
        return f"every {in_words(self.period)}"


Schedule = Rate | Cron


@dataclass(frozen=True)
class Planned:
    """A function and the schedule that it runs by; `tick` is the template's event."""

    function: Function
    tick: Tick
    schedule: Schedule

    @property
    def job(self) -> str:
        return self.function.folder

    @property
    def words(self) -> str:
        return str(self.schedule) if isinstance(self.schedule, Rate) else cron.in_words(self.schedule)


def planned(environment: Mapping[str, str]) -> list[Planned]:
    """Every schedule of the template, whatever its State there: that is for deployed stacks.

    AUTOMATION_CHECK_INTERVAL replaces them all. ConfigurationError names the variable, or the function whose
    expression can't be read.
    """
    interval = check_interval(environment)
    return [
        Planned(function, tick, Rate(interval) if interval else schedule_of(tick, function.folder))
        for function in functions().values()
        for tick in function.ticks
    ]


def schedule_of(tick: Tick, folder: str) -> Schedule:
    """The schedule of one event; ConfigurationError names the function."""
    try:
        return read(tick.expression, tick.zone)
    except ValueError as error:
        raise ConfigurationError(
            f"template.yaml: the schedule {tick.expression!r} of {folder} {error}",
            hint="write it as rate(15 minutes) or cron(0 18-23 * * ? *)",
        ) from error


def read(expression: str, zone: str) -> Schedule:
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


def enabled(environment: Mapping[str, str]) -> bool:
    """Whether the scheduler is to run anything; ConfigurationError where the variable is neither true nor false."""
    text = environment.get(ENABLED, "").strip() or "true"
    if text.lower() not in _SWITCH:
        raise ConfigurationError(f"{ENABLED} is {text!r}", hint="use true or false")
    return _SWITCH[text.lower()]


def check_interval(environment: Mapping[str, str]) -> timedelta | None:
    """The period that replaces every schedule's own, None where it is not set."""
    text = environment.get(INTERVAL, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= 10 and 0 < int(text) <= _LONGEST):
        raise ConfigurationError(
            f"{INTERVAL} is {text!r}, not a whole number of milliseconds from 1 to {_LONGEST:,} (31 days)",
            hint=f"set it as {INTERVAL}=60000 for a minute, or unset it to keep the template's schedules",
        )
    return timedelta(milliseconds=int(text))


def in_words(period: timedelta) -> str:
    """The largest unit that divides it: `15 minutes`, `200 ms`."""
    milliseconds = round(period.total_seconds() * 1000)
    for size, unit in ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")):
        if milliseconds % size == 0:
            count = milliseconds // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{milliseconds} ms"


def plan(planned: Planned, now: datetime) -> Plan:
    """When a job is to run, as its status is judged by."""
    schedule = planned.schedule
    if isinstance(schedule, Rate):
        return Plan(planned.job, planned.words, schedule.period)
    return Plan(planned.job, planned.words, None, schedule.previous(now - GRACE), schedule.following(now))
