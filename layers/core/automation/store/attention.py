"""What of rebalancing and triggers a person should look at: small, bounded reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import args_row

from automation import identifiers
from automation.database import Connection
from automation.status.facts import Due, Item


def late_rebalancing(connection: Connection, until: datetime, limit: int) -> Due:
    """The rules whose calendar or drift was to be looked at by an instant, counted up to a limit."""
    row = connection.execute(
        """
        select count(*), min(at)
        from ((select next_run_at from rebalancing_rules where next_run_at <= %(until)s order by 1 limit %(limit)s)
              union all
              (select look_at from rebalancing_looks where look_at <= %(until)s order by 1 limit %(limit)s)
              limit %(limit)s) as late (at)
        """,
        {"until": until, "limit": limit},
    ).fetchone()
    return Due(*row) if row else Due(0, None)


def late_triggers(connection: Connection, until: datetime, limit: int) -> Due:
    """The triggers that were to be looked at by an instant, counted up to a limit."""
    row = connection.execute(
        """
        select count(*), min(look_at)
        from (select look_at from trigger_looks where look_at <= %s order by look_at limit %s) late
        """,
        (until, limit),
    ).fetchone()
    return Due(*row) if row else Due(0, None)


# What is late by the job that should have looked at it.
LATE: Final[dict[str, Callable[[Connection, datetime, int], Due]]] = {
    "rebalancing": late_rebalancing,
    "triggers": late_triggers,
}


def live_rebalancings(connection: Connection, limit: int) -> dict[str, int]:
    """How many executions wait to be confirmed and are under way, counted up to a limit; none is left out."""
    return dict(
        connection.execute(
            """
            select status, count(*)
            from (select status from rebalancing_executions
                  where status in ('Pending', 'Confirmed', 'Executing') limit %s) live
            group by status
            order by status
            """,
            (limit,),
        ).fetchall()
    )


def stuck_rebalancings(connection: Connection, before: datetime, limit: int) -> list[Item]:
    """Executions that are under way since before an instant, or wait for an order that is Held; the oldest first."""
    with connection.cursor(row_factory=args_row(_stuck)) as cursor:
        return cursor.execute(
            """
            select e.id, e.client_id, e.created_at, held.product_id
            from rebalancing_executions e
            left join lateral (
                select product_id from orders where execution_id = e.id and status = 'Held' order by leg limit 1) held
                on true
            where e.status = 'Executing' and (e.created_at < %s or held.product_id is not null)
            order by e.created_at, e.id
            limit %s
            """,
            (before, limit),
        ).fetchall()


def _stuck(key: UUID, client: str, since: datetime, held: str | None) -> Item:
    text = f"waits for a Held order of {held}" if held else "is not over yet: its legs say what they wait for"
    return Item("rebalancing", identifiers.show(identifiers.REBALANCING_EXECUTION, key), client, text, since)


def parked_rebalancing_rules(connection: Connection, limit: int) -> list[Item]:
    """Rules that could not be decided, the latest first."""
    with connection.cursor(row_factory=args_row(_parked)) as cursor:
        return cursor.execute(
            """
            select id, client_id, name, status_reason, updated_at
            from rebalancing_rules
            where status = 'Paused' and status_reason = 'internal_error'
            order by updated_at desc
            limit %s
            """,
            (limit,),
        ).fetchall()


def _parked(key: UUID, client: str, name: str, reason: str, since: datetime) -> Item:
    return Item("rule", identifiers.show(identifiers.REBALANCING, key), client, f"{name}: paused, {reason}", since)


def triggers_set_aside(connection: Connection, now: datetime, limit: int) -> list[Item]:
    """Triggers that could not be decided and are looked at again later."""
    with connection.cursor(row_factory=args_row(_set_aside)) as cursor:
        return cursor.execute(
            """
            select t.id, t.client_id, t.name, t.last_look ->> 'error', t.updated_at
            from trigger_looks l join trigger_orders t on t.id = l.trigger_id
            where l.look_at > %s and t.status = 'Active' and t.last_look ->> 'reason' = 'internal_error'
            order by l.look_at desc
            limit %s
            """,
            (now, limit),
        ).fetchall()


def _set_aside(key: UUID, client: str, name: str, error: str, since: datetime) -> Item:
    return Item("trigger", identifiers.show(identifiers.TRIGGER, key), client, f"{name}: set aside, {error}", since)
