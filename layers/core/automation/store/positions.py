"""What clients hold, what it is worth, and what orders under way will add to it or take from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from psycopg.rows import args_row

from automation.database import Connection

_AHEAD: Final = timedelta(days=1)


class Held(NamedTuple):
    """A product's terms and newest NAV that is not suspect, with the units that a client has of it, zero included.

    `suspect` says that a newer NAV is.
    """

    client_id: str
    product_id: str
    asset_class: str
    amc: str
    status: str
    open: bool
    min_purchase: Decimal
    multiple: Decimal
    min_redemption: Decimal
    nav: Decimal | None
    nav_date: date | None
    suspect: bool
    calendar: str
    time_zone: str
    units: Decimal


def held(connection: Connection, clients: Sequence[str], named: Sequence[tuple[str, str]], now: datetime) -> list[Held]:
    """All that these clients hold, and the (client, product) that are named besides; by client and product."""
    with connection.cursor(row_factory=args_row(Held)) as cursor:
        return cursor.execute(
            """
            with owned as (
                select client_id, product_id, units from holdings where client_id = any(%(clients)s) and units > 0
            ), wanted as (
                select client_id, product_id, units from owned
                union all
                select n.client_id, n.product_id, 0
                from unnest(%(of)s::text[], %(named)s::text[]) as n (client_id, product_id)
                where not exists (
                    select from owned o where o.client_id = n.client_id and o.product_id = n.product_id)
            ), priced as materialized (
                select p.id, p.asset_class, p.amc, p.status, p.open_for_subscription, p.min_purchase,
                       p.purchase_multiple, p.min_redemption, n.nav, n.date, p.calendar, p.time_zone,
                       exists (select from navs s
                               where s.product_id = p.id and s.suspect and s.observed_at <= %(now)s
                                 and s.date > coalesce(n.date, '-infinity')) as suspect
                from products p
                left join lateral (
                    select nav, date from navs
                    where product_id = p.id and date <= %(until)s and observed_at <= %(now)s and not suspect
                    order by date desc limit 1) n on true
                where p.id in (select product_id from wanted)
            )
            select w.client_id, p.id, p.asset_class, p.amc, p.status, p.open_for_subscription, p.min_purchase,
                   p.purchase_multiple, p.min_redemption, p.nav, p.date, p.suspect, p.calendar, p.time_zone, w.units
            from wanted w join priced p on p.id = w.product_id
            order by w.client_id, p.id
            """,
            {
                "clients": list(clients),
                "of": [client for client, _ in named],
                "named": [product for _, product in named],
                "now": now,
                "until": (now + _AHEAD).date(),
            },
        ).fetchall()


class Live(NamedTuple):
    """An order that is not over yet; one of amount, units and all units says how much."""

    client_id: str
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    units: Decimal | None


def live(connection: Connection, clients: Sequence[str]) -> list[Live]:
    """The live orders of these clients, in the order in which they were made."""
    with connection.cursor(row_factory=args_row(Live)) as cursor:
        return cursor.execute(
            """
            select client_id, order_type, product_id, target_product_id, amount, units
            from orders
            where client_id = any(%s) and status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')
            order by id
            """,
            (list(clients),),
        ).fetchall()
