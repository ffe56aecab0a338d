"""Rebalancing rules: which are to be looked at, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from automation.database import Connection
from automation.rebalancing.rule import Rule
from automation.store.arrays import columns


def due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """The keys of up to `limit` rules that are due by their calendar or have drifted.

    They and their clients are locked: what others have locked is theirs, and the next ones are found instead.
    """
    rows = connection.execute(
        """
        with scheduled as (
            select r.id from rebalancing_rules r join clients c on c.id = r.client_id
            where r.next_run_at <= %(now)s
            order by r.next_run_at limit %(limit)s
            for update of c, r skip locked
        ), drifted as (
            select r.id
            from rebalancing_looks l
            join rebalancing_rules r on r.id = l.rule_id
            join clients c on c.id = r.client_id
            where l.look_at <= %(now)s
            order by l.look_at limit %(limit)s
            for update of c, r skip locked
        )
        select id from scheduled union select id from drifted limit %(limit)s
        """,
        {"now": now, "limit": limit},
    )
    return [row[0] for row in rows]


def is_due(connection: Connection, rule_id: UUID, now: datetime) -> bool:
    """Whether one rule is due by its calendar or has drifted."""
    found = connection.execute(
        """
        select from rebalancing_rules r
        where r.id = %(rule)s
          and (r.next_run_at <= %(now)s
               or exists (select from rebalancing_looks l where l.rule_id = r.id and l.look_at <= %(now)s))
        """,
        {"rule": rule_id, "now": now},
    )
    return found.rowcount == 1


def claim(connection: Connection, ids: Sequence[UUID]) -> list[Rule]:
    """Lock those of the rules, and their clients, that nobody else has locked.

    With its client locked nothing else is decided for it meanwhile: no second rebalancing, nothing that spends the
    same money or sells the same units.
    """
    with connection.cursor(row_factory=lambda _: Rule._make) as cursor:
        return cursor.execute(
            """
            select r.id, r.version, r.client_id, r.strategy, r.target_allocation, r.threshold_percent,
                   r.relative_band_percent, r.min_drift_percent, r.trigger_on_drift, r.trigger_on_schedule,
                   r.frequency, r.day_of_month, r.day_of_week, r.at_time, r.roll, r.start_date, r.end_date,
                   r.rebalance_to, r.mode, r.rebalance_amount, r.preferred_products, r.do_not_trade, r.cash_buffer,
                   r.tax_aware, r.cooldown_days, r.execute_automatically, r.require_confirmation,
                   r.confirm_within_hours, r.enabled, r.status, r.paused_until, r.next_occurrence, r.next_run_at,
                   r.last_executed_at, c.time_zone, c.status, c.kyc_status
            from rebalancing_rules r
            join clients c on c.id = r.client_id
            where r.id = any(%s)
            order by r.id
            for update of c, r skip locked
            """,
            (list(ids),),
        ).fetchall()


def drifted(connection: Connection, ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Take the looks of locked rules that are due; the rules that had one."""
    rows = connection.execute(
        "delete from rebalancing_looks where rule_id = any(%s) and look_at <= %s returning rule_id", (list(ids), now)
    )
    return {row[0] for row in rows}


def look_later(connection: Connection, rows: Sequence[tuple[UUID, datetime]]) -> None:
    """Look at rules (rule, when) again, if nothing calls for it sooner."""
    connection.execute(
        """
        insert into rebalancing_looks as l (rule_id, look_at) select * from unnest(%b::uuid[], %b::timestamptz[])
        on conflict (rule_id) do update set look_at = excluded.look_at where l.look_at > excluded.look_at
        """,
        tuple(columns(rows, 2)),
    )


class Next(NamedTuple):
    """What a rule becomes after a look; `next_occurrence` and `next_run_at` are None where it has no calendar."""

    id: UUID
    status: str
    status_reason: str | None
    paused_until: datetime | None
    next_occurrence: datetime | None
    next_run_at: datetime | None
    last_executed_at: datetime | None
    executions: int
    last_look: str


def advance(connection: Connection, rows: Sequence[Next], now: datetime) -> None:
    """Move locked rules on."""
    connection.execute(
        """
        update rebalancing_rules r
        set status = n.status,
            status_reason = case when n.status = r.status then r.status_reason else n.reason end,
            paused_until = n.paused_until,
            next_occurrence = n.next_occurrence, next_run_at = n.next_run_at, last_executed_at = n.last_executed_at,
            execution_count = r.execution_count + n.executions, last_look = n.last_look::jsonb, updated_at = %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamp[], %b::timestamptz[],
                    %b::timestamptz[], %b::int[], %b::text[])
             as n (id, status, reason, paused_until, next_occurrence, next_run_at, last_executed_at, executions,
                   last_look)
        where r.id = n.id
        """,
        (now, *columns(rows, len(Next._fields))),
    )


def park(connection: Connection, rule_id: UUID, error: str, now: datetime) -> None:
    """Pause a rule that could not be decided; it is not looked at again until a person resumes it."""
    connection.execute(
        """
        update rebalancing_rules
        set status = 'Paused', status_reason = 'internal_error', paused_until = null, next_occurrence = null,
            next_run_at = null, last_look = jsonb_build_object('error', %s::text), updated_at = %s
        where id = %s
        """,
        (error, now, rule_id),
    )
    connection.execute("delete from rebalancing_looks where rule_id = %s", (rule_id,))


class Occupied(NamedTuple):
    """What stands against another execution of a client: one that is not over, or the date of the last automatic."""

    live: bool
    last_automatic: date | None


def occupied(connection: Connection, clients: Sequence[str]) -> dict[str, Occupied]:
    """By client; one that never rebalanced is not in it."""
    rows = connection.execute(
        """
        select client_id, bool_or(status in ('Pending', 'Confirmed', 'Executing')),
               max(made_on) filter (where initiator <> 'manual' and status <> 'Skipped')
        from rebalancing_executions
        where client_id = any(%s)
        group by client_id
        """,
        (list(clients),),
    )
    return {client: Occupied(live, last) for client, live, last in rows}


def unspent(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """By rule, the money that redemptions brought and nothing has spent by its last execution, where there is any."""
    rows = connection.execute(
        """
        select rule.id, last.unspent
        from unnest(%s::uuid[]) as rule (id)
        cross join lateral (
            select unspent from rebalancing_executions where rule_id = rule.id order by created_at desc, id desc limit 1
        ) last
        where last.unspent > 0
        """,
        (list(ids),),
    )
    return dict(rows.fetchall())
