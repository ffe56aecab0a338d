"""The same investment plans computed a second time: the NAV file, dateutil for dates, pyxirr for returns.

Nothing here knows the product. Units are floats and never rounded: a plan of 10,000 an instalment then agrees with
exact decimals to some 1e-6.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import pyxirr
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from dateutil.rrule import TU, WEEKLY, rrule  # type: ignore[import-untyped]

DATA = Path(__file__).resolve().parents[1] / "data"
FILE = "navs_1993_2016.csv.gz"


@cache
def navs(scheme: str) -> dict[date, float]:
    with gzip.open(DATA / FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {date.fromisoformat(row["date"]): float(row["nav"]) for row in rows if row["scheme"] == scheme}


@dataclass(frozen=True)
class Market:
    """Schemes from one date to another; business days are the dates on which all of them have a NAV."""

    schemes: Sequence[str]
    start: date
    end: date

    @property
    def days(self) -> list[date]:
        common = set.intersection(*(set(navs(scheme)) for scheme in self.schemes))
        return sorted(day for day in common if self.start <= day <= self.end)

    def dated(self, nominals: Iterable[date]) -> list[tuple[date, date]]:
        """(nominal, actual): the first business day on or after each, as far as there is one."""
        days = self.days
        places = [(nominal, bisect_left(days, nominal)) for nominal in nominals]
        return [(nominal, days[place]) for nominal, place in places if place < len(days)]

    def last_nav_date(self, scheme: str) -> date:
        return max(day for day in navs(scheme) if day <= self.end)


def monthly(market: Market, day: int, every: int = 1) -> Iterator[date]:
    """A day of the month, clamped to the month's end, from the market's first date on."""
    first = market.start + relativedelta(day=day)
    if first < market.start:
        first = market.start + relativedelta(months=1, day=day)
    count = 0
    while (nominal := first + relativedelta(months=count * every, day=day)) <= market.end:
        yield nominal
        count += 1


def tuesdays(market: Market) -> list[date]:
    return [moment.date() for moment in rrule(WEEKLY, byweekday=TU, dtstart=market.start, until=market.end)]


@dataclass
class Book:
    """Units by scheme, and flows: negative into the portfolio."""

    units: dict[str, float] = field(default_factory=dict)
    flows: list[tuple[date, float]] = field(default_factory=list)

    def buy(self, scheme: str, day: date, amount: float) -> None:
        self.put(scheme, day, amount)
        self.flows.append((day, -amount))

    def put(self, scheme: str, day: date, amount: float) -> None:
        self.units[scheme] = self.units.get(scheme, 0.0) + amount / navs(scheme)[day]

    def sell(self, scheme: str, day: date, amount: float) -> None:
        self.take(scheme, day, amount)
        self.flows.append((day, amount))

    def take(self, scheme: str, day: date, amount: float) -> None:
        self.units[scheme] -= amount / navs(scheme)[day]

    def value(self, market: Market) -> float:
        return sum(units * navs(scheme)[market.last_nav_date(scheme)] for scheme, units in self.units.items())

    def xirr(self, market: Market) -> float:
        """The annual rate, ACT/365, with the value at the last NAV date as the last flow."""
        valued_on = max(market.last_nav_date(scheme) for scheme in self.units)
        days, amounts = zip(*self.flows, (valued_on, self.value(market)), strict=True)
        rate = pyxirr.xirr(days, amounts)
        assert rate is not None
        return rate
