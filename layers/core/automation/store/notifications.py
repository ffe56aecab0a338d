"""Messages to clients, written Pending in the transaction of the fact that they tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.store.arrays import columns


class Message(NamedTuple):
    """What a client is told: the event, what it is about, and as JSON text what is said besides."""

    event: str
    source_id: UUID
    client_id: str
    payload: str = "{}"


def insert(connection: Connection, rows: Sequence[Message], now: datetime) -> None:
    """Write messages; one that is written already is left as it is."""
    if not rows:
        return
    keyed = [(identifiers.beside(row.source_id, row.event), *row) for row in rows]
    connection.execute(
        """
        insert into notification_logs (id, event, source_id, client_id, channel, recipient, payload, deliver_at,
                                       created_at)
        select id, event, source_id, client_id, 'In-App', client_id, payload::jsonb, %s, %s
        from unnest(%b::uuid[], %b::text[], %b::uuid[], %b::text[], %b::text[])
             as t (id, event, source_id, client_id, payload)
        on conflict on constraint notification_logs_once do nothing
        """,
        (now, now, *columns(keyed, 5)),
    )
