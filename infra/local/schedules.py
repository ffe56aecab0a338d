"""The schedules of template.yaml, and how the local scheduler is told to keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from automation.calendar import ticks
from automation.calendar.ticks import Rate, Ticks
from automation.errors import ConfigurationError
from automation.status import facts
from automation.status.facts import Plan
from infra.local.template import Function, Tick, functions

ENABLED: Final = "AUTOMATION_SCHEDULER_ENABLED"
INTERVAL: Final = "AUTOMATION_CHECK_INTERVAL"
_LONGEST: Final = 31 * 24 * 3600 * 1000
_SWITCH: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


@dataclass(frozen=True)
class Planned:
    """A function and the schedule that it runs by; `tick` is the template's event."""

    function: Function
    tick: Tick
    schedule: Ticks

    @property
    def job(self) -> str:
        return self.function.folder

    @property
    def words(self) -> str:
        return ticks.in_words(self.schedule)


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


def schedule_of(tick: Tick, folder: str) -> Ticks:
    """The schedule of one event; ConfigurationError names the function."""
    try:
        return ticks.read(tick.expression, tick.zone)
    except ValueError as error:
        raise ConfigurationError(
            f"template.yaml: the schedule {tick.expression!r} of {folder} {error}",
            hint="write it as rate(15 minutes) or cron(0 18-23 * * ? *)",
        ) from error


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


def plan(planned: Planned, now: datetime) -> Plan:
    """When a job is to run, as its status is judged by."""
    return facts.plan(planned.job, planned.schedule, now)
