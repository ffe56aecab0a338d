"""When a rule is looked at again whose drift was found while something stood against acting on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from automation.calendar.schedule import instant
from automation.engine.rebalancing_facts import Known
from automation.rebalancing.facts import Facts
from automation.rebalancing.rule import Rule


def again(rule: Rule, facts: Facts, reason: str | None, known: Known) -> datetime | None:
    """The instant at which what stopped it is over or may be; None where an event tells that, or it is no obstacle.

    The end of another execution lines up the client's rules, and so does a new price.
    """
    later = _LATER.get(reason or "")
    return later(rule, facts, known) if later else None


def _soon(rule: Rule, facts: Facts, known: Known) -> datetime:
    return facts.now + known.look_interval


def _begins(rule: Rule, day: date) -> datetime:
    return instant(day, time.min, rule.time_zone)


def _cooled(rule: Rule, facts: Facts, known: Known) -> datetime:
    return _begins(rule, (facts.last_on or facts.portfolio.day) + timedelta(days=rule.cooldown_days))


_LATER: Final[dict[str, Callable[[Rule, Facts, Known], datetime]]] = {
    "kill_switch": _soon,
    "client_inactive": _soon,
    "kyc_not_verified": _soon,
    "already_today": lambda rule, facts, known: _begins(rule, facts.portfolio.day + timedelta(days=1)),
    "cooldown": _cooled,
    "non_business_day": lambda rule, facts, known: _begins(rule, known.calendar(rule).after(facts.portfolio.day)),
    "not_started": lambda rule, facts, known: _begins(rule, rule.start_date),
}
