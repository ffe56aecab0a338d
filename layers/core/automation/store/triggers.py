"""Trigger orders: those to be looked at, what became of them, and what ends them by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from automation.database import Connection
from automation.store.arrays import columns
from automation.triggers.trigger import Trigger

_WIDTH: Final = len(Trigger._fields)


class Look(NamedTuple):
    """A trigger to be looked at, with the price that reached its level and the one before it, if that is why."""

    trigger: Trigger
    previous: Decimal | None
    previous_on: date | None
    observed: Decimal | None
    observed_on: date | None


def claim(connection: Connection, now: datetime, limit: int, only: Sequence[UUID] | None = None) -> list[Look]:
    """Lock up to `limit` triggers whose look is due, and their clients, the longest due first; all, or those named.

    Rows that another worker has locked are left to it. With its client locked no other trigger or rule of the same
    client is decided meanwhile: neither the other half of a pair, nor one that spends the same money.
    """
    with connection.cursor(row_factory=lambda _: _look) as cursor:
        return cursor.execute(
            """
            select t.id, t.version, t.client_id, t.trigger_type, t.trigger_condition, t.trigger_value, t.tolerance,
                   t.trailing_percent, t.best_value, t.trails_from, t.condition_tree, t.trigger_at, t.goal_id, t.mode,
                   t.order_type, t.product_id, t.target_product_id, t.amount, t.units, t.all_units, t.on_shortfall,
                   t.oco_group, t.valid_from, t.valid_until, t.max_data_age, t.enabled, t.status,
                   case when t.trigger_type not in ('Price', 'NAV') then t.last_look end,
                   c.time_zone, c.status, c.kyc_status, l.previous, l.previous_on, l.observed, l.observed_on
            from trigger_looks l
            join trigger_orders t on t.id = l.trigger_id
            join clients c on c.id = t.client_id
            where l.look_at <= %(now)s and t.status = 'Active'
              and (%(only)s::uuid[] is null or t.id = any(%(only)s))
            order by l.look_at, l.trigger_id
            limit %(limit)s
            for update of c, t skip locked
            """,
            {"now": now, "limit": limit, "only": None if only is None else list(only)},
        ).fetchall()


def _look(row: Sequence[object]) -> Look:
    return Look(Trigger._make(row[:_WIDTH]), *row[_WIDTH:])  # type: ignore[arg-type]


def other_halves(connection: Connection, now: datetime, looks: Sequence[Look]) -> list[UUID]:
    """The triggers whose look is due as well, of the groups that claimed ones are in."""
    mine = [each.trigger for each in looks]
    groups = {(trigger.client_id, trigger.oco_group) for trigger in mine if trigger.oco_group is not None}
    if not groups:
        return []
    rows = connection.execute(
        """
        select t.id
        from unnest(%b::text[], %b::text[]) as g (client_id, oco_group)
        join trigger_orders t on t.client_id = g.client_id and t.oco_group = g.oco_group and t.status = 'Active'
        join trigger_looks l on l.trigger_id = t.id and l.look_at <= %b
        where not t.id = any(%b::uuid[])
        """,
        (*columns(sorted(groups), 2), now, [trigger.id for trigger in mine]),
    )
    return [row[0] for row in rows]


def due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """The keys of up to `limit` triggers whose look is due, the longest due first; none is locked."""
    rows = connection.execute(
        "select trigger_id from trigger_looks where look_at <= %s order by look_at, trigger_id limit %s", (now, limit)
    )
    return [row[0] for row in rows]


class Next(NamedTuple):
    """What a trigger becomes after a look: at rest it has the prices at or beyond which it is looked at again."""

    id: UUID
    status: str
    status_reason: str | None
    best_value: Decimal | None
    last_look: str
    fires_above: Decimal | None = None
    fires_below: Decimal | None = None
    observed_value: Decimal | None = None
    observed_on: date | None = None
    triggered_at: datetime | None = None
    order_id: UUID | None = None
    confirm_until: datetime | None = None


def move(connection: Connection, rows: Sequence[Next], now: datetime) -> None:
    """Move claimed triggers on; they are locked, so nobody else has moved them meanwhile."""
    connection.execute(
        """
        update trigger_orders t
        set status = n.status, status_reason = n.reason, best_value = n.best, fires_above = n.above,
            fires_below = n.below, observed_value = n.observed, observed_on = n.observed_on,
            triggered_at = n.triggered_at, order_id = n.order_id, confirm_until = n.confirm_until,
            last_look = n.last_look::jsonb, remind_at = case when n.status = 'Active' then t.remind_at end,
            updated_at = %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::numeric[], %b::text[], %b::numeric[], %b::numeric[],
                    %b::numeric[], %b::date[], %b::timestamptz[], %b::uuid[], %b::timestamptz[])
             as n (id, status, reason, best, last_look, above, below, observed, observed_on, triggered_at, order_id,
                   confirm_until)
        where t.id = n.id
        """,
        (now, *columns(rows, len(Next._fields))),
    )


def looked(connection: Connection, rows: Sequence[tuple[UUID, datetime | None]]) -> None:
    """The looks are taken; those with an instant are taken again then."""
    over = [trigger for trigger, at in rows if at is None]
    again = [(trigger, at) for trigger, at in rows if at is not None]
    if over:
        connection.execute("delete from trigger_looks where trigger_id = any(%s)", (over,))
    if again:
        connection.execute(
            """
            update trigger_looks l
            set look_at = n.look_at, previous = null, previous_on = null, observed = null, observed_on = null
            from unnest(%b::uuid[], %b::timestamptz[]) as n (id, look_at)
            where l.trigger_id = n.id
            """,
            tuple(columns(again, 2)),
        )


def set_aside(connection: Connection, trigger_id: UUID, error: str, until: datetime) -> None:
    """A trigger that could not be decided says why, and is looked at again later."""
    connection.execute(
        """
        update trigger_orders set last_look = jsonb_build_object('reason', 'internal_error', 'error', %s::text)
        where id = %s
        """,
        (error, trigger_id),
    )
    looked(connection, [(trigger_id, until)])


def cancel_others(connection: Connection, groups: Sequence[tuple[str, str, UUID]], now: datetime) -> list[UUID]:
    """Cancel what is left of groups (client, group, the one that fired); the triggers that were cancelled."""
    if not groups:
        return []
    rows = connection.execute(
        """
        update trigger_orders t
        set status = 'Cancelled', status_reason = 'oco', fires_above = null, fires_below = null, remind_at = null,
            updated_at = %s
        from unnest(%b::text[], %b::text[], %b::uuid[]) as g (client_id, oco_group, fired)
        where t.client_id = g.client_id and t.oco_group = g.oco_group and t.id <> g.fired and t.status = 'Active'
        returning t.id
        """,
        (now, *columns(groups, 3)),
    ).fetchall()
    cancelled = [row[0] for row in rows]
    looked(connection, [(trigger, None) for trigger in cancelled])
    return cancelled


def follow(connection: Connection, clients: Sequence[str], now: datetime) -> None:
    """Line up the triggers that follow the value of these clients' holdings, which have changed."""
    connection.execute(
        """
        insert into trigger_looks as l (trigger_id, look_at)
        select id, %(now)s from trigger_orders
        where client_id = any(%(clients)s) and status = 'Active' and follows and valid_from <= %(now)s
        on conflict (trigger_id) do update set look_at = excluded.look_at where l.look_at > excluded.look_at
        """,
        {"now": now, "clients": list(clients)},
    )


def finish(connection: Connection, orders: Sequence[UUID], now: datetime) -> None:
    """Tell the triggers that placed these orders how they ended: Executed, or Failed with the order's reason."""
    connection.execute(
        """
        with ended as (
            select o.rule_id, o.execution_id, o.status, o.reason
            from orders o
            where o.id = any(%(orders)s) and o.origin = 'trigger'
              and o.status in ('Executed', 'Settled', 'Failed', 'Cancelled')
        ), failed as (
            update automation_execution_logs l
            set status = 'Failed', reason = case e.status when 'Failed' then 'order_failed' else 'order_cancelled' end
            from ended e
            where l.id = e.execution_id and e.status in ('Failed', 'Cancelled')
        )
        update trigger_orders t
        set status = case when e.status in ('Failed', 'Cancelled') then 'Failed' else 'Executed' end,
            status_reason = case when e.status in ('Failed', 'Cancelled') then e.reason end, updated_at = %(now)s
        from ended e
        where t.id = e.rule_id and t.status = 'Triggered'
        """,
        {"orders": list(orders), "now": now},
    )


class Ended(NamedTuple):
    """A trigger that ended by itself, or is about to."""

    id: UUID
    client_id: str
    until: datetime | None = None


def expire(connection: Connection, now: datetime, limit: int) -> list[Ended]:
    """End up to `limit` triggers whose time is over, and those that nobody confirmed in time."""
    return _end(
        connection,
        """
        with over as (
            select id, case when status = 'Active' then 'expired' else 'not_confirmed' end as reason
            from trigger_orders
            where (status = 'Active' and valid_until <= %(now)s) or confirm_until <= %(now)s
            limit %(limit)s
            for update skip locked
        )
        update trigger_orders t
        set status = 'Expired', status_reason = o.reason, fires_above = null, fires_below = null, remind_at = null,
            confirm_until = null, updated_at = %(now)s
        from over o
        where t.id = o.id
        returning t.id, t.client_id
        """,
        now,
        limit,
    )


def disable(connection: Connection, now: datetime, limit: int) -> list[Ended]:
    """Disable up to `limit` triggers whose product, or the one that they switch to, is closed or merged."""
    return _end(
        connection,
        """
        with gone as (
            select t.id, p.status, p.status_reason as reason
            from (select t.id, p.id as product
                  from products p join trigger_orders t on t.product_id = p.id and t.status = 'Active'
                  where p.status <> 'Active'
                  union all
                  select t.id, p.id
                  from products p join trigger_orders t on t.target_product_id = p.id and t.status = 'Active'
                  where p.status <> 'Active'
                  union all
                  select t.id, p.id
                  from products p join trigger_orders t
                    on t.watches && array[p.id] and t.status = 'Active' and t.watches <> '{}'
                  where p.status <> 'Active'
                  limit %(limit)s) found
            join trigger_orders t on t.id = found.id
            join products p on p.id = found.product
            for update of t skip locked
        )
        update trigger_orders t
        set status = 'Disabled', status_reason = 'product ' || lower(g.status) || coalesce(': ' || g.reason, ''),
            fires_above = null, fires_below = null, remind_at = null, updated_at = %(now)s
        from gone g
        where t.id = g.id
        returning t.id, t.client_id
        """,
        now,
        limit,
    )


def _end(connection: Connection, statement: str, now: datetime, limit: int) -> list[Ended]:
    rows = connection.execute(statement.encode(), {"now": now, "limit": limit}).fetchall()
    ended = [Ended(*row) for row in rows]
    looked(connection, [(each.id, None) for each in ended])
    return ended


def remind(connection: Connection, now: datetime, limit: int) -> list[Ended]:
    """Up to `limit` triggers whose expiry is to be announced now; each end is announced once."""
    rows = connection.execute(
        """
        update trigger_orders set remind_at = null
        where id = any(array(
            select id from trigger_orders where remind_at <= %s order by remind_at limit %s for update skip locked))
        returning id, client_id, valid_until
        """,
        (now, limit),
    )
    return [Ended(*row) for row in rows]
