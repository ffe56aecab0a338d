"""What a simulation's market is made of: business calendars, products and their NAVs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from automation.database import Connection
from automation.errors import InvalidInput
from automation.feeds import holidays
from automation.feeds.holidays import HolidayRow
from automation.store.reference import upsert_holidays
from infra.local.simulation import prices
from infra.local.simulation.prices import Prices
from infra.local.simulation.scenario import NAV_DATES, Product, Scenario
from infra.local.timeline import Timeline

DATA: Final = Path(__file__).resolve().parents[1] / "data"
CALENDARS: Final = DATA / "market_calendar_exceptions.csv"


def stock(line: Timeline, scenario: Scenario, known: Prices) -> None:
    """Put the scenario's market there; InvalidInput names the calendar that is not known."""
    upsert_holidays(line.connection, _exceptions(scenario, known))
    _insert_products(line.connection, [_terms(product, scenario) for product in scenario.products])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "navs.csv"
        prices.write(known, scenario.end, file)
        line.invoke("navs", file=str(file), known_at="00:00" if scenario.observed else "21:00")
    _know_from_the_start(line, scenario.start)
    _look_from_the_start(line, scenario.start)
    # Decades of prices came at once: without statistics every look sorts all of them.
    line.connection.execute("analyze navs")


def _know_from_the_start(line: Timeline, start: date) -> None:
    """NAVs dated before the start count as known at once, also where a client's day begins before the product's."""
    line.connection.execute(
        "update navs set observed_at = %(now)s where date < %(start)s and observed_at > %(now)s",
        {"now": line.clock.instant, "start": start},
    )


def _look_from_the_start(line: Timeline, start: date) -> None:
    """Triggers and portfolios look at no price of before the start: the first that they see is of their first day."""
    line.connection.execute(
        """
        update watched_prices w
        set nav = null, date = null, due_at = n.first, drift_due_at = n.first
        from (select w.product_id, min(n.observed_at) as first
              from watched_prices w
              left join navs n on n.product_id = w.product_id and n.date >= %s
              group by w.product_id) n
        where n.product_id = w.product_id
        """,
        (start,),
    )


def _exceptions(scenario: Scenario, known: Prices) -> list[HolidayRow]:
    """The exceptions to Monday to Friday of every calendar that a product names."""
    bundled = holidays.read(CALENDARS)
    names = {row.calendar for row in bundled}
    rows = []
    for number, product in enumerate(scenario.products):
        if product.calendar == NAV_DATES:
            rows += prices.calendar(_calendar(product), known[product.code].keys(), scenario.start, scenario.end)
        elif product.calendar not in names:
            raise InvalidInput(
                f"products[{number}].calendar",
                f"there is no {product.calendar!r}",
                hint=f"use one of: {NAV_DATES}, {', '.join(sorted(names))}",
            )
    wanted = {product.calendar for product in scenario.products}
    return rows + [row for row in bundled if row.calendar in wanted]


def _calendar(product: Product) -> str:
    return f"{NAV_DATES} of {product.code}" if product.calendar == NAV_DATES else product.calendar


def _terms(product: Product, scenario: Scenario) -> dict[str, Any]:
    """The product's row; settlement is immediate where an order gets the NAV of its own date."""
    terms = product.model_dump() | {"calendar": _calendar(product)}
    terms |= {"name": product.name or product.code, "amc": product.amc or product.code}
    return terms | ({"settlement_days": 0} if scenario.observed else {})


def _insert_products(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into products (id, name, amc, asset_class, currency, min_purchase, purchase_multiple,
                                  min_redemption, open_for_subscription, exit_load_percent, exit_load_days,
                                  lock_in_days, cut_off_time, time_zone, calendar, settlement_days)
            values (%(code)s, %(name)s, %(amc)s, %(asset_class)s, %(currency)s, %(min_purchase)s,
                    %(purchase_multiple)s, %(min_redemption)s, %(open_for_subscription)s, %(exit_load_percent)s,
                    %(exit_load_days)s, %(lock_in_days)s, %(cut_off_time)s, %(time_zone)s, %(calendar)s,
                    %(settlement_days)s)
            """,
            rows,
        )
