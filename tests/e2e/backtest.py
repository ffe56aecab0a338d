"""Twenty years of keeping three funds at 60/30/10, computed a second time: the NAV files and a loop in floats.

Nothing here knows the product. Units are never rounded: with ten million to begin with that makes some 1e-8.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]

from tests.e2e import independent
from tests.e2e.crossings import prices

START, END = date(1996, 1, 1), date(2016, 2, 22)
TARGETS = {"HDFC_EQUITY": 60.0, "BIRLA_INCOME_PLUS": 30.0, "RELIANCE_GROWTH": 10.0}
WORTH = 10_000_000

Weights = Mapping[str, float]
Calls = Callable[[date, Weights], bool]


@cache
def navs() -> dict[date, dict[str, float]]:
    """By the dates on which all three funds have a NAV."""
    series = {fund: independent.navs(fund) for fund in ("HDFC_EQUITY", "BIRLA_INCOME_PLUS")}
    series["RELIANCE_GROWTH"] = {day: float(nav) for day, nav in prices("RELIANCE_GROWTH")}
    common = sorted(set.intersection(*(set(dated) for dated in series.values())))
    return {day: {fund: series[fund][day] for fund in TARGETS} for day in common if START <= day <= END}


@dataclass
class Played:
    """What came of it: every rebalancing with its largest drift before and its turnover, and the worth at the end."""

    worth: float = 0.0
    rebalanced: list[tuple[date, float, float]] = field(default_factory=list)

    @property
    def dates(self) -> list[date]:
        return [day for day, _, _ in self.rebalanced]


def play(calls: Calls) -> Played:
    """Bought at the targets on the first date; on each date after it back to them where the weights call for it."""
    played = Played()
    units: dict[str, float] = {}
    for day, nav in navs().items():
        if not units:
            units = {fund: WORTH * TARGETS[fund] / 100 / nav[fund] for fund in TARGETS}
            continue
        worth = sum(units[fund] * nav[fund] for fund in TARGETS)
        weights = {fund: units[fund] * nav[fund] / worth * 100 for fund in TARGETS}
        if calls(day, weights):
            off = [abs(weights[fund] - TARGETS[fund]) for fund in TARGETS]
            played.rebalanced.append((day, max(off), sum(off) / 200))
            units = {fund: worth * TARGETS[fund] / 100 / nav[fund] for fund in TARGETS}
        played.worth = worth
    return played


def out_of_band(points: float) -> Calls:
    """Some fund is so many points or more off its target."""
    return lambda _, weights: any(abs(weights[fund] - TARGETS[fund]) >= points for fund in TARGETS)


def out_of_relative_band(percent: float) -> Calls:
    """Some fund is so many percent of its target, or more, off it."""
    return lambda _, weights: any(abs(weights[fund] / TARGETS[fund] - 1) * 100 >= percent for fund in TARGETS)


def drifted(points: float) -> Calls:
    """Half the sum of all that is off is so many points or more."""
    return lambda _, weights: sum(abs(weights[fund] - TARGETS[fund]) for fund in TARGETS) / 2 >= points


def every(months: int) -> Calls:
    """The first date on or after the first of every so many months; on the very first nothing is off yet."""
    due = set(_rolled(months))
    return lambda day, _: day in due


def either(dates: Collection[date], least: float, points: float) -> Calls:
    """On some dates from one drift on, on any date from another."""
    small, large = out_of_band(least), out_of_band(points)
    return lambda day, weights: (day in dates and small(day, weights)) or large(day, weights)


def quarters() -> set[date]:
    return set(_rolled(3))


def _rolled(months: int) -> Iterator[date]:
    nominal = START
    while nominal <= END:
        found = next((day for day in navs() if day >= nominal), None)
        if found is not None:
            yield found
        nominal += relativedelta(months=months)
