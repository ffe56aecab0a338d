"""The paper gateway's own book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.orders.order import Order
from automation.store.auto_invest import columns


def accept(connection: Connection, orders: Sequence[tuple[Order, date]], now: datetime) -> None:
    """Accept orders, each for a NAV date; one that was accepted before stays as it was."""
    rows = [(*order[:8], nav_date) for order, nav_date in orders]
    connection.execute(
        """
        insert into paper_orders (client_order_id, client_id, order_type, product_id, target_product_id, amount,
                                  units, all_units, nav_date, accepted_at)
        select t.*, %s
        from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::numeric[],
                    %s::boolean[], %s::date[]) t
        on conflict (client_order_id) do nothing
        """,
        (now, *columns(rows, 9)),
    )


class Accepted(NamedTuple):
    """An accepted order with its NAVs as far as they are known.

    Where the NAV date's own has not come after three days, the next one stands in: a missing NAV is not a holiday.
    """

    order: Order
    due: date
    time_zone: str
    nav: Decimal | None
    nav_date: date | None
    target_nav: Decimal | None


def find(connection: Connection, ids: Sequence[UUID], now: datetime) -> list[Accepted]:
    """The accepted ones of these orders, in the order of their ids."""
    with connection.cursor(row_factory=args_row(_accepted)) as cursor:
        return cursor.execute(
            """
            select o.client_order_id, o.client_id, o.order_type, o.product_id, o.target_product_id, o.amount,
                   o.units, o.all_units, o.nav_date, o.nav_date, p.time_zone, n.nav, n.date, t.nav
            from paper_orders o
            join products p on p.id = o.product_id
            left join lateral (
                select nav, date from navs
                where product_id = o.product_id and observed_at <= %(now)s
                  and (date = o.nav_date or date > o.nav_date and o.nav_date + 3 <= %(now)s::date)
                order by date limit 1) n on true
            left join lateral (
                select nav from navs
                where product_id = o.target_product_id and observed_at <= %(now)s
                  and (date = o.nav_date or date > o.nav_date and o.nav_date + 3 <= %(now)s::date)
                order by date limit 1) t on true
            where o.client_order_id = any(%(ids)s)
            order by o.client_order_id
            """,
            {"now": now, "ids": list(ids)},
        ).fetchall()


def _accepted(*row: object) -> Accepted:
    return Accepted(Order._make(row[:9]), *row[9:])  # type: ignore[arg-type]
