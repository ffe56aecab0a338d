"""The NAV history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from automation.database import Connection
from automation.store.arrays import columns


def zones(connection: Connection, products: Iterable[str]) -> dict[str, str]:
    """The zone in which each product's NAV dates are meant; a product that does not exist is not in it."""
    rows = connection.execute("select id, time_zone from products where id = any(%s)", (sorted(products),))
    return dict(rows.fetchall())


def upsert(connection: Connection, rows: Sequence[tuple[str, date, Decimal, datetime]], source: str) -> int:
    """Write NAVs (product, date, NAV, known from); how many were new or corrected."""
    return connection.execute(
        """
        insert into navs (product_id, date, nav, observed_at, source)
        select t.*, %s
        from unnest(%b::text[], %b::date[], %b::numeric[], %b::timestamptz[]) t
        on conflict (product_id, date) do update
            set nav = excluded.nav, observed_at = excluded.observed_at, source = excluded.source
            where navs.nav <> excluded.nav
        """,
        (source, *columns(rows, 4)),
    ).rowcount


def wake_orders(connection: Connection, products: Iterable[str], now: datetime) -> int:
    """Let orders that wait for these products' NAVs be looked up now; how many."""
    return connection.execute(
        """
        update orders set next_look_at = %(now)s
        where status = 'Submitted' and next_look_at > %(now)s
          and (product_id = any(%(products)s) or target_product_id = any(%(products)s))
        """,
        {"now": now, "products": sorted(products)},
    ).rowcount
