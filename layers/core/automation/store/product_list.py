"""Products as people read, add and change them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from automation.database import Connection
from automation.portfolio.requests import ProductRequest


class Wanted(NamedTuple):
    """Which products: in a status, of a class, of a house, with a text in id, name or ISIN, after another one by id."""

    limit: int
    status: str | None = None
    asset_class: str | None = None
    amc: str | None = None
    text: str | None = None
    after: str | None = None


def listed(connection: Connection, wanted: Wanted, now: datetime, key: str | None = None) -> list[dict[str, Any]]:
    """Products by id, each with its newest NAV that is not suspect, and whether a newer one is; with `key` the one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select p.id, p.name, p.isin, p.amc, p.asset_class, p.category, p.currency, p.min_purchase,
                   p.purchase_multiple, p.min_redemption, p.open_for_subscription, p.exit_load_percent,
                   p.exit_load_days, p.lock_in_days, p.cut_off_time, p.time_zone, p.calendar, p.settlement_days,
                   p.status, p.status_reason, p.merged_into, p.created_at, n.nav, n.date as nav_date,
                   exists (select from navs s
                           where s.product_id = p.id and s.suspect and s.observed_at <= %(now)s
                             and s.date > coalesce(n.date, '-infinity')) as suspect
            from products p
            left join lateral (
                select nav, date from navs
                where product_id = p.id and observed_at <= %(now)s and not suspect
                order by date desc limit 1) n on true
            where (%(key)s::text is null or p.id = %(key)s)
              and (%(status)s::text is null or p.status = %(status)s)
              and (%(asset_class)s::text is null or p.asset_class = %(asset_class)s)
              and (%(amc)s::text is null or p.amc = %(amc)s)
              and (%(text)s::text is null
                   or strpos(lower(concat_ws(' ', p.id, p.name, p.isin)), lower(%(text)s)) > 0)
              and (%(after)s::text is null or p.id > %(after)s)
            order by p.id
            limit %(limit)s
            """,
            wanted._asdict() | {"key": key, "now": now},
        ).fetchall()


def insert(connection: Connection, request: ProductRequest, now: datetime) -> bool:
    """Add an Active product; False where the id is taken."""
    added = connection.execute(
        """
        insert into products (id, name, isin, amc, asset_class, currency, min_purchase, purchase_multiple,
                              min_redemption, open_for_subscription, exit_load_percent, exit_load_days, lock_in_days,
                              cut_off_time, time_zone, calendar, settlement_days, created_at)
        values (%(id)s, %(name)s, %(isin)s, %(amc)s, %(asset_class)s, %(currency)s, %(min_purchase)s,
                %(purchase_multiple)s, %(min_redemption)s, %(open_for_subscription)s, %(exit_load_percent)s,
                %(exit_load_days)s, %(lock_in_days)s, %(cut_off_time)s, %(time_zone)s, %(calendar)s,
                %(settlement_days)s, %(now)s)
        on conflict (id) do nothing
        """,
        dict(request) | {"now": now},
    )
    return added.rowcount == 1


def update(connection: Connection, request: ProductRequest) -> None:
    """Give a product other terms; its id, currency, zone and status stay."""
    connection.execute(
        """
        update products
        set name = %(name)s, isin = %(isin)s, amc = %(amc)s, asset_class = %(asset_class)s,
            min_purchase = %(min_purchase)s, purchase_multiple = %(purchase_multiple)s,
            min_redemption = %(min_redemption)s, open_for_subscription = %(open_for_subscription)s,
            exit_load_percent = %(exit_load_percent)s, exit_load_days = %(exit_load_days)s,
            lock_in_days = %(lock_in_days)s, cut_off_time = %(cut_off_time)s, calendar = %(calendar)s,
            settlement_days = %(settlement_days)s
        where id = %(id)s
        """,
        dict(request),
    )
