"""Messages as their facts have left them, and what becomes of them: in the app at once, by other channels later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.store.arrays import columns


class Client(NamedTuple):
    """Whom a message is about, and how that client is told."""

    id: str
    name: str
    email: str | None
    phone: str | None
    push_endpoint: str | None
    time_zone: str
    currency: str
    user_id: str | None
    locale: str
    digest: str
    digest_at: time
    digest_day: int


# What a client is read as: of clients c, and of what it has set s.
CLIENT: Final[LiteralString] = """
                   c.id, c.name, c.email, c.phone, c.push_endpoint, c.time_zone, c.currency, c.user_id,
                   coalesce(s.locale, 'en_IN'), coalesce(s.digest, 'off'), coalesce(s.digest_at, '08:00'),
                   coalesce(s.digest_day, 1)
"""


class Origin(NamedTuple):
    """A message that nobody has been told of yet; `payload` is JSON text."""

    id: UUID
    event: str
    source_id: UUID
    payload: str
    client: Client


def claim(connection: Connection, now: datetime, limit: int) -> list[Origin]:
    """Lock up to `limit` messages that are to be told, the oldest first; what another worker has is left to it."""
    with connection.cursor(row_factory=lambda _: _origin) as cursor:
        return cursor.execute(
            """
            select n.id, n.event, n.source_id, n.payload::text,
            """  # noqa: S608 - both texts are our own
            + CLIENT
            + """
            from notification_logs n
            join clients c on c.id = n.client_id
            left join notification_settings s on s.client_id = n.client_id
            where n.channel = 'In-App' and n.status = 'Pending' and n.deliver_at <= %s
            order by n.deliver_at
            limit %s
            for update of n skip locked
            """,
            (now, limit),
        ).fetchall()


def _origin(row: Sequence[object]) -> Origin:
    return Origin(*row[:4], Client._make(row[4:]))  # type: ignore[arg-type, call-arg]


class InApp(NamedTuple):
    """A notification in the app, of the key of its message; a user's own where it names one."""

    id: UUID
    client_id: str
    user_id: str | None
    event: str
    title: str
    body: str
    payload: str


def show_in_app(connection: Connection, rows: Sequence[InApp], now: datetime) -> None:
    """Put notifications into the app; one that is there already stays as it is."""
    if not rows:
        return
    connection.execute(
        """
        insert into in_app_notifications (id, client_id, user_id, event, title, body, payload, created_at)
        select id, client_id, user_id, event, title, body, payload::jsonb, %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[])
             as t (id, client_id, user_id, event, title, body, payload)
        on conflict (id) do nothing
        """,
        (now, *columns(rows, len(InApp._fields))),
    )


def settle(connection: Connection, rows: Sequence[tuple[UUID, str, str | None]], now: datetime) -> None:
    """Say what became of claimed messages in the app: (key, status, reason)."""
    connection.execute(
        """
        update notification_logs n
        set status = t.status, reason = t.reason, sent_at = case when t.status = 'Sent' then %s end
        from unnest(%b::uuid[], %b::text[], %b::text[]) as t (id, status, reason)
        where n.id = t.id
        """,
        (now, *columns(rows, 3)),
    )


class Further(NamedTuple):
    """A message by another channel, or to another user, than the one that it was told first."""

    id: UUID
    event: str
    source_id: UUID
    client_id: str
    user_id: str | None
    channel: str
    recipient: str
    payload: str
    status: str
    reason: str | None
    deliver_at: datetime


def insert(connection: Connection, rows: Sequence[Further], now: datetime) -> None:
    """Add messages of further channels; one that is there already stays as it is."""
    if not rows:
        return
    connection.execute(
        """
        insert into notification_logs (id, event, source_id, client_id, user_id, channel, recipient, payload, status,
                                       reason, deliver_at, sent_at, created_at)
        select id, event, source_id, client_id, user_id, channel, recipient, payload::jsonb, status, reason,
               deliver_at, case when status = 'Sent' then %s end, %s
        from unnest(%b::uuid[], %b::text[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
                    %b::text[], %b::text[], %b::timestamptz[])
             as t (id, event, source_id, client_id, user_id, channel, recipient, payload, status, reason, deliver_at)
        on conflict on constraint notification_logs_once do nothing
        """,
        (now, now, *columns(rows, len(Further._fields))),
    )


class Preference(NamedTuple):
    """The terms of a preference, and whose they are: the client's own, or a user's; `allowed` while it may look."""

    client_id: str
    event: str
    user_id: str | None
    user_name: str | None
    user_email: str | None
    allowed: bool
    channels: Sequence[str]
    enabled: bool
    level: str
    quiet_start: time | None
    quiet_end: time | None
    min_amount: Decimal | None
    schemes: Sequence[str] | None


def preferences(connection: Connection, clients: Sequence[str], events: Sequence[str]) -> list[Preference]:
    """The preferences of these clients for these events, those of other users last."""
    with connection.cursor(row_factory=args_row(Preference)) as cursor:
        return cursor.execute(
            """
            select p.client_id, p.event, p.user_id, u.name, u.email,
                   p.user_id is null or (u.active and (u.id in (c.user_id, c.rm_user_id)
                                         or u.role in ('supervisor', 'operations', 'admin'))),
                   p.channels, p.enabled, p.level, p.quiet_start, p.quiet_end, p.min_amount, p.schemes
            from notification_preferences p
            join clients c on c.id = p.client_id
            left join users u on u.id = p.user_id
            where p.client_id = any(%s) and p.event = any(%s)
            order by p.user_id nulls first
            """,
            (list(clients), list(events)),
        ).fetchall()
