"""What clients hold, as people read it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection
from automation.identity.permissions import Scope


class Held(NamedTuple):
    """What a client holds of a product, and what it is worth at the last good NAV: None where there is none.

    `suspect` says that a newer NAV is.
    """

    client: str
    product: str
    name: str
    asset_class: str
    currency: str
    units: Decimal
    cost: Decimal
    nav: Decimal | None
    nav_date: date | None
    value: Decimal | None
    suspect: bool


def listed(
    connection: Connection,
    scope: Scope,
    limit: int,
    now: datetime,
    client_id: str | None = None,
    after: tuple[str, str] | None = None,
) -> list[Held]:
    """Up to `limit` holdings within a scope, by client and product."""
    after_client, after_product = after or (None, None)
    with connection.cursor(row_factory=args_row(Held)) as cursor:
        return cursor.execute(
            """
            select h.client_id, h.product_id, p.name, p.asset_class, p.currency, h.units, h.cost, n.nav, n.date,
                   round(h.units * n.nav, 2),
                   exists (select from navs s
                           where s.product_id = p.id and s.suspect and s.observed_at <= %(now)s
                             and s.date > coalesce(n.date, '-infinity'))
            from holdings h
            join clients c on c.id = h.client_id
            join products p on p.id = h.product_id
            left join lateral (
                select nav, date from navs
                where product_id = p.id and observed_at <= %(now)s and not suspect
                order by date desc limit 1) n on true
            where h.units > 0 and (%(client_id)s::text is null or h.client_id = %(client_id)s)
              and (%(client)s::text is null or (h.client_id, h.product_id) > (%(client)s, %(product)s))
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by h.client_id, h.product_id
            limit %(limit)s
            """,
            {"client_id": client_id, "client": after_client, "product": after_product, "now": now, "limit": limit}
            | scope._asdict(),
        ).fetchall()
