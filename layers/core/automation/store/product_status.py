"""Whether products trade, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class Status(NamedTuple):
    """Active, Closed or Merged, who said so and why, and the product that it has been merged into."""

    status: str
    reason: str | None
    merged_into: str | None


def lock(connection: Connection, product: str) -> Status | None:
    """A product's status, which nobody else changes until the transaction ends; None for an unknown product."""
    with connection.cursor(row_factory=args_row(Status)) as cursor:
        return cursor.execute(
            "select status, status_reason, merged_into from products where id = %s for no key update", (product,)
        ).fetchone()


def concerned(connection: Connection, products: Sequence[str]) -> list[tuple[str, str, int]]:
    """Who holds products or has live rules and triggers on them: (product, client, how many of those)."""
    return connection.execute(
        """
        with live as (
            select p.id as product, r.client_id
            from unnest(%(products)s::text[]) as p (id)
            join auto_invest_rules r on r.status in ('Active', 'Paused')
              and (p.id in (r.product_id, r.source_product_id)
                   or r.allocations @> jsonb_build_array(jsonb_build_object('product', p.id)))
            union all
            select p.id, t.client_id
            from unnest(%(products)s::text[]) as p (id)
            join trigger_orders t on t.status = 'Active' and p.id in (t.product_id, t.target_product_id)
        )
        select product, client_id, sum(rules)::int
        from (select product, client_id, count(*) as rules from live group by product, client_id
              union all
              select product_id, client_id, 0 from holdings where product_id = any(%(products)s) and units > 0) found
        group by product, client_id
        order by product, client_id
        """,
        {"products": list(products)},
    ).fetchall()


def put(connection: Connection, product: str, status: Status) -> None:
    """Give a product another status."""
    connection.execute(
        "update products set status = %s, status_reason = %s, merged_into = %s where id = %s", (*status, product)
    )
