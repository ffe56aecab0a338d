"""How far a portfolio is from its targets, and whether that is far enough for a rule."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.rebalancing.rule import DRIFT, HYBRID, TIME, Rule

Amounts = dict[str, Decimal]


class Drift(NamedTuple):
    """Percentage points to 4 decimals, to be shown: nothing is decided by them.

    `by_target` is weight less target, `max_drift` the largest of them whatever its sign, `portfolio_drift` half the
    sum of all without their signs. `weights` are percents.
    """

    max_drift: Decimal
    portfolio_drift: Decimal
    by_target: Amounts
    weights: Amounts


def measure(worth: Amounts, targets: Amounts) -> Drift | None:
    """The drift of money by target from percents by target; None where there is nothing to weigh."""
    total = sum(worth.values(), money.ZERO)
    if total <= 0:
        return None
    off = deviations(worth, targets)
    return Drift(
        (max(map(abs, off.values())) / total).quantize(money.UNIT),
        (sum(map(abs, off.values()), money.ZERO) / 2 / total).quantize(money.UNIT),
        {name: (each / total).quantize(money.UNIT) for name, each in off.items()},
        {name: (value * money.HUNDRED / total).quantize(money.UNIT) for name, value in worth.items()},
    )


def deviations(worth: Amounts, targets: Amounts) -> Amounts:
    """Money too much or too little, times 100, exactly: divided by the whole they are percentage points."""
    total = sum(worth.values(), money.ZERO)
    return {name: worth[name] * money.HUNDRED - percent * total for name, percent in targets.items()}


def fires(rule: Rule, worth: Amounts, *, scheduled: bool) -> bool:
    """Whether a rule acts on this drift, on an occurrence of its calendar or on any other day.

    Everything is compared undivided, so that a drift of exactly the threshold is one, whatever the rounding.
    """
    total = sum(worth.values(), money.ZERO)
    if total <= 0:
        return False
    if rule.strategy == TIME:
        return scheduled
    off = deviations(worth, rule.targets)
    if scheduled and rule.strategy == HYBRID and reaches(off, total, rule.min_drift_percent or money.ZERO):
        return True
    return (scheduled or rule.watches_drift) and outside(rule, off, total)


def outside(rule: Rule, off: Amounts, total: Decimal) -> bool:
    """Whether the deviations from `deviations()` of a whole have come to the rule's threshold or relative band."""
    if rule.strategy == DRIFT:
        threshold = rule.threshold_percent
        return threshold is not None and sum(map(abs, off.values()), money.ZERO) >= 2 * threshold * total
    return reaches(off, total, rule.threshold_percent) or _reaches_relative(rule, off, total)


def reaches(off: Amounts, total: Decimal, percent: Decimal | None) -> bool:
    """Whether any deviation is so many percentage points or more."""
    return percent is not None and max(map(abs, off.values())) >= percent * total


def _reaches_relative(rule: Rule, off: Amounts, total: Decimal) -> bool:
    band = rule.relative_band_percent
    if band is None:
        return False
    bounds = ((name, band * percent * total / money.HUNDRED) for name, percent in rule.targets.items() if percent > 0)
    return any(abs(off[name]) >= bound for name, bound in bounds)
