"""The paper gateway's own book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.orders.order import Fill, Order
from automation.store.arrays import columns


class Entry(NamedTuple):
    """An order with the date of the NAV that applies, and when the next one may stand in should that not come."""

    order: Order
    nav_date: date
    stands_in_from: datetime


def accept(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Accept orders; one that was accepted before stays as it was."""
    rows = [(*order[:8], nav_date, stands_in_from) for order, nav_date, stands_in_from in entries]
    connection.execute(
        """
        insert into paper_orders (client_order_id, client_id, order_type, product_id, target_product_id, amount,
                                  units, all_units, nav_date, stands_in_from, accepted_at)
        select t.*, %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::numeric[], %b::numeric[],
                    %b::boolean[], %b::date[], %b::timestamptz[]) t
        on conflict (client_order_id) do nothing
        """,
        (now, *columns(rows, 10)),
    )


class Accepted(NamedTuple):
    """An accepted order with its NAVs as far as they are known, and its fill if it was redeemed before.

    Where the NAV date's own has not come in time, the next one stands in: a missing NAV is not a holiday.
    """

    order: Order
    due: date
    time_zone: str
    nav: Decimal | None
    nav_date: date | None
    target_nav: Decimal | None
    fill: Fill | None


def find(connection: Connection, ids: Sequence[UUID], now: datetime) -> list[Accepted]:
    """The accepted ones of these orders, in the order of their ids."""
    with connection.cursor(row_factory=args_row(_accepted)) as cursor:
        return cursor.execute(
            """
            select o.client_order_id, o.client_id, o.order_type, o.product_id, o.target_product_id, o.amount,
                   o.units, o.all_units, o.nav_date, o.nav_date, p.time_zone, n.nav, n.date, t.nav,
                   o.filled_nav, o.filled_on, o.filled_units, o.filled_amount, o.exit_load, o.target_nav,
                   o.target_units
            from paper_orders o
            join products p on p.id = o.product_id
            left join lateral (
                select nav, date from navs
                where product_id = o.product_id and observed_at <= %(now)s
                  and date >= o.nav_date and (date = o.nav_date or o.stands_in_from <= %(now)s)
                order by date limit 1) n on true
            left join lateral (
                select nav from navs
                where product_id = o.target_product_id and observed_at <= %(now)s
                  and date >= o.nav_date and (date = o.nav_date or o.stands_in_from <= %(now)s)
                order by date limit 1) t on true
            where o.client_order_id = any(%(ids)s)
            order by o.client_order_id
            """,
            {"now": now, "ids": list(ids)},
        ).fetchall()


def _accepted(*row: object) -> Accepted:
    order, rest, fill = row[:9], row[9:14], row[14:]
    known = None if fill[0] is None else Fill._make(fill)
    return Accepted._make((Order._make(order), *rest, known))


def lock_redeeming(connection: Connection, ids: Sequence[UUID]) -> None:
    """Lock the clients of those of the orders that redeem, in the order of their ids."""
    connection.execute(
        """
        select from clients
        where id = any(array(
            select client_id from paper_orders where client_order_id = any(%s) and order_type <> 'Purchase'))
        order by id for update
        """,
        (list(ids),),
    )


def unbooked(connection: Connection, clients: Sequence[str]) -> dict[tuple[str, str], Decimal]:
    """By (client, product): units that were redeemed here and that the platform has not taken from its lots yet."""
    rows = connection.execute(
        """
        select o.client_id, o.product_id, sum(f.filled_units)
        from orders o
        join paper_orders f on f.client_order_id = o.id and f.filled_units > 0
        where o.client_id = any(%s) and o.order_type <> 'Purchase'
          and o.status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')
        group by o.client_id, o.product_id
        """,
        (list(clients),),
    )
    return {(client, product): units for client, product, units in rows}


def keep_fills(connection: Connection, rows: Sequence[tuple[UUID, Fill]]) -> None:
    """Keep what was redeemed for orders."""
    if not rows:
        return
    connection.execute(
        """
        update paper_orders o
        set filled_nav = t.nav, filled_on = t.nav_date, filled_units = t.units, filled_amount = t.amount,
            exit_load = t.exit_load, target_nav = t.target_nav, target_units = t.target_units
        from unnest(%b::uuid[], %b::numeric[], %b::date[], %b::numeric[], %b::numeric[], %b::numeric[],
                    %b::numeric[], %b::numeric[])
             as t (id, nav, nav_date, units, amount, exit_load, target_nav, target_units)
        where o.client_order_id = t.id
        """,
        tuple(columns([(order_id, *fill) for order_id, fill in rows], 8)),
    )
