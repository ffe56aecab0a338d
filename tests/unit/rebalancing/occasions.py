"""A sound occasion to rebalance: 66.67 percent of EQ where 60 are asked for, to be changed by one test at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from automation.rebalancing.decision import Decision, decide
from automation.rebalancing.facts import BY_DRIFT, BY_HAND, BY_SCHEDULE, Facts
from automation.rebalancing.portfolio import Portfolio
from automation.rebalancing.rule import Rule
from tests.unit.rebalancing.examples import TODAY, portfolio, position

NOW: Final = datetime(2024, 6, 3, 15, 30, tzinfo=UTC)
NOMINAL: Final = datetime(2024, 6, 3, 10)  # noqa: DTZ001 - names of occurrences are naive
DRIFT, HAND, SCHEDULE = {"initiator": BY_DRIFT}, {"initiator": BY_HAND}, {"initiator": BY_SCHEDULE}
MAX_AGE: Final = 3


def held(eq: object = 80, debt: object = 40) -> Portfolio:
    """So many units of EQ and DEBT at 10."""
    return portfolio(position("EQ", eq), position("DEBT", debt))


def facts(**changes: Any) -> Facts:
    """A drift found today, nothing against acting on it."""
    sound: dict[str, Any] = {
        "now": NOW,
        "initiator": BY_DRIFT,
        "nominal": NOMINAL,
        "due": NOW,
        "missed": False,
        "business_day": True,
        "stop": None,
        "live": False,
        "today": False,
        "last_on": None,
        "max_nav_age": MAX_AGE,
        "portfolio": held(),
        "unspent": Decimal(0),
    }
    return Facts(**sound | changes)


def decided(rule: Rule, **changes: Any) -> Decision:
    return decide(rule, facts(**changes))


def reason(rule: Rule, **changes: Any) -> str | None:
    return decided(rule, **changes).reason


__all__ = ["DRIFT", "HAND", "MAX_AGE", "NOMINAL", "NOW", "SCHEDULE", "TODAY", "decided", "facts", "held", "reason"]
