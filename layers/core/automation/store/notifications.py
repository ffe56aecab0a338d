"""Messages to clients, written Pending in the transaction of the fact that they tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.store.auto_invest import Execution, columns

_EVENTS = {"Success": "Auto-Invest Executed", "Failed": "Auto-Invest Failed"}


def insert_for_executions(connection: Connection, executions: Iterable[Execution], now: datetime) -> None:
    """One message for each execution that did or should have done something."""
    told = [
        (_EVENTS[execution.status], execution.id, execution.client_id)
        for execution in executions
        if execution.status in _EVENTS
    ]
    insert(connection, told, now)


def insert(connection: Connection, rows: Sequence[tuple[str, UUID, str]], now: datetime) -> None:
    """Write messages (event, what it is about, client); one that is written already is left as it is."""
    if not rows:
        return
    keyed = [(identifiers.derived(now, event, source), event, source, client) for event, source, client in rows]
    connection.execute(
        """
        insert into notification_logs (id, event, source_id, client_id, channel, recipient, deliver_at, created_at)
        select id, event, source_id, client_id, 'In-App', client_id, %s, %s
        from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[]) as t (id, event, source_id, client_id)
        on conflict on constraint notification_logs_once do nothing
        """,
        (now, now, *columns(keyed, 4)),
    )
