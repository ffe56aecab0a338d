"""Trigger orders over twenty years of two indices and four funds, against loops over the same files: no day apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.local.simulation.outcome import Outcome
from tests.e2e.conftest import Simulate
from tests.e2e.crossings import END, FILES, PRODUCTS, START, Dated, comes_back, falls_back, prices, reaches

CONDITIONS = ["Greater Than", "Less Than", "Crosses Above", "Crosses Below", "Equals"]
# Of the first price, in percent.
LEVELS = [50, 75, 80, 90, 95, 99, 100, 101, 110, 150, 200, 500, 1000, 9000]
TRAILING = [5, 10, 15, 20]
SELLS: dict[str, Any] = {"order_type": "Redemption", "units": "all"}
BUYS: dict[str, Any] = {"order_type": "Purchase", "amount": "1000"}
INDICES = ("SENSEX", "NIFTY50")


def level(product: str, percent: int) -> Decimal:
    """So many percent of a product's first price, to four decimals."""
    return (prices(product)[0][1] * percent / 100).quantize(Decimal("0.0001"))


def triggers(product: str) -> list[dict[str, Any]]:
    """All that only tell, and one that sells everything 10 % under the highest price."""
    kind = {"trigger_type": "Price" if product in INDICES else "NAV", "product": product, "mode": "notify"}
    levels = [
        kind | BUYS | {"name": f"{name} {percent}", "trigger_condition": name,
                       "trigger_value": f"{level(product, percent):f}"}
        for name in CONDITIONS for percent in LEVELS
    ]  # fmt: skip
    stops = [kind | SELLS | {"name": f"stop {percent}", "trailing_percent": str(percent)} for percent in TRAILING]
    entries = [kind | BUYS | {"name": f"entry {percent}", "trailing_percent": str(percent)} for percent in TRAILING]
    sale = kind | SELLS | {"name": "sale", "trailing_percent": "10", "mode": "execute"}
    return [*levels, *stops, *entries, sale]


@pytest.fixture(scope="module")
def played(simulated: Simulate) -> Outcome:
    """A client for each product."""
    return simulated({
        "from": START.isoformat(),
        "to": END.isoformat(),
        "fill": "observed",
        "navs": list(FILES),
        "products": [{"code": product, "calendar": "navs"} for product in PRODUCTS],
        "clients": [
            {"code": product, "holdings": [{"product": product, "units": "1000"}], "trigger_orders": triggers(product)}
            for product in PRODUCTS
        ],
    })  # fmt: skip


def fired(played: Outcome, product: str) -> dict[str, Dated]:
    found = {each.rule: (each.on, each.observed) for each in played.clients[product].triggers}
    assert len(found) == len(played.clients[product].triggers)
    return {rule: (day, observed) for rule, (day, observed) in found.items() if observed is not None}


def told(expected: dict[str, Dated | None]) -> dict[str, Dated]:
    return {name: dated for name, dated in expected.items() if dated is not None}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_level_is_reached_on_the_day_and_at_the_price_that_the_file_says(
    played: Outcome, product: str, condition: str
) -> None:
    expected = told({f"{condition} {each}": reaches(product, condition, level(product, each)) for each in LEVELS})
    found = {rule: dated for rule, dated in fired(played, product).items() if rule.startswith(condition)}
    assert found == expected
    assert expected


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_trailing_level_ends_on_the_day_and_at_the_price_that_the_file_says(
    played: Outcome, product: str
) -> None:
    expected = told({f"stop {each}": falls_back(product, each) for each in TRAILING})
    expected |= told({f"entry {each}": comes_back(product, each) for each in TRAILING})
    found = {rule: dated for rule, dated in fired(played, product).items() if rule.startswith(("stop", "entry"))}
    assert found == expected


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_is_sold_is_sold_at_the_price_that_was_seen_on_its_day(played: Outcome, product: str) -> None:
    exit_ = falls_back(product, 10)
    assert exit_ is not None
    (order,) = played.clients[product].orders
    assert (order.on, order.kind, order.units, order.nav) == (exit_[0], "Redemption", Decimal(1000), exit_[1])
    assert played.clients[product].cash == 1000 * exit_[1]


def test_the_files_have_something_of_everything(played: Outcome) -> None:
    """Levels that are never reached, reached on the first date, and after more than ten years; and every exit."""
    found = {product: fired(played, product) for product in PRODUCTS}
    assert all("stop 20" in found[product] for product in INDICES)
    assert sum(len(each) for each in found.values()) > 200
    assert any(rule not in found[product] for product in PRODUCTS for rule in ("Less Than 50", "Equals 9000"))
    assert all(found[product]["Greater Than 99"][0] == prices(product)[0][0] for product in PRODUCTS)
    assert max(day.year for each in found.values() for day, _ in each.values()) > 2006
