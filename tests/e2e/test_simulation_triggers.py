"""Trigger orders over twenty years of two indices and four funds, against loops over the same files: no day apart."""

from __future__ import annotations

from datetime import date
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


FUND, INDEX = "HDFC_EQUITY", "SENSEX"
UNITS = 1000


def leaf(product: str, percent: int, condition: str = "Greater Than") -> dict[str, Any]:
    return {"trigger_type": "NAV", "product": product, "trigger_condition": condition,
            "trigger_value": f"{level(product, percent):f}"}  # fmt: skip


def on(day: str) -> dict[str, Any]:
    return {"trigger_type": "Date", "trigger_at": day}


def mixed() -> list[dict[str, Any]]:
    """Worth, dates, trees over two products, and a pair, of a client who holds a fund."""
    told: dict[str, Any] = BUYS | {"product": FUND, "mode": "notify"}
    tree = told | {"trigger_type": "Custom"}
    worth = {"trigger_type": "Portfolio Value", "trigger_condition": "Crosses Above", "trigger_value": "20000"}
    pair = told | SELLS | {"oco_group": "exit"}
    del pair["amount"]
    return [
        told | worth | {"name": "worth"},
        told | on("2001-06-01") | {"name": "date"},
        tree | {"name": "both", "condition_tree": {"all": [leaf(FUND, 500), leaf(INDEX, 200)]}},
        tree | {"name": "either", "condition_tree": {"any": [leaf(FUND, 500), leaf(INDEX, 200)]}},
        tree | {"name": "late", "condition_tree": {"all": [on("2010-01-04"), {"not": leaf(FUND, 3000)}]}},
        tree | {"name": "not yet", "condition_tree": {"all": [{"not": on("1996-06-01")}, leaf(INDEX, 120)]}},
        pair | leaf(FUND, 80, "Less Than") | {"name": "loss"},
        pair | leaf(FUND, 150) | {"name": "gain"},
    ]


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
        ] + [{"code": "MIXED", "holdings": [{"product": FUND, "units": str(UNITS)}], "trigger_orders": mixed()}],
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


def days(*products: str) -> list[date]:
    """The dates on which one of the products has a price."""
    return sorted({day for product in products for day, _ in prices(product)})


def last(product: str, day: date) -> Decimal | None:
    """A product's last price on or before a day."""
    return next((price for on_day, price in reversed(prices(product)) if on_day <= day), None)


def above(product: str, percent: int, day: date) -> bool:
    price = last(product, day)
    return price is not None and price > level(product, percent)


def test_worth_dates_trees_and_pairs_fire_on_the_days_that_the_files_say(played: Outcome) -> None:
    found = {each.rule: each.on for each in played.clients["MIXED"].triggers}
    every = days(*PRODUCTS)
    both = days(FUND, INDEX)
    value = reaches(FUND, "Crosses Above", Decimal(20_000) / UNITS)
    loss, gain = reaches(FUND, "Less Than", level(FUND, 80)), reaches(FUND, "Greater Than", level(FUND, 150))
    assert value is not None
    assert loss is not None
    assert gain is not None
    expected = {
        "worth": value[0],
        "date": next(day for day in every if day >= date(2001, 6, 1)),
        "both": next(day for day in both if above(FUND, 500, day) and above(INDEX, 200, day)),
        "either": next(day for day in both if above(FUND, 500, day) or above(INDEX, 200, day)),
        "late": next(day for day in every if day >= date(2010, 1, 4) and not above(FUND, 3000, day)),
    }
    expected |= {"loss": loss[0]} if loss[0] <= gain[0] else {"gain": gain[0]}
    soon = next((day for day in days(INDEX) if day < date(1996, 6, 1) and above(INDEX, 120, day)), None)
    assert found == expected | ({"not yet": soon} if soon else {})
