"""Rebalancing executions: proposed, confirmed, carried out leg by leg, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, dict_row

from automation.database import Connection
from automation.identity.permissions import EVERYONE, Scope


class Execution(NamedTuple):
    """A row as it is made; the last fields are JSON text."""

    id: UUID
    rule_id: UUID
    rule_version: int
    client_id: str
    initiator: str
    occurrence: datetime
    made_on: date
    status: str
    max_drift: Decimal | None
    portfolio_drift: Decimal | None
    turnover: Decimal | None
    expires_at: datetime | None
    order_ids: list[UUID]
    weights: str
    actions: str
    skipped_actions: str
    navs: str
    unspent: Decimal


def insert(connection: Connection, rows: Sequence[Execution], now: datetime) -> None:
    """Add executions; a second live one of a client, or a second automatic one of its day, stops the whole batch."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into rebalancing_executions (
                id, rule_id, rule_version, client_id, initiator, occurrence, made_on, status, max_drift,
                portfolio_drift, turnover, expires_at, order_ids, weights, actions, skipped_actions, navs, unspent,
                created_at, updated_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [(*row, now, now) for row in rows],
        )


def wake(connection: Connection, orders: Sequence[UUID], now: datetime) -> int:
    """Have the executions looked at that placed these orders, which have moved on; how many."""
    return connection.execute(
        """
        update rebalancing_executions set look_at = %s
        where status = 'Executing' and id = any(array(
            select execution_id from orders where id = any(%s) and origin = 'rebalancing'))
        """,
        (now, list(orders)),
    ).rowcount


def due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """The keys of up to `limit` executions whose orders have moved on; none is locked."""
    rows = connection.execute(
        "select id from rebalancing_executions where look_at <= %s order by look_at limit %s", (now, limit)
    )
    return [row[0] for row in rows]


def lock(connection: Connection, execution_id: UUID, *, wait: bool = True) -> dict[str, Any] | None:
    """An execution with its client locked first, then itself; None where there is none, or others have it (no wait)."""
    how = b"" if wait else b" skip locked"
    client = connection.execute(
        b"select from clients where id = (select client_id from rebalancing_executions where id = %s) for update" + how,
        (execution_id,),
    )
    if not client.rowcount:
        return None
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            b"""
            select e.*, c.time_zone, r.name
            from rebalancing_executions e
            join clients c on c.id = e.client_id
            join rebalancing_rules r on r.id = e.rule_id
            where e.id = %s
            for update of e
            """
            + how,
            (execution_id,),
        ).fetchone()


class Leg(NamedTuple):
    """How the order of a leg stands."""

    leg: int
    status: str
    reason: str | None
    amount: Decimal | None


def legs(connection: Connection, execution_id: UUID) -> dict[int, Leg]:
    """The orders of an execution by leg; `amount` is the money that each moved, after load."""
    with connection.cursor(row_factory=args_row(Leg)) as cursor:
        rows = cursor.execute(
            "select leg, status, reason, executed_amount from orders where execution_id = %s", (execution_id,)
        )
        return {leg.leg: leg for leg in rows}


class Change(NamedTuple):
    """What becomes of a locked execution; its actions are JSON text.

    `look_at` is when it is looked at again whatever its orders do, None where it waits for these alone.
    """

    id: UUID
    status: str
    reason: str | None
    rounds: int
    order_ids: list[UUID]
    actions: str
    skipped_actions: str
    unspent: Decimal
    look_at: datetime | None


def change(connection: Connection, row: Change, now: datetime) -> None:
    """Write how far an execution has come."""
    connection.execute(
        """
        update rebalancing_executions
        set status = %s, reason = %s, rounds = %s, order_ids = %s, actions = %s, skipped_actions = %s, unspent = %s,
            look_at = %s, updated_at = %s
        where id = %s
        """,
        (*row[1:], now, row.id),
    )


def postpone(connection: Connection, execution_id: UUID, until: datetime) -> None:
    """Look at an execution that can't be carried on now again at an instant."""
    connection.execute("update rebalancing_executions set look_at = %s where id = %s", (until, execution_id))


def reprice(connection: Connection, row: Execution, reason: str | None, now: datetime) -> None:
    """Put the plan of now in the place of one that waited to be confirmed: to wait on, or to be carried out."""
    connection.execute(
        """
        update rebalancing_executions
        set rule_version = %(rule_version)s, status = %(status)s, max_drift = %(max_drift)s,
            portfolio_drift = %(portfolio_drift)s, turnover = %(turnover)s, order_ids = %(order_ids)s,
            weights = %(weights)s, actions = %(actions)s, skipped_actions = %(skipped_actions)s, navs = %(navs)s,
            reason = %(reason)s, updated_at = %(now)s
        where id = %(id)s
        """,
        row._asdict() | {"reason": reason, "now": now},
    )


def decide(connection: Connection, execution_id: UUID, status: str, by: str, why: str | None, now: datetime) -> None:
    """Record who confirmed or cancelled a proposal, and why."""
    connection.execute(
        """
        update rebalancing_executions
        set status = %s, decided_by = %s, decided_why = %s, expires_at = null, updated_at = %s
        where id = %s
        """,
        (status, by, why, now, execution_id),
    )


class Ended(NamedTuple):
    """A proposal that was given up."""

    id: UUID
    client_id: str


def expire(connection: Connection, now: datetime) -> list[Ended]:
    """End the proposals whose time is over, and lock their clients."""
    rows = connection.execute(
        """
        update rebalancing_executions set status = 'Expired', reason = 'not_confirmed', updated_at = %(now)s
        where id = any(array(
            select e.id from rebalancing_executions e join clients c on c.id = e.client_id
            where e.status = 'Pending' and e.expires_at <= %(now)s
            for update of c, e skip locked))
        returning id, client_id
        """,
        {"now": now},
    )
    return [Ended(*row) for row in rows]


def withdraw(connection: Connection, rule_id: UUID, by: str, why: str, now: datetime) -> list[Ended]:
    """Cancel what waits to be confirmed of a rule whose client is locked."""
    rows = connection.execute(
        """
        update rebalancing_executions
        set status = 'Cancelled', decided_by = %s, decided_why = %s, expires_at = null, updated_at = %s
        where rule_id = %s and status = 'Pending'
        returning id, client_id
        """,
        (by, why, now, rule_id),
    )
    return [Ended(*row) for row in rows]


class Live(NamedTuple):
    """An execution that is not over."""

    id: UUID
    rule_id: UUID
    initiator: str


def live(connection: Connection, client: str) -> Live | None:
    """The only one of a client."""
    row = connection.execute(
        """
        select id, rule_id, initiator from rebalancing_executions
        where client_id = %s and status in ('Pending', 'Confirmed', 'Executing')
        """,
        (client,),
    ).fetchone()
    return Live(*row) if row else None


def read(connection: Connection, execution_id: UUID) -> dict[str, Any] | None:
    """An execution with its rule's name and its client's zone."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select e.*, c.time_zone, r.name
            from rebalancing_executions e
            join clients c on c.id = e.client_id
            join rebalancing_rules r on r.id = e.rule_id
            where e.id = %s
            """,
            (execution_id,),
        ).fetchone()


def listed(
    connection: Connection,
    rule_id: UUID | None,
    client: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` executions, the newest first; all, or those of a rule, a client or in a status."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select e.*, c.time_zone, r.name
            from rebalancing_executions e
            join clients c on c.id = e.client_id
            join rebalancing_rules r on r.id = e.rule_id
            where (%(rule)s::uuid is null or e.rule_id = %(rule)s)
              and (%(client)s::text is null or e.client_id = %(client)s)
              and (%(status)s::text is null or e.status = %(status)s)
              and (%(after)s::uuid is null or e.id < %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by e.id desc
            limit %(limit)s
            """,
            {"rule": rule_id, "client": client, "status": status, "limit": limit, "after": after} | scope._asdict(),
        ).fetchall()


def come_to_nothing(connection: Connection, ids: Sequence[UUID], status: str, reason: str) -> None:
    """The decisions to trade have come to nothing: their logs say so, as Failed or Skipped with a reason.

    No cooldown runs from them: that of each rule is from the last one that was not given up and has not failed.
    """
    connection.execute(
        """
        with logged as (
            update automation_execution_logs
            set status = %(status)s, reason = %(reason)s, amount = case when %(status)s = 'Failed' then amount end
            where id = any(%(ids)s) and status = 'Success'
        )
        update rebalancing_rules r
        set last_executed_at = (select max(created_at) from rebalancing_executions
                                where rule_id = r.id and status not in ('Failed', 'Expired', 'Cancelled'))
        from rebalancing_executions e
        where e.id = any(%(ids)s) and r.id = e.rule_id and r.last_executed_at = e.created_at
        """,
        {"ids": list(ids), "status": status, "reason": reason},
    )
