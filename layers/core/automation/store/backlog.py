"""What waits for each job now: small, bounded reads of the indexes by which the jobs find it themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from psycopg.rows import args_row

from automation.database import Connection
from automation.status.facts import ChannelState, Due
from automation.store.attention import late_rebalancing, late_triggers
from automation.store.status import due_rules


def due_orders(connection: Connection, now: datetime, limit: int) -> Due:
    """Orders that are to be submitted, and those whose gateway is to be asked, counted up to a limit."""
    row = connection.execute(
        """
        select count(*), min(at)
        from ((select created_at from orders where status = 'Pending' order by id limit %(limit)s)
              union all
              (select next_look_at from orders
               where status in ('Submitting', 'Submitted', 'Unknown') and next_look_at <= %(now)s
               order by next_look_at limit %(limit)s)
              limit %(limit)s) as due (at)
        """,
        {"now": now, "limit": limit},
    ).fetchone()
    return Due(*row) if row else Due(0, None)


def due_messages(connection: Connection, now: datetime, limit: int) -> Due:
    """Messages that are to be told or sent, counted up to a limit; what is deferred is not due yet."""
    row = connection.execute(
        """
        select count(*), min(deliver_at)
        from unnest(array['In-App', 'Email', 'SMS', 'Push']) as c (channel)
        cross join lateral (
            select deliver_at from notification_logs
            where channel = c.channel and status = 'Pending' and deliver_at <= %(now)s
            order by deliver_at limit %(limit)s) due
        """,
        {"now": now, "limit": limit},
    ).fetchone()
    return Due(*row) if row else Due(0, None)


WAITING: Final[dict[str, Callable[[Connection, datetime, int], Due]]] = {
    "auto_invest": due_rules,
    "rebalancing": late_rebalancing,
    "triggers": late_triggers,
    "orders": due_orders,
    "notifications": due_messages,
}


def troubled_messages(connection: Connection, since: datetime) -> dict[str, int]:
    """Messages since an instant that were not taken, or of which nobody knows, by status."""
    return dict(
        connection.execute(
            """
            select status, count(*)
            from notification_logs
            where status in ('Failed', 'Unknown') and created_at >= %s
            group by status
            order by status
            """,
            (since,),
        ).fetchall()
    )


def channels_left_alone(connection: Connection, now: datetime) -> list[ChannelState]:
    """The channels that are left alone after failures in a row."""
    with connection.cursor(row_factory=args_row(ChannelState)) as cursor:
        return cursor.execute(
            """
            select channel, open_until, failures, reason
            from notification_channels
            where open_until > %s
            order by channel
            """,
            (now,),
        ).fetchall()
