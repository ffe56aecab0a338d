"""When prices first reach levels, computed a second time: files, decimals and loops. Nothing here knows the product."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from tests.e2e.independent import DATA

FILES = {
    "navs_1993_2016.csv.gz": "HDFC_EQUITY HDFC_TOP200",
    "index_close_1979_2016.csv.gz": "SENSEX NIFTY50",
    "../../infra/local/data/navs_demo_1995_2016.csv.gz": "RELIANCE_GROWTH LT_TRIPLE_ACE_BOND",
}
PRODUCTS = [name for names in FILES.values() for name in names.split()]
START, END = date(1996, 1, 1), date(2016, 2, 22)

Dated = tuple[date, Decimal]


@cache
def prices(product: str) -> Sequence[Dated]:
    """A product's prices from start to end, by date."""
    (file,) = [file for file, names in FILES.items() if product in names.split()]
    with gzip.open(DATA / file, "rt", encoding="utf-8", newline="") as text:
        rows = [row for row in csv.reader(text) if row[0] == product]
    found = sorted((date.fromisoformat(day), Decimal(price)) for _, day, price in rows)
    return [(day, price) for day, price in found if START <= day <= END]


def first(product: str, holds: Callable[[Decimal | None, Decimal], bool]) -> Dated | None:
    """The first date on which something holds of the price before (None on the first date) and the price."""
    before = None
    for day, price in prices(product):
        if holds(before, price):
            return day, price
        before = price
    return None


def reaches(product: str, condition: str, level: Decimal) -> Dated | None:
    """The first date on which a condition holds."""
    return first(product, {
        "Greater Than": lambda _, price: price > level,
        "Less Than": lambda _, price: price < level,
        "Crosses Above": lambda before, price: before is not None and before <= level < price,
        "Crosses Below": lambda before, price: before is not None and before >= level > price,
        "Equals": lambda before, price: price == level or (
            before is not None and (before < level < price or before > level > price or before == level)),
    }[condition])  # fmt: skip


def falls_back(product: str, percent: int) -> Dated | None:
    """The first date on which the price is so many percent, or more, below the highest so far."""
    highest = Decimal(0)
    for day, price in prices(product):
        highest = max(highest, price)
        if price * 100 <= highest * (100 - percent):
            return day, price
    return None


def comes_back(product: str, percent: int) -> Dated | None:
    """The first date on which the price is so many percent, or more, above the lowest so far."""
    lowest = prices(product)[0][1]
    for day, price in prices(product):
        lowest = min(lowest, price)
        if price * 100 >= lowest * (100 + percent):
            return day, price
    return None
