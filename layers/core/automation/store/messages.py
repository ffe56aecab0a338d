"""Messages as people read them: what was told over which channel, and what the client finds in the app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.store.preferences import Reader


class LogsWanted(NamedTuple):
    """Which messages: of a client, over a channel, in a status, of an event, written in a time, before another one.

    What is another user's own is not among those that the `reader` sees.
    """

    reader: Reader
    limit: int
    client_id: str | None = None
    channel: str | None = None
    status: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return self._asdict() | self.reader.parameters


class LogRow(NamedTuple):
    """One message over one channel: to whom, what was said, and what became of it.

    `title` is there once it was written, `address` once it was sent; `to_me` where the reader is who it is for.
    """

    id: UUID
    event: str
    client_id: str
    user_id: str | None
    channel: str
    recipient: str
    address: str | None
    title: str | None
    payload: Mapping[str, Any]
    status: str
    reason: str | None
    attempts: int
    deliver_at: datetime
    sent_at: datetime | None
    created_at: datetime
    to_me: bool


def logs(connection: Connection, wanted: LogsWanted, key: UUID | None = None) -> list[LogRow]:
    """Messages, the newest first; with `key` the one, if it is within the scope."""
    with connection.cursor(row_factory=args_row(LogRow)) as cursor:
        return cursor.execute(
            """
            select n.id, n.event, n.client_id, n.user_id, n.channel, n.recipient, n.address,
                   coalesce(n.title, a.title), n.payload, n.status, n.reason, n.attempts, n.deliver_at, n.sent_at,
                   n.created_at, coalesce(coalesce(n.user_id, c.user_id) = %(reader)s, false)
            from notification_logs n
            join clients c on c.id = n.client_id
            left join in_app_notifications a on a.id = n.id
            where (%(key)s::uuid is null or n.id = %(key)s)
              and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (%(channel)s::text is null or n.channel = %(channel)s)
              and (%(status)s::text is null or n.status = %(status)s)
              and (%(event)s::text is null or n.event = %(event)s)
              and (%(since)s::timestamptz is null or n.created_at >= %(since)s)
              and (%(until)s::timestamptz is null or n.created_at < %(until)s)
              and (%(before)s::uuid is null or n.id < %(before)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
            order by n.id desc
            limit %(limit)s
            """,
            wanted.parameters | {"key": key},
        ).fetchall()


class Became(NamedTuple):
    """How many messages have come to the same, and why."""

    status: str
    reason: str | None
    messages: int


def became(
    connection: Connection, reader: Reader, client_id: str | None, since: datetime | None, most: int
) -> list[Became]:
    """What has become of messages, of the newest up to `most` that the reader may see; the most frequent first."""
    with connection.cursor(row_factory=args_row(Became)) as cursor:
        return cursor.execute(
            """
            select status, reason, count(*) from (
                select n.status, n.reason from notification_logs n
                join clients c on c.id = n.client_id
                where (%(client_id)s::text is null or n.client_id = %(client_id)s)
                  and (%(since)s::timestamptz is null or n.created_at >= %(since)s)
                  and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
                  and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
                order by n.id desc
                limit %(most)s) found
            group by status, reason
            order by count(*) desc, status, reason
            """,
            reader.parameters | {"client_id": client_id, "since": since, "most": most},
        ).fetchall()


def lock(connection: Connection, key: UUID) -> None:
    """Let nobody else say what becomes of a message meanwhile."""
    connection.execute("select from notification_logs where id = %s for update", (key,))


def retry(connection: Connection, key: UUID, now: datetime) -> None:
    """Let a message be tried anew, as often as one that was never tried."""
    connection.execute(
        """
        update notification_logs
        set status = 'Pending', reason = null, attempts = 0, deliver_at = %s, sent_at = null, provider_id = null,
            lease_until = null
        where id = %s
        """,
        (now, key),
    )


class InAppRow(NamedTuple):
    """One notification in the app; `to_me` where the reader is who it is for, and so who marks it as read."""

    id: UUID
    client_id: str
    event: str
    title: str
    body: str
    payload: Mapping[str, Any]
    read_at: datetime | None
    created_at: datetime
    to_me: bool


def in_app(
    connection: Connection,
    reader: Reader,
    limit: int,
    client_id: str | None = None,
    before: UUID | None = None,
    key: UUID | None = None,
    *,
    unread: bool = False,
) -> list[InAppRow]:
    """Notifications in the app, the newest first; with `key` the one, if the reader may see it."""
    with connection.cursor(row_factory=args_row(InAppRow)) as cursor:
        return cursor.execute(
            """
            select n.id, n.client_id, n.event, n.title, n.body, n.payload, n.read_at, n.created_at,
                   coalesce(coalesce(n.user_id, c.user_id) = %(reader)s, false)
            from in_app_notifications n
            join clients c on c.id = n.client_id
            where (%(key)s::uuid is null or n.id = %(key)s)
              and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (not %(unread)s or n.read_at is null)
              and (%(before)s::uuid is null or n.id < %(before)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
            order by n.id desc
            limit %(limit)s
            """,
            reader.parameters
            | {"limit": limit, "client_id": client_id, "before": before, "key": key, "unread": unread},
        ).fetchall()


def unread(connection: Connection, reader: Reader, client_id: str | None, most: int) -> int:
    """How many notifications are unread of those that the reader may see, counted up to `most`."""
    (count,) = connection.execute(
        """
        select count(*) from (
            select from in_app_notifications n
            join clients c on c.id = n.client_id
            where n.read_at is null and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
            limit %(most)s) found
        """,
        reader.parameters | {"client_id": client_id, "most": most},
    ).fetchone() or (0,)
    return int(count)


def mark_read(connection: Connection, key: UUID, now: datetime) -> None:
    """Mark a notification as read; the first reading is the one that is kept."""
    connection.execute("update in_app_notifications set read_at = %s where id = %s and read_at is null", (now, key))


def mark_all_read(connection: Connection, client_id: str, reader: Reader, up_to: UUID | None, now: datetime) -> int:
    """Mark what is for the reader of a client's notifications as read, up to one that it has seen; how many."""
    return connection.execute(
        """
        update in_app_notifications n set read_at = %(now)s
        from clients c
        where c.id = n.client_id and n.client_id = %(client_id)s and n.read_at is null
          and coalesce(n.user_id, c.user_id) = %(reader)s and (%(up_to)s::uuid is null or n.id <= %(up_to)s)
          and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
        """,
        reader.parameters | {"client_id": client_id, "up_to": up_to, "now": now},
    ).rowcount
