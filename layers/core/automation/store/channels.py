"""What all workers share of a channel: how many messages may go now, and until when it is left alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class State(NamedTuple):
    """The tokens at `refilled_at`, one a message; `failures` in a row, and the end of the pause that they led to."""

    tokens: Decimal
    refilled_at: datetime
    failures: int = 0
    open_until: datetime | None = None
    reason: str | None = None


def lock(connection: Connection, channel: str, full: Decimal, now: datetime) -> State:
    """A channel's state, locked until the transaction ends; full and sound where it has none yet."""
    connection.execute(
        """
        insert into notification_channels (channel, tokens, refilled_at) values (%s, %s, %s)
        on conflict (channel) do nothing
        """,
        (channel, full, now),
    )
    with connection.cursor(row_factory=args_row(State)) as cursor:
        found = cursor.execute(
            """
            select tokens, refilled_at, failures, open_until, reason from notification_channels
            where channel = %s
            for update
            """,
            (channel,),
        ).fetchone()
    return found or State(full, now)


def save(connection: Connection, channel: str, state: State) -> None:
    """Keep a state."""
    connection.execute(
        """
        update notification_channels
        set tokens = %s, refilled_at = %s, failures = %s, open_until = %s, reason = %s
        where channel = %s
        """,
        (*state, channel),
    )
