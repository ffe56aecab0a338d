"""What the status is made of: small, bounded reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation import identifiers
from automation.database import Connection
from automation.status.facts import Due, Item, LastRun, OrderCount


def last_runs(connection: Connection, jobs: Sequence[str]) -> dict[str, LastRun]:
    """The latest run of each job that ever ran."""
    with connection.cursor(row_factory=args_row(LastRun)) as cursor:
        rows = cursor.execute(
            """
            select r.job, r.id, r.started_by, r.started_at, r.finished_at, r.status, r.counts, r.work_left, r.error
            from unnest(%s::text[]) as wanted (job)
            cross join lateral (
                select * from automation_runs
                where job = wanted.job
                order by started_at desc limit 1) r
            """,
            (list(jobs),),
        )
        return {run.job: run for run in rows}


def unended_runs(connection: Connection, jobs: Sequence[str], since: datetime, until: datetime) -> dict[str, int]:
    """How many runs of each job that began between two instants are not over; jobs without any are left out."""
    return dict(
        connection.execute(
            """
            select job, count(*)
            from automation_runs
            where job = any(%s) and started_at >= %s and started_at < %s and status = 'Running'
            group by job
            """,
            (list(jobs), since, until),
        ).fetchall()
    )


def rules_by_status(connection: Connection, limit: int) -> dict[str, int]:
    """How many auto-invest rules are in each status, each counted up to a limit; statuses without any are left out."""
    return dict(
        connection.execute(
            """
            select status, rules
            from (select 'Active' as status, (
                      select count(*)
                      from (select from auto_invest_rules
                            where status = 'Active' and next_run_at is not null limit %(limit)s) few) as rules
                  union all
                  select other, (
                      select count(*)
                      from (select from auto_invest_rules
                            where status = other and status <> 'Active' limit %(limit)s) few)
                  from unnest(array['Paused', 'Cancelled', 'Completed']) other) counted
            where rules > 0
            order by status
            """,
            {"limit": limit},
        ).fetchall()
    )


def due_rules(connection: Connection, until: datetime, limit: int) -> Due:
    """The rules that are due at an instant, counted up to a limit."""
    row = connection.execute(
        """
        select count(*), min(next_run_at)
        from (select next_run_at from auto_invest_rules where next_run_at <= %s order by next_run_at limit %s) due
        """,
        (until, limit),
    ).fetchone()
    return Due(*row) if row else Due(0, None)


def live_orders(connection: Connection) -> list[OrderCount]:
    """Orders that are not over yet by state, found through the partial indexes that hold only those."""
    with connection.cursor(row_factory=args_row(OrderCount)) as cursor:
        return cursor.execute(
            """
            select status, count(*), min(created_at)
            from orders
            where status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')
            group by status
            union all
            select status, count(*), min(created_at) from orders where status = 'Executed' group by status
            order by status
            """
        ).fetchall()


def ended_orders(connection: Connection, since: datetime) -> dict[str, int]:
    """Orders made since an instant that are over, by state."""
    return dict(
        connection.execute(
            """
            select status, count(*)
            from orders
            where created_at >= %s and status in ('Settled', 'Failed', 'Cancelled', 'Reversed')
            group by status
            order by status
            """,
            (since,),
        ).fetchall()
    )


def executions(connection: Connection, since: datetime) -> dict[tuple[str, str | None], int]:
    """Executions since an instant, also of older occurrences, by (status, reason)."""
    rows = connection.execute(
        """
        select status, reason, count(*)
        from automation_execution_logs
        where executed_at >= %s
        group by status, reason
        order by status, count(*) desc, reason
        """,
        (since,),
    )
    return {(status, reason): count for status, reason, count in rows}


class Newest(NamedTuple):
    """The newest NAV date of the products of one calendar and zone."""

    calendar: str
    time_zone: str
    date: date


def newest_navs(connection: Connection, now: datetime) -> list[Newest]:
    """By calendar and zone, of the NAVs that were known at an instant; one look at the index a product."""
    with connection.cursor(row_factory=args_row(Newest)) as cursor:
        return cursor.execute(
            """
            select p.calendar, p.time_zone, max(n.date)
            from products p
            cross join lateral (
                select date from navs
                where product_id = p.id and observed_at <= %s
                order by date desc limit 1) n
            group by p.calendar, p.time_zone
            """,
            (now,),
        ).fetchall()


def suspects(connection: Connection) -> int:
    """How many NAVs are suspect and hold their product's price back: no good one has followed them."""
    row = connection.execute(
        """
        select count(*) from navs s
        where s.suspect and not exists (
            select from navs where product_id = s.product_id and date > s.date and not suspect)
        """
    ).fetchone()
    return row[0] if row else 0


def suspect_navs(connection: Connection, limit: int) -> list[Item]:
    """The NAVs that hold their product's price back, the newest first."""
    with connection.cursor(row_factory=args_row(_suspect_nav)) as cursor:
        return cursor.execute(
            """
            select s.product_id, s.date, s.nav, s.observed_at, good.nav
            from navs s
            cross join lateral (
                select nav from navs
                where product_id = s.product_id and date < s.date and not suspect
                order by date desc limit 1) good
            where s.suspect and not exists (
                select from navs where product_id = s.product_id and date > s.date and not suspect)
            order by s.date desc, s.product_id
            limit %s
            """,
            (limit,),
        ).fetchall()


def _suspect_nav(product: str, day: date, nav: Decimal, since: datetime, good: Decimal) -> Item:
    return Item("nav", product, "", f"NAV {nav} of {day} is suspect: the last good one is {good}", since)


def rules_paused_by_failures(connection: Connection, limit: int) -> list[Item]:
    """Rules that the engine has paused, the latest first."""
    with connection.cursor(row_factory=args_row(_paused_rule)) as cursor:
        return cursor.execute(
            """
            select id, client_id, name, status_reason, updated_at
            from auto_invest_rules
            where status = 'Paused' and status_reason in ('repeated_failures', 'internal_error')
            order by updated_at desc
            limit %s
            """,
            (limit,),
        ).fetchall()


def _paused_rule(key: UUID, client: str, name: str, reason: str, since: datetime) -> Item:
    return Item("rule", identifiers.show(identifiers.AUTO_INVEST, key), client, f"{name}: paused, {reason}", since)


def stuck_orders(connection: Connection, limit: int) -> list[Item]:
    """Orders whose outcome is not known or that need a person, the oldest first."""
    with connection.cursor(row_factory=args_row(_stuck_order)) as cursor:
        return cursor.execute(
            """
            select id, client_id, status, order_type, product_id, reason, created_at
            from orders
            where status in ('Unknown', 'Held')
            order by id
            limit %s
            """,
            (limit,),
        ).fetchall()


def _stuck_order(
    key: UUID, client: str, status: str, kind: str, product: str, reason: str | None, since: datetime
) -> Item:
    text = f"{kind} of {product} is {status}" + (f": {reason}" if reason else "")
    return Item("order", identifiers.show(identifiers.ORDER, key), client, text, since)


def failed_executions(connection: Connection, since: datetime, limit: int) -> list[Item]:
    """Executions since an instant that failed, also of older occurrences, the latest first."""
    with connection.cursor(row_factory=args_row(_failed_execution)) as cursor:
        return cursor.execute(
            """
            select id, client_id, reason, occurrence, executed_at
            from automation_execution_logs
            where executed_at >= %s and status = 'Failed'
            order by executed_at desc, id desc
            limit %s
            """,
            (since, limit),
        ).fetchall()


def _failed_execution(key: UUID, client: str, reason: str, occurrence: datetime, at: datetime) -> Item:
    text = f"occurrence {occurrence:%Y-%m-%d %H:%M} failed: {reason}"
    return Item("execution", identifiers.show(identifiers.EXECUTION, key), client, text, at)
