"""A hundred thousand clients with ten holdings each and a rule with targets, filled by set-based SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, LiteralString

from automation.database import Connection
from automation.migrations.apply import migrate
from tests.benchmarks.filling import _PRODUCTS, ROOT, ZONE

PRODUCTS: Final = 2_000
HOLDINGS: Final = 10
FIRST: Final = date(2026, 7, 6)


def fill(connection: Connection, clients: int) -> None:
    """Migrate an empty database and fill it: five asset classes, targets of 20 % each, drifts far below 25 points."""
    migrate(connection, ROOT / "infra" / "migrations")
    connection.execute(_PRODUCTS, {"products": PRODUCTS})
    connection.execute(_CLIENTS, {"clients": clients})
    connection.execute(_PRICES, {"day": FIRST, "known": evening(0)})
    connection.execute(_HOLDINGS, {"clients": clients, "holdings": HOLDINGS, "products": PRODUCTS, "day": FIRST})
    connection.execute(_LOTS, {"day": FIRST})
    connection.execute(_RULES, {"clients": clients, "day": FIRST})
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")


def evening(number: int) -> datetime:
    """The instant at which the prices of a day (0 is the first) have arrived."""
    return datetime.combine(FIRST + timedelta(days=number), time(21), ZONE).astimezone(UTC)


def move(connection: Connection, number: int, products: int) -> None:
    """A day on which the prices of so many products, spread over all, move a little."""
    known = evening(number)
    connection.execute(
        _MOVE, {"day": FIRST + timedelta(days=number), "known": known, "step": PRODUCTS // products, "up": number % 2}
    )


_CLIENTS: Final[LiteralString] = """
    insert into clients (id, name, cash_balance, kyc_status)
    select 'C' || lpad(i::text, 7, '0'), 'Client ' || i, 100000, 'Verified'
    from generate_series(0, %(clients)s - 1) i
"""

_PRICES: Final[LiteralString] = """
    with priced as (
        insert into navs (product_id, date, nav, observed_at, source)
        select id, %(day)s, 100, %(known)s, 'fill' from products
        returning product_id, date, nav
    )
    insert into watched_prices (product_id, nav, date) select product_id, nav, date from priced
"""

# Ten products of a client, two of each class; their worth varies by a half.
_HOLDINGS: Final[LiteralString] = """
    insert into holdings (client_id, product_id, units, cost)
    select 'C' || lpad(c::text, 7, '0'),
           'P' || lpad(((abs(hashint4(c)) %% %(products)s / 10 * 10 + n * 37 * 10 + n) %% %(products)s)::text, 5, '0'),
           100 + (c * 7 + n * 13) %% 50, 10000
    from generate_series(0, %(clients)s - 1) c
    cross join generate_series(0, %(holdings)s - 1) n
    on conflict do nothing
"""

_LOTS: Final[LiteralString] = """
    insert into lots (id, client_id, product_id, acquired_on, units, units_left, nav, cost)
    select gen_random_uuid(), client_id, product_id, %(day)s::date - 400, units, units, 100, cost from holdings
"""

_RULES: Final[LiteralString] = """
    insert into rebalancing_rules (id, client_id, name, strategy, target_by, target_allocation, threshold_percent,
                                   start_date, execute_automatically, require_confirmation, created_at, updated_at)
    select gen_random_uuid(), 'C' || lpad(i::text, 7, '0'), 'Targets', 'Threshold-Based', 'asset_class',
           '{"equity": "20", "debt": "20", "hybrid": "20", "gold": "20", "liquid": "20"}', 25, %(day)s, true, false,
           %(day)s, %(day)s
    from generate_series(0, %(clients)s - 1) i
"""

_MOVE: Final[LiteralString] = """
    with moved as (
        insert into navs (product_id, date, nav, observed_at, source)
        select product_id, %(day)s, 100 + %(up)s, %(known)s, 'fill'
        from watched_prices
        where substr(product_id, 2)::int %% %(step)s = 0
        returning product_id
    )
    update watched_prices w set drift_due_at = %(known)s from moved m where w.product_id = m.product_id
"""
