"""Products and their NAVs, as known at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from psycopg.rows import args_row

from automation.database import Connection
from automation.portfolio.product import Product


def zones(connection: Connection) -> list[str]:
    """Every zone that a product is in."""
    return [row[0] for row in connection.execute("select distinct time_zone from products")]


def load(connection: Connection, ids: Iterable[str], now: datetime) -> dict[str, Product]:
    """Products by id, each with the last NAV that was known at `now`."""
    with connection.cursor(row_factory=args_row(Product)) as cursor:
        rows = cursor.execute(
            """
            select p.id, p.status, p.open_for_subscription, p.min_purchase, p.purchase_multiple,
                   p.min_redemption, p.cut_off_time, p.time_zone, p.calendar, n.nav, n.date
            from products p
            left join lateral (
                select nav, date from navs
                where product_id = p.id and observed_at <= %s
                order by date desc limit 1) n on true
            where p.id = any(%s)
            """,
            (now, list(ids)),
        )
        return {product.id: product for product in rows}
