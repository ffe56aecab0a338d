"""What clients and their users want to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import dict_row

from automation.database import Connection
from automation.identity.permissions import Scope
from automation.notifications.preference import PreferenceRequest


class Reader(NamedTuple):
    """Who reads: whose clients' things, and which user it is itself. What is another user's own stays unseen."""

    scope: Scope
    user: str

    @property
    def parameters(self) -> dict[str, Any]:
        return self.scope._asdict() | {"reader": self.user}


class Wanted(NamedTuple):
    """Which preferences: of a client, of an event, after another one in the order of their creation."""

    limit: int
    client_id: str | None = None
    event: str | None = None
    after: UUID | None = None


def insert(connection: Connection, key: UUID, request: PreferenceRequest, now: datetime) -> bool:
    """Add a preference; False where its client and user have one for the event."""
    added = connection.execute(
        """
        insert into notification_preferences (id, client_id, user_id, event, channels, enabled, level, quiet_start,
                                              quiet_end, min_amount, schemes, created_at, updated_at)
        values (%(id)s, %(client)s, %(user)s, %(event)s, %(channels)s, %(enabled)s, %(level)s, %(quiet_start)s,
                %(quiet_end)s, %(min_amount)s, %(schemes)s, %(now)s, %(now)s)
        on conflict on constraint notification_preferences_once do nothing
        """,
        _columns(key, request, now),
    )
    return added.rowcount == 1


def key_of(connection: Connection, client: str, user: str | None, event: str) -> UUID | None:
    """The preference that a client and user have for an event."""
    row = connection.execute(
        """
        select id from notification_preferences
        where client_id = %s and user_id is not distinct from %s and event = %s
        """,
        (client, user, event),
    ).fetchone()
    return row[0] if row else None


def may_be_named(connection: Connection, user: str, client: str, reader: Reader) -> bool:
    """Whether there is such a user whose preferences the reader may set: itself, or the client's own."""
    found = connection.execute(
        """
        select from users u
        where u.id = %(user)s
          and (%(everyone)s or u.id = %(reader)s or u.id = (select user_id from clients where id = %(client)s))
        """,
        {"user": user, "client": client} | reader.parameters,
    )
    return found.rowcount == 1


def listed(connection: Connection, wanted: Wanted, reader: Reader, key: UUID | None = None) -> list[dict[str, Any]]:
    """Preferences in the order of their creation; with `key` the one, if the reader may see it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select p.id, p.client_id as client, p.user_id as "user", p.event, p.channels, p.enabled, p.level,
                   p.quiet_start, p.quiet_end, p.min_amount, p.schemes, c.time_zone, p.created_at, p.updated_at
            from notification_preferences p
            join clients c on c.id = p.client_id
            where (%(key)s::uuid is null or p.id = %(key)s)
              and (%(client_id)s::text is null or p.client_id = %(client_id)s)
              and (%(event)s::text is null or p.event = %(event)s)
              and (%(after)s::uuid is null or p.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or p.user_id is null or p.user_id in (%(reader)s, c.user_id))
            order by p.id
            limit %(limit)s
            """,
            wanted._asdict() | reader.parameters | {"key": key},
        ).fetchall()


def lock(connection: Connection, key: UUID) -> None:
    """Let nobody else change a preference meanwhile."""
    connection.execute("select from notification_preferences where id = %s for update", (key,))


def update(connection: Connection, key: UUID, request: PreferenceRequest, now: datetime) -> None:
    """Give a preference other terms; whose it is and of which event stays."""
    connection.execute(
        """
        update notification_preferences
        set channels = %(channels)s, enabled = %(enabled)s, level = %(level)s, quiet_start = %(quiet_start)s,
            quiet_end = %(quiet_end)s, min_amount = %(min_amount)s, schemes = %(schemes)s, updated_at = %(now)s
        where id = %(id)s
        """,
        _columns(key, request, now),
    )


def delete(connection: Connection, key: UUID) -> None:
    """Remove a preference: it has no history."""
    connection.execute("delete from notification_preferences where id = %s", (key,))


def _columns(key: UUID, request: PreferenceRequest, now: datetime) -> dict[str, Any]:
    lists = {
        "channels": list(request.channels),
        "schemes": None if request.schemes is None else list(request.schemes),
    }
    return dict(request) | lists | {"id": key, "now": now}
