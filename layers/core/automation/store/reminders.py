"""What comes up: instalments, proposals that wait, goals that may have reached a milestone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.auto_invest.rule import Rule
from automation.database import Connection
from automation.store.arrays import columns
from automation.store.auto_invest import RULES


def claim(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Rule]:
    """Lock up to `limit` rules whose next instalment runs by an instant, and was neither announced nor is skipped."""
    with connection.cursor(row_factory=lambda _: Rule._make) as cursor:
        return cursor.execute(
            RULES
            + """
            where r.next_run_at > %(now)s and r.next_run_at <= %(until)s and r.status = 'Active' and r.enabled
              and r.trigger_type = 'Date' and r.frequency <> 'Daily'
              and r.reminded_for is distinct from r.next_occurrence
              and not exists (select from auto_invest_skips s
                              where s.rule_id = r.id and r.next_occurrence::date between s.from_date and s.to_date)
            order by r.next_run_at
            limit %(limit)s
            for update of r skip locked
            """,
            {"now": now, "until": until, "limit": limit},
        ).fetchall()


def running(connection: Connection, clients: Sequence[str], now: datetime, until: datetime) -> list[Rule]:
    """The rules of clients that run on their dates by an instant, in the order in which they do."""
    with connection.cursor(row_factory=lambda _: Rule._make) as cursor:
        return cursor.execute(
            RULES
            + """
            where r.client_id = any(%(clients)s) and r.next_run_at > %(now)s and r.next_run_at <= %(until)s
              and r.status = 'Active' and r.enabled and r.trigger_type = 'Date'
              and not exists (select from auto_invest_skips s
                              where s.rule_id = r.id and r.next_occurrence::date between s.from_date and s.to_date)
            order by r.next_run_at, r.id
            """,
            {"clients": list(clients), "now": now, "until": until},
        ).fetchall()


def mark(connection: Connection, rows: Sequence[tuple[UUID, datetime]]) -> None:
    """The instalments (rule, occurrence) have been announced."""
    connection.execute(
        """
        update auto_invest_rules r set reminded_for = t.occurrence
        from unnest(%b::uuid[], %b::timestamp[]) as t (id, occurrence)
        where r.id = t.id
        """,
        tuple(columns(rows, 2)),
    )


def chase(connection: Connection, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Up to `limit` proposals (execution, client) half of whose time has passed unconfirmed; each is told once."""
    return connection.execute(
        """
        update rebalancing_executions set chased = true
        where id = any(array(
            select id from rebalancing_executions
            where status = 'Pending' and not chased and expires_at > %(now)s
              and created_at + (expires_at - created_at) / 2 <= %(now)s
            limit %(limit)s
            for update skip locked))
        returning id, client_id
        """,
        {"now": now, "limit": limit},
    ).fetchall()


class GoalProgress(NamedTuple):
    """A goal with what counts toward it; None where a NAV of that is unknown. `first` before any look."""

    id: str
    client_id: str
    created_at: datetime
    progress: Decimal | None
    value: Decimal | None
    first: bool


def look_at_goals(connection: Connection, now: datetime, before: datetime, limit: int) -> list[GoalProgress]:
    """Up to `limit` goals that nobody has looked at since an instant, by NAVs that are believed; they are looked at."""
    with connection.cursor(row_factory=args_row(GoalProgress)) as cursor:
        return cursor.execute(
            """
            with due as materialized (
                select goal_id from goal_looks
                where looked_at <= %(before)s
                order by looked_at
                limit %(limit)s
                for update skip locked
            ), chosen as materialized (
                select goal_id as id, false as first from due
                union all
                (select g.id, true from goals g
                 where not exists (select from goal_looks l where l.goal_id = g.id)
                 limit %(limit)s)
                limit %(limit)s
            ), looked as (
                insert into goal_looks as l (goal_id, looked_at)
                select id, %(now)s from chosen
                on conflict (goal_id) do update set looked_at = excluded.looked_at
            )
            select g.id, g.client_id, g.created_at, round(v.value / g.target_amount * 100, 4), round(v.value, 2),
                   chosen.first
            from chosen
            join goals g on g.id = chosen.id
            cross join lateral (
                select case when bool_and(h.units is null or n.nav is not null)
                            then coalesce(sum(h.units * n.nav * gp.share_percent / 100), 0) end as value
                from goal_products gp
                left join holdings h on h.client_id = g.client_id and h.product_id = gp.product_id and h.units > 0
                left join lateral (
                    select nav from navs
                    where product_id = gp.product_id and observed_at <= %(now)s and not suspect
                    order by date desc limit 1) n on true
                where gp.goal_id = g.id) v
            """,
            {"now": now, "before": before, "limit": limit},
        ).fetchall()


def reach(connection: Connection, rows: Sequence[tuple[str, int]], now: datetime) -> set[tuple[str, int]]:
    """Write milestones (goal, percent) down; those that were not reached before."""
    if not rows:
        return set()
    found = connection.execute(
        """
        insert into goal_milestones (goal_id, percent, reached_at)
        select goal_id, percent, %b from unnest(%b::text[], %b::smallint[]) as t (goal_id, percent)
        on conflict do nothing
        returning goal_id, percent
        """,
        (now, *columns(rows, 2)),
    )
    return {(goal, percent) for goal, percent in found}
