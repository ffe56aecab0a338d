"""The NAVs of a scenario: read, narrowed to its products, and what their dates say about business days."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from automation.calendar.business_days import is_weekend
from automation.errors import InvalidInput
from automation.feeds import csv as feed
from automation.feeds.holidays import HolidayRow
from infra.local.simulation.scenario import NAV_DATES, Scenario

# The engine looks for a business day within 366 days: a longer gap must not come up in the middle of a run.
_LONGEST_GAP = timedelta(days=360)
_DAY = timedelta(days=1)

Prices = dict[str, dict[date, Decimal]]


def read(scenario: Scenario, folder: Path) -> Prices:
    """NAVs by product and date, of the scenario's products only; where files overlap the later one counts.

    InvalidInput names the file and line that can't be read, or the product that has no NAV up to the end.
    """
    prices: Prices = {product.code: {} for product in scenario.products}
    for name in scenario.navs:
        for row in feed.read(folder / name):
            if row.product_id in prices:
                prices[row.product_id][row.date] = row.nav
    for number, product in enumerate(scenario.products):
        if not any(day <= scenario.end for day in prices[product.code]):
            raise InvalidInput(
                f"products[{number}].code",
                f"{product.code!r} has no NAV up to {scenario.end} in {', '.join(scenario.navs)}",
                hint="name a scheme of the NAV files, as they write it",
            )
    return prices


def write(prices: Prices, until: date, path: Path) -> None:
    """The NAVs up to a date as a file that the navs handler takes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("scheme", "date", "nav"))
        writer.writerows(
            (product, day, nav) for product, dated in prices.items() for day, nav in dated.items() if day <= until
        )


def calendar(name: str, dates: Collection[date], start: date, end: date) -> list[HolidayRow]:
    """The calendar whose business days, from `start` to `end` and as far as the dates themselves go, are the dates."""
    first, last = min(start, *dates), max(end, *dates)
    days = (first + n * _DAY for n in range((last - first).days + 1))
    return [
        HolidayRow(name, day, "session" if is_weekend(day) else "closed")
        for day in days
        if is_weekend(day) == (day in dates)
    ]


def common_dates(prices: Prices, products: Iterable[str]) -> set[date]:
    """The dates on which all of the products have a NAV."""
    return set.intersection(*(set(prices[product]) for product in products))


def check_business_days(
    scenario: Scenario, prices: Prices, named: Collection[str], starts: date | None, ends: date | None
) -> None:
    """InvalidInput where products that a rule trades, by their own NAV dates, share no business day for a year."""
    calendars = {product.code: product.calendar for product in scenario.products}
    by_navs = [name for name in named if calendars.get(name) == NAV_DATES]
    if not by_navs:
        return
    first = max(scenario.start, starts or scenario.start)
    last = min(scenario.end, ends or scenario.end)
    days = sorted(day for day in common_dates(prices, by_navs) if first <= day <= last)
    edges = [first - _DAY, *days, last + _DAY]
    for before, after in itertools.pairwise(edges):
        if after - before > _LONGEST_GAP:
            raise InvalidInput(
                "start_date" if before < first else "end_date" if after > last else "product",
                f"leaves the rule without a business day from {before + _DAY} to {after - _DAY}:"
                f" {' and '.join(by_navs)} have no NAV in common there",
                hint="let the rule begin and end where all of its products have NAVs",
            )
