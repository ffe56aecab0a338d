"""A million and more triggers at rest, filled by set-based SQL, and evenings on which some prices have moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, LiteralString

from automation.database import Connection
from automation.migrations.apply import migrate
from tests.benchmarks.filling import _PRODUCTS, ROOT, ZONE

PRODUCTS: Final = 5_000
CLIENTS: Final = 300_000
FIRST: Final = date(2026, 7, 6)
_AT_ONCE: Final = 250_000


def fill(connection: Connection, triggers: int) -> None:
    """Migrate an empty database and fill it: levels lie up to a half above and below the price of 100 of each product.

    Of the conditions a quarter each is Less Than and Greater Than, the rest crossings, levels that trail and Equals.
    """
    migrate(connection, ROOT / "infra" / "migrations")
    connection.execute(_PRODUCTS, {"products": PRODUCTS})
    connection.execute(_CLIENTS, {"clients": CLIENTS})
    connection.execute(_PRICES, {"day": FIRST, "known": evening(0)})
    for start in range(0, triggers, _AT_ONCE):
        end = min(start + _AT_ONCE, triggers) - 1
        connection.execute(_TRIGGERS, {"start": start, "end": end, "clients": CLIENTS, "products": PRODUCTS})
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")


def evening(number: int) -> datetime:
    """The instant at which the prices of a day (0 is the first) have arrived."""
    return datetime.combine(FIRST + timedelta(days=number), time(21), ZONE).astimezone(UTC)


def move(connection: Connection, number: int, products: int, percent: str) -> None:
    """A day on which the prices of so many products, spread over all, are another by a percent; they are to be seen."""
    connection.execute(
        _MOVE,
        {
            "day": FIRST + timedelta(days=number),
            "known": evening(number),
            "step": PRODUCTS // products,
            "percent": percent,
        },
    )


_CLIENTS: Final[LiteralString] = """
    insert into clients (id, name, cash_balance, kyc_status)
    select 'C' || lpad(i::text, 7, '0'), 'Client ' || i, 100000000, 'Verified'
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

# Products and levels mixed; every level is where the present price has not reached it.
_TRIGGERS: Final[LiteralString] = """
    insert into trigger_orders (
        id, client_id, name, trigger_type, trigger_condition, trigger_value, trailing_percent, best_value, order_type,
        product_id, amount, valid_from, fires_above, fires_below, last_look, created_by, created_at, updated_at)
    select (lpad(to_hex(1577836800000 + i * 1000), 12, '0') || '7' || substr(m, 1, 3) || '8' || substr(m, 4, 15))::uuid,
           'C' || lpad((abs(hashint8(i) / 2) %% %(clients)s)::text, 7, '0'), 'Trigger ' || i, 'NAV', condition,
           case when condition is not null then level end, case when condition is null then far end,
           case when condition is null then 100 end, 'Purchase',
           'P' || lpad((abs(hashint8(-i - 1) / 2) %% %(products)s)::text, 5, '0'), 1000 + i %% 40 * 250,
           timestamptz '2026-07-01', case when condition is null then 100 + far
                                          when condition = 'Equals' and above then level - 0.00005
                                          when above then level end,
           case when condition = 'Equals' and not above then level + 0.00005 when not above then level end,
           '{"at":"2026-07-06T15:35:00+00:00","reason":"condition_not_met","seen":[["100.0000","2026-07-06"]]}',
           'fill', to_timestamp(1577836800 + i), to_timestamp(1577836800 + i)
    from generate_series(%(start)s::bigint, %(end)s) i
    cross join lateral (
        select md5(i::text) as m, (1 + abs(hashint8(i * 7) / 2) %% 490000)::numeric / 10000 as far,
               (array['Less Than', 'Greater Than', 'Less Than', 'Greater Than', 'Crosses Below', 'Crosses Above',
                      'Equals', 'Equals'])[1 + i %% 8] as condition, i %% 2 = 1 as above) a
    cross join lateral (select case when above or condition is null then 100 + far else 100 - far end as level) b
"""

_MOVE: Final[LiteralString] = """
    with moved as (
        insert into navs (product_id, date, nav, observed_at, source)
        select product_id, %(day)s, round(nav * (100 + %(percent)s::numeric) / 100, 4), %(known)s, 'fill'
        from watched_prices
        where substr(product_id, 2)::int %% %(step)s = 0
        returning product_id
    )
    update watched_prices w set due_at = %(known)s from moved m where w.product_id = m.product_id
"""
