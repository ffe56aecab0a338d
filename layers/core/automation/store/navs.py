"""The NAV history, its corrections, and who is woken by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection
from automation.store.arrays import columns

Row = tuple[str, date, Decimal, datetime]
Key = tuple[str, date]


class Written(NamedTuple):
    """A NAV that is new, or that replaced another: `corrected`."""

    product_id: str
    date: date
    corrected: bool

    @property
    def key(self) -> Key:
        return self.product_id, self.date


def zones(connection: Connection, products: Iterable[str]) -> dict[str, str]:
    """The zone in which each product's NAV dates are meant; a product that does not exist is not in it."""
    rows = connection.execute("select id, time_zone from products where id = any(%s)", (sorted(products),))
    return dict(rows.fetchall())


def alone(connection: Connection) -> None:
    """Wait until no other transaction writes NAVs, and keep others out until this one ends.

    What a NAV was before, and which NAV is the last good one, must not change between two statements.
    """
    connection.execute("select pg_advisory_xact_lock(hashtext('automation.navs'))")


def write(connection: Connection, rows: Sequence[Row], source: str, now: datetime) -> list[Written]:
    """Write NAVs (product, date, NAV, known from); those that were new or corrected.

    The old value of a corrected NAV is kept under its next version. What is written is not suspect until it is
    found to be.
    """
    with connection.cursor(row_factory=args_row(Written)) as cursor:
        return cursor.execute(
            """
            with given as (
                select * from unnest(%b::text[], %b::date[], %b::numeric[], %b::timestamptz[])
                    as t (product_id, date, nav, observed_at)
            ), replaced as (
                insert into nav_corrections (product_id, date, version, nav, observed_at, source, corrected_at)
                select n.product_id, n.date,
                       1 + (select count(*) from nav_corrections c
                            where c.product_id = n.product_id and c.date = n.date),
                       n.nav, n.observed_at, n.source, %s
                from given g
                join navs n on n.product_id = g.product_id and n.date = g.date
                where n.nav <> g.nav
                returning product_id, date
            ), written as (
                insert into navs (product_id, date, nav, observed_at, source)
                select g.*, %s from given g
                on conflict (product_id, date) do update
                    set nav = excluded.nav, observed_at = excluded.observed_at, source = excluded.source,
                        suspect = false, confirmed_by = null
                    where navs.nav <> excluded.nav
                returning product_id, date
            )
            select w.product_id, w.date, r.date is not null
            from written w left join replaced r on r.product_id = w.product_id and r.date = w.date
            """,
            (*columns(rows, 4), now, source),
        ).fetchall()


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


def wake_triggers(connection: Connection, keys: Sequence[Key]) -> None:
    """Let triggers and drift look at these NAVs, from when they are known on, where none newer was looked at before."""
    connection.execute(
        """
        insert into watched_prices as w (product_id, due_at, drift_due_at, ahead)
        select n.product_id, min(n.observed_at), min(n.observed_at), max(n.observed_at)
        from unnest(%b::text[], %b::date[]) as k (product_id, date)
        join navs n on n.product_id = k.product_id and n.date = k.date
        left join watched_prices seen on seen.product_id = k.product_id
        where not n.suspect and (seen.date is null or n.date >= seen.date)
        group by n.product_id
        on conflict (product_id) do update
            set due_at = least(w.due_at, excluded.due_at), drift_due_at = least(w.drift_due_at, excluded.due_at),
                ahead = greatest(w.ahead, excluded.ahead)
        """,
        tuple(columns(keys, 2)),
    )


def wake_triggers_now(connection: Connection, products: Iterable[str], now: datetime) -> None:
    """Let trigger orders and rebalancing look at these products now: NAVs that were suspect are good."""
    connection.execute(
        """
        insert into watched_prices as w (product_id, due_at, drift_due_at)
        select product, %(now)s, %(now)s from unnest(%(products)s::text[]) product
        on conflict (product_id) do update
            set due_at = least(w.due_at, excluded.due_at), drift_due_at = least(w.drift_due_at, excluded.due_at)
        """,
        {"products": sorted(products), "now": now},
    )
