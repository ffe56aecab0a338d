"""Auto-invest rules: claim what is due, record what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import errors

from automation.auto_invest.rule import Rule
from automation.database import Connection
from automation.store.arrays import columns

# What a rule is read as, with what is needed of its client.
RULES: Final[LiteralString] = """
            select r.id, r.version, r.client_id, r.plan, r.product_id, r.source_product_id, r.allocations,
                   r.amount, r.frequency, r.day_of_month, r.day_of_week, r.at_time, r.roll, r.start_date,
                   r.end_date, r.trigger_type, r.trigger_config, r.goal_id, r.instalments, r.max_total_amount,
                   r.max_per_execution, r.min_balance_required, r.step_up_percent, r.step_up_amount,
                   r.step_up_every_months, r.step_up_cap, r.cash_policy, r.missed, r.failure_limit, r.enabled,
                   r.status, r.status_reason, r.paused_until, r.execution_count, r.total_invested,
                   r.consecutive_failures, r.first_occurrence, r.next_occurrence, r.next_run_at, r.attempts,
                   r.last_look ->> 'reason', c.time_zone, c.status, c.kyc_status
            from auto_invest_rules r
            join clients c on c.id = r.client_id
"""


def claim(connection: Connection, now: datetime, limit: int, only: UUID | None = None) -> list[Rule]:
    """Lock up to `limit` due rules and their clients, the longest due first; all due, or the one named.

    Rows that another worker has locked are left to it, so batches are disjoint, also by client: nobody else can
    spend the same money meanwhile. What the clients have is read after this, when they are locked. The client is
    locked first: a rule that is passed over for its client's sake stays free for the worker that has the client.
    """
    with connection.cursor(row_factory=lambda _: Rule._make) as cursor:
        return cursor.execute(
            RULES
            + """
            where r.next_run_at <= %(now)s and (%(only)s::uuid is null or r.id = %(only)s)
            order by r.next_run_at
            limit %(limit)s
            for update of c, r skip locked
            """,
            {"now": now, "limit": limit, "only": only},
        ).fetchall()


def wait(connection: Connection, now: datetime) -> bool:
    """Wait for the longest due rule and its client, and lock them; False where they stay locked, or none is due.

    For what `claim` has passed over: whoever has them is mostly done with them at once, and need not have moved the
    rule on. Two seconds are enough for that, and a process that hangs is not waited for.
    """
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '2s'")
            found = connection.execute(
                """
                select
                from auto_invest_rules r
                join clients c on c.id = r.client_id
                where r.next_run_at <= %s
                order by r.next_run_at
                limit 1
                for update of c, r
                """,
                (now,),
            )
    except errors.LockNotAvailable:
        return False
    return found.rowcount == 1


def free_cash(connection: Connection, clients: Sequence[str]) -> dict[str, Decimal]:
    """The cash of locked clients that no live purchase has claimed."""
    rows = connection.execute(
        """
        select c.id, c.cash_balance - coalesce((
                   select sum(o.amount)
                   from orders o
                   where o.client_id = c.id and o.order_type = 'Purchase'
                     and o.status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')), 0)
        from clients c
        where c.id = any(%s)
        """,
        (list(clients),),
    )
    return dict(rows.fetchall())


def skips(connection: Connection, rule_ids: Sequence[UUID]) -> dict[UUID, list[tuple[date, date]]]:
    """The date ranges, both ends included, in which the client wants these rules' occurrences skipped."""
    found: dict[UUID, list[tuple[date, date]]] = {}
    for rule_id, start, end in connection.execute(
        "select rule_id, from_date, to_date from auto_invest_skips where rule_id = any(%s)", (list(rule_ids),)
    ):
        found.setdefault(rule_id, []).append((start, end))
    return found


class NextState(NamedTuple):
    """What a rule becomes after its batch; `next_occurrence` and `next_run_at` are None at its end."""

    id: UUID
    status: str
    status_reason: str | None
    paused_until: datetime | None
    execution_count: int
    total_invested: Decimal
    consecutive_failures: int
    next_occurrence: datetime | None
    next_run_at: datetime | None
    attempts: int
    last_look: str | None


def advance(connection: Connection, rows: Sequence[NextState], now: datetime) -> None:
    """Move claimed rules on; they are locked, so nobody else has moved them meanwhile."""
    connection.execute(
        """
        update auto_invest_rules r
        set status = n.status, status_reason = n.status_reason, paused_until = n.paused_until,
            execution_count = n.execution_count, total_invested = n.total_invested,
            consecutive_failures = n.failures, next_occurrence = n.next_occurrence,
            next_run_at = n.next_run_at, attempts = n.attempts, last_look = n.last_look::jsonb,
            updated_at = %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::int[], %b::numeric[],
                    %b::int[], %b::timestamp[], %b::timestamptz[], %b::int[], %b::text[])
             as n (id, status, status_reason, paused_until, execution_count, total_invested, failures,
                   next_occurrence, next_run_at, attempts, last_look)
        where r.id = n.id
        """,
        (now, *columns(rows, 11)),
    )


def due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """The keys of up to `limit` due rules, the longest due first; none is locked."""
    rows = connection.execute(
        "select id from auto_invest_rules where next_run_at <= %s order by next_run_at limit %s", (now, limit)
    )
    return [row[0] for row in rows]


def park(connection: Connection, rule_id: UUID, now: datetime) -> None:
    """Pause a rule whose rows the database refuses; it is not claimed again until a person resumes it."""
    connection.execute(
        """
        update auto_invest_rules
        set status = 'Paused', status_reason = 'internal_error', paused_until = null, next_occurrence = null,
            next_run_at = null, last_look = null, attempts = 0, updated_at = %s
        where id = %s and next_run_at <= %s
        """,
        (now, rule_id, now),
    )


def resume_paused(connection: Connection, now: datetime) -> int:
    """Make rules Active whose pause is over, once what fell due in the pause is recorded; how many."""
    return connection.execute(
        """
        update auto_invest_rules
        set status = 'Active', status_reason = null, paused_until = null, updated_at = %(now)s
        where paused_until <= %(now)s and next_run_at > %(now)s
        """,
        {"now": now},
    ).rowcount
