"""Orders: intended, submitting, looked up, executed, settled. Every change is a compare-and-set on the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation import identifiers
from automation.database import Connection
from automation.orders.order import NewOrder, Order
from automation.orders.recheck import Pending, Traded
from automation.store.arrays import columns

# How often an order that never arrived is sent again before a person is asked.
RESENDS: Final = 3


def insert(connection: Connection, rows: Sequence[NewOrder], now: datetime) -> None:
    """Add Pending orders; the same intent twice stops the whole batch."""
    if not rows:
        return
    connection.execute(
        """
        insert into orders (id, origin, rule_id, execution_id, leg, client_id, order_type, product_id,
                            target_product_id, amount, units, all_units, trade_date, created_at)
        select t.*, %s
        from unnest(%b::uuid[], %b::text[], %b::uuid[], %b::uuid[], %b::smallint[], %b::text[], %b::text[],
                    %b::text[], %b::text[], %b::numeric[], %b::numeric[], %b::boolean[], %b::date[]) t
        """,
        (now, *columns(rows, 13)),
    )


def claim_pending(connection: Connection, now: datetime, limit: int, *, again: bool) -> list[Pending]:
    """Lock up to `limit` Pending orders, oldest first, with all that is checked again before submitting.

    Those that were never sent, or with `again` those that were sent and did not arrive.
    """
    with connection.cursor(row_factory=args_row(_pending)) as cursor:
        return cursor.execute(
            """
            select o.id, o.client_id, o.order_type, o.product_id, o.target_product_id, o.amount, o.units,
                   o.all_units, o.trade_date, o.origin, o.rule_id,
                   case when b.status = 'Cancelled' then b.status else coalesce(r.status, 'Active') end,
                   coalesce(r.enabled, true), c.status, c.kyc_status,
                   case when t.status <> 'Active' then t.status else p.status end,
                   coalesce(t.open_for_subscription, p.open_for_subscription), g.max_data_age,
                   n.date, p.calendar, p.time_zone, m.date, t.calendar, t.time_zone
            from orders o
            join clients c on c.id = o.client_id
            join products p on p.id = o.product_id
            left join products t on t.id = o.target_product_id
            left join auto_invest_rules r on r.id = o.rule_id
            left join rebalancing_rules b on b.id = o.rule_id and o.origin = 'rebalancing'
            left join trigger_orders g on g.id = o.rule_id and o.origin = 'trigger'
            left join lateral (
                select date from navs
                where product_id = o.product_id and observed_at <= %(now)s
                order by date desc limit 1) n on true
            left join lateral (
                select date from navs
                where product_id = o.target_product_id and observed_at <= %(now)s
                order by date desc limit 1) m on true
            where o.status = 'Pending' and (o.absences > 0) = %(again)s
            order by o.id
            limit %(limit)s
            for update of o skip locked
            """,
            {"now": now, "limit": limit, "again": again},
        ).fetchall()


def _pending(*row: Any) -> Pending:
    order, traded = Order._make(row[:9]), (Traded(*row[18:21]), Traded(*row[21:]))
    return Pending._make((order, *row[9:18], traded[: 1 if order.target_product_id is None else 2]))


def mark_submitting(connection: Connection, ids: Sequence[UUID], now: datetime, until: datetime) -> None:
    """Commit to submitting these; past the lease, which lasts until an instant, their outcome counts as unknown."""
    connection.execute(
        """
        update orders set status = 'Submitting', submitting_at = %s, next_look_at = %s
        where id = any(%s) and status = 'Pending'
        """,
        (now, until, list(ids)),
    )


def leased(connection: Connection, ids: Sequence[UUID], until: datetime) -> set[UUID]:
    """Lock those of the orders that are still under the lease that lasts until this very instant.

    Whoever moves an order on sets another `next_look_at`, so a late reply, or the reply to an attempt that others
    have given up, finds nothing that is its own.
    """
    rows = connection.execute(
        """
        select id from orders
        where id = any(%s) and next_look_at = %s and status in ('Submitting', 'Submitted', 'Unknown')
        order by id for update
        """,
        (list(ids), until),
    )
    return {row[0] for row in rows}


def mark_submitted(connection: Connection, rows: Sequence[tuple[UUID, datetime]], now: datetime) -> None:
    """The gateway has these (order, when to look again); of what it has for the first time its client is told."""
    if not rows:
        return
    keyed = [(*row, identifiers.beside(row[0], "Order Submitted")) for row in rows]
    connection.execute(
        """
        with moved as (
            update orders o
            set status = 'Submitted', submitted_at = coalesce(o.submitted_at, %b), absences = 0,
                next_look_at = t.look_at
            from unnest(%b::uuid[], %b::timestamptz[], %b::uuid[]) as t (id, look_at, message)
            where o.id = t.id and o.status in ('Submitting', 'Submitted', 'Unknown')
            returning o.id, o.client_id, o.submitted_at, t.message
        )
        insert into notification_logs (id, event, source_id, client_id, channel, recipient, deliver_at, created_at)
        select message, 'Order Submitted', id, client_id, 'In-App', client_id, %b, %b
        from moved
        where submitted_at = %b
        on conflict on constraint notification_logs_once do nothing
        """,
        (now, *columns(keyed, 3), now, now, now),
    )


def mark_unknown(connection: Connection, ids: Sequence[UUID], look_at: datetime) -> None:
    """The outcome of these can't be told; they are looked up, never sent again blindly."""
    if not ids:
        return
    connection.execute(
        """
        update orders set status = 'Unknown', next_look_at = %s
        where id = any(%s) and status in ('Submitting', 'Unknown')
        """,
        (look_at, list(ids)),
    )


def mark_absent(connection: Connection, ids: Sequence[UUID], look_at: datetime) -> list[tuple[UUID, bool]]:
    """The gateway knows nothing of these: once is not enough; twice a quiet window apart, the same id is sent again.

    But not one that it has acknowledged, nor one that was sent again RESENDS times: those (order, whether it was
    acknowledged) are still locked and Unknown, to be held for a person.
    """
    if not ids:
        return []
    rows = connection.execute(
        """
        update orders
        set status = case when absences %% 2 = 1 and submitted_at is null and absences < %(most)s
                          then 'Pending' else 'Unknown' end,
            absences = absences + 1,
            next_look_at = case when absences %% 2 = 1 and submitted_at is null and absences < %(most)s
                                then null else %(look_at)s end
        where id = any(%(ids)s) and status in ('Submitted', 'Unknown')
        returning id, submitted_at is not null, status = 'Unknown' and absences %% 2 = 0
        """,
        {"ids": list(ids), "look_at": look_at, "most": 2 * RESENDS},
    )
    return [(order_id, acknowledged) for order_id, acknowledged, lost in rows if lost]


def mark_over(connection: Connection, rows: Sequence[tuple[UUID, str, str]]) -> list[tuple[UUID, str]]:
    """End orders as Failed, Cancelled or Held (order, status, reason); the (order, client) that were not over yet."""
    if not rows:
        return []
    return connection.execute(
        """
        update orders o set status = t.status, reason = t.reason, next_look_at = null
        from unnest(%b::uuid[], %b::text[], %b::text[]) as t (id, status, reason)
        where o.id = t.id and o.status in ('Pending', 'Submitting', 'Submitted', 'Unknown')
        returning o.id, o.client_id
        """,
        tuple(columns(rows, 3)),
    ).fetchall()


def claim_look_ups(connection: Connection, now: datetime, limit: int, until: datetime) -> list[UUID]:
    """Take up to `limit` orders whose outcome it is time to ask for; nobody else asks until the lease is over.

    One that is still Submitting after its lease was left by a process that died: its outcome is unknown.
    """
    rows = connection.execute(
        """
        update orders
        set next_look_at = %(until)s, status = case status when 'Submitting' then 'Unknown' else status end
        where id = any(array(
            select id from orders
            where status in ('Submitting', 'Submitted', 'Unknown') and next_look_at <= %(now)s
            order by next_look_at
            limit %(limit)s
            for update skip locked))
        returning id
        """,
        {"now": now, "until": until, "limit": limit},
    )
    return [row[0] for row in rows]


class Unbooked(NamedTuple):
    """A locked order that waits for its fill to be booked; the calendar and days tell when it settles."""

    order: Order
    status: str
    calendar: str
    settlement_days: int


def lock_unbooked(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Unbooked]:
    """Lock those of the orders that are not booked yet."""
    with connection.cursor(row_factory=args_row(_unbooked)) as cursor:
        rows = cursor.execute(
            """
            select o.id, o.client_id, o.order_type, o.product_id, o.target_product_id, o.amount, o.units,
                   o.all_units, o.trade_date, o.status, p.calendar, p.settlement_days
            from orders o
            join products p on p.id = o.product_id
            where o.id = any(%s) and o.status in ('Submitting', 'Submitted', 'Unknown')
            order by o.id
            for update of o
            """,
            (list(ids),),
        )
        return {row.order.id: row for row in rows}


def _unbooked(*row: object) -> Unbooked:
    return Unbooked(Order._make(row[:9]), *row[9:])  # type: ignore[arg-type]


class Booked(NamedTuple):
    """How an order was executed, and the date on which it settles."""

    id: UUID
    nav: Decimal
    nav_date: date
    units: Decimal
    amount: Decimal
    exit_load: Decimal
    target_nav: Decimal | None
    target_units: Decimal | None
    settles_on: date


def mark_executed(connection: Connection, rows: Sequence[Booked], now: datetime) -> None:
    """Write how locked orders were executed."""
    if not rows:
        return
    connection.execute(
        """
        update orders o
        set status = 'Executed', executed_at = %s, submitted_at = coalesce(o.submitted_at, %s), next_look_at = null,
            nav = t.nav, nav_date = t.nav_date, executed_units = t.units, executed_amount = t.amount,
            exit_load = t.exit_load, target_nav = t.target_nav, target_units = t.target_units,
            settles_on = t.settles_on
        from unnest(%b::uuid[], %b::numeric[], %b::date[], %b::numeric[], %b::numeric[], %b::numeric[],
                    %b::numeric[], %b::numeric[], %b::date[])
             as t (id, nav, nav_date, units, amount, exit_load, target_nav, target_units, settles_on)
        where o.id = t.id
        """,
        (now, now, *columns(rows, 9)),
    )


def settle(connection: Connection, today: Mapping[str, date], now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Settle up to `limit` executed orders whose settlement date has come where `today` is by zone; (order, client)."""
    return connection.execute(
        """
        update orders set status = 'Settled', settled_at = %(now)s
        where id = any(array(
            select o.id
            from orders o
            join products p on p.id = o.product_id
            join unnest(%(zones)s::text[], %(days)s::date[]) as t (zone, today) on t.zone = p.time_zone
            where o.status = 'Executed' and o.settles_on <= t.today and o.settles_on <= %(latest)s
            order by o.settles_on
            limit %(limit)s
            for update of o skip locked))
        returning id, client_id
        """,
        {
            "now": now,
            "zones": list(today),
            "days": list(today.values()),
            "latest": max(today.values(), default=None),
            "limit": limit,
        },
    ).fetchall()
