"""Goals as people make, change and read them, and what they have come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import dict_row

from automation.database import Connection
from automation.identity.permissions import Scope
from automation.portfolio.requests import GoalRequest, ShareRequest
from automation.store.arrays import columns


def insert(connection: Connection, goal_id: str, request: GoalRequest, now: datetime) -> None:
    """Add a goal; where it is there already it stays as it is."""
    connection.execute(
        """
        insert into goals (id, client_id, name, target_amount, target_date, created_at)
        values (%(id)s, %(client)s, %(name)s, %(target_amount)s, %(target_date)s, %(now)s)
        on conflict (id) do nothing
        """,
        dict(request) | {"id": goal_id, "now": now, "products": None},
    )


def update(connection: Connection, goal_id: str, request: GoalRequest) -> None:
    """Give a goal other terms; it stays its client's."""
    connection.execute(
        """
        update goals set name = %(name)s, target_amount = %(target_amount)s, target_date = %(target_date)s
        where id = %(id)s
        """,
        dict(request) | {"id": goal_id, "products": None},
    )


def put_products(connection: Connection, goal_id: str, shares: Sequence[ShareRequest]) -> None:
    """What counts toward a goal is this, and nothing else."""
    rows = [(each.product, each.share_percent) for each in shares]
    connection.execute(
        "delete from goal_products where goal_id = %s and not product_id = any(%s)",
        (goal_id, [product for product, _ in rows]),
    )
    connection.execute(
        """
        insert into goal_products (goal_id, product_id, share_percent)
        select %b, product_id, share_percent from unnest(%b::text[], %b::numeric[]) as t (product_id, share_percent)
        on conflict (goal_id, product_id) do update set share_percent = excluded.share_percent
        """,
        (goal_id, *columns(rows, 2)),
    )


def delete(connection: Connection, goal_id: str) -> None:
    """Remove a goal, and what counts toward it."""
    connection.execute("delete from goals where id = %s", (goal_id,))


class Using(NamedTuple):
    """A rule that refers to a goal; `kind` is auto_invest or trigger."""

    kind: str
    id: UUID
    status: str


def using(connection: Connection, goal_id: str) -> Using | None:
    """A rule of any status that names the goal: live ones first, and of triggers also those whose tree does."""
    row = connection.execute(
        """
        select kind, id, status from (
            select 'auto_invest' as kind, id, status, status in ('Active', 'Paused') as live
            from auto_invest_rules r
            where r.client_id = (select client_id from goals where id = %(goal)s) and r.goal_id = %(goal)s
            union all
            select 'trigger', id, status, status = 'Active'
            from trigger_orders t
            where t.client_id = (select client_id from goals where id = %(goal)s)
              and (t.goal_id = %(goal)s or (t.status = 'Active' and jsonb_path_exists(
                  t.condition_tree, '$.** ? (@.goal == $goal)', jsonb_build_object('goal', %(goal)s::text))))) found
        order by live desc, id
        limit 1
        """,
        {"goal": goal_id},
    ).fetchone()
    return Using(*row) if row else None


def lock(connection: Connection, goal_id: str) -> None:
    """Let nobody else change or name a goal meanwhile."""
    connection.execute("select from goals where id = %s for update", (goal_id,))


_LISTED: Final = """
    with wanted as (
        select g.id, g.client_id as client, g.name, g.target_amount, g.target_date, g.created_at
        from goals g
        join clients c on c.id = g.client_id
        where (%(key)s::text is null or g.id = %(key)s)
          and (%(client_id)s::text is null or g.client_id = %(client_id)s)
          and (%(after)s::text is null or g.id > %(after)s)
          and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
        order by g.id
        limit %(limit)s
    ), counted as (
        select gp.goal_id,
               json_agg(json_build_object('product', gp.product_id, 'share_percent', gp.share_percent::text)
                        order by gp.product_id) as products,
               bool_and(h.units is null or n.nav is not null) as known,
               coalesce(sum(h.units * n.nav * gp.share_percent / 100), 0) as value,
               min(n.date) filter (where h.units > 0) as as_of
        from wanted w
        join goal_products gp on gp.goal_id = w.id
        left join holdings h
            on h.client_id = w.client and h.product_id = gp.product_id and h.units > 0
        left join lateral (
            select nav, date from navs
            where product_id = gp.product_id and observed_at <= %(now)s and not suspect
            order by date desc limit 1) n on true
        group by gp.goal_id
    )
    select w.*, coalesce(k.products, '[]') as products, k.as_of,
           case when coalesce(k.known, true) then round(coalesce(k.value, 0), 2) end as value
    from wanted w left join counted k on k.goal_id = w.id
    order by w.id
"""


def listed(
    connection: Connection,
    scope: Scope,
    limit: int,
    now: datetime,
    client_id: str | None = None,
    after: str | None = None,
    key: str | None = None,
) -> list[dict[str, Any]]:
    """Up to `limit` goals within a scope by id, each with what counts, its worth now, and the oldest NAV in it.

    A goal of which something that is held has no NAV has no `value`. With `key` the one.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            _LISTED,
            {"key": key, "client_id": client_id, "after": after, "limit": limit, "now": now} | scope._asdict(),
        ).fetchall()
