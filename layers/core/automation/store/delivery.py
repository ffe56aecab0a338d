"""Messages on their way through a channel, from their claim to what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from automation.database import Connection
from automation.store.arrays import columns
from automation.store.fan_out import CLIENT, Client

_CLIENT: Final = len(Client._fields)


class Waiting(NamedTuple):
    """A message that is due; `waits` says what it has waited for, `payload` is JSON text."""

    id: UUID
    event: str
    source_id: UUID
    payload: str
    user_id: str | None
    waits: str | None
    attempts: int
    client: Client


_WAITING: Final[LiteralString] = (
    """
                   n.id, n.event, n.source_id, n.payload::text, n.user_id, n.reason, n.attempts,
    """
    + CLIENT
)


def claim(connection: Connection, channel: str, now: datetime, limit: int) -> list[Waiting]:
    """Lock up to `limit` messages of a channel that are due, the longest due first; no other worker's."""
    with connection.cursor(row_factory=lambda _: _waiting) as cursor:
        return cursor.execute(
            "select"
            + _WAITING
            + """
            from notification_logs n
            join clients c on c.id = n.client_id
            left join notification_settings s on s.client_id = n.client_id
            where n.channel = %s and n.status = 'Pending' and n.deliver_at <= %s
            order by n.deliver_at, n.id
            limit %s
            for update of n skip locked
            """,
            (channel, now, limit),
        ).fetchall()


def digests(connection: Connection, channel: str, now: datetime, clients: Sequence[str], most: int) -> list[Waiting]:
    """Lock what else is due of the digests of these clients, of each client up to `most`, unless another worker is
    at that client's digest: then none of it is answered, nor is what was claimed of it to be sent.
    """
    with connection.cursor(row_factory=lambda _: _waiting) as cursor:
        return cursor.execute(
            """
            with mine as materialized (
                select client_id from unnest(%(clients)s::text[]) as t (client_id)
                where pg_try_advisory_xact_lock(hashtextextended('digest ' || client_id, 0))
            )
            select
            """  # noqa: S608 - both texts are our own
            + _WAITING
            + """
            from mine
            join clients c on c.id = mine.client_id
            left join notification_settings s on s.client_id = c.id
            cross join lateral (
                select * from notification_logs
                where client_id = c.id and channel = %(channel)s and status = 'Pending' and deliver_at <= %(now)s
                  and reason = 'digest'
                order by deliver_at, id
                limit %(most)s
                for update) n
            order by n.deliver_at, n.id
            """,
            {"channel": channel, "now": now, "clients": list(clients), "most": most},
        ).fetchall()


def _waiting(row: Sequence[object]) -> Waiting:
    return Waiting(*row[:-_CLIENT], Client._make(row[-_CLIENT:]))  # type: ignore[arg-type, call-arg]


class Kept(NamedTuple):
    """What becomes of a claimed message that is not sent now: Suppressed, Failed, or Pending until later."""

    id: UUID
    status: str
    reason: str | None
    deliver_at: datetime


def keep(connection: Connection, rows: Sequence[Kept]) -> None:
    """Write what becomes of claimed messages that are not sent now."""
    if not rows:
        return
    connection.execute(
        """
        update notification_logs n set status = t.status, reason = t.reason, deliver_at = t.deliver_at
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[]) as t (id, status, reason, deliver_at)
        where n.id = t.id
        """,
        tuple(columns(rows, len(Kept._fields))),
    )


class Written(NamedTuple):
    """A message as it is to be sent, to the address that the recipient has now."""

    id: UUID
    address: str
    title: str
    body: str


def lease(connection: Connection, rows: Sequence[Written], until: datetime) -> None:
    """Keep claimed messages, as written, for this worker: no other one finds them due before `until`."""
    if not rows:
        return
    connection.execute(
        """
        update notification_logs n
        set deliver_at = %s, address = t.address, title = t.title, body = t.body
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::text[]) as t (id, address, title, body)
        where n.id = t.id
        """,
        (until, *columns(rows, len(Written._fields))),
    )


def begin(connection: Connection, ids: Sequence[UUID], leased: datetime, until: datetime) -> set[UUID]:
    """Mark messages Sending that this worker still has the lease of; their keys. They are lost after `until`."""
    rows = connection.execute(
        """
        update notification_logs set status = 'Sending', attempts = attempts + 1, lease_until = %s
        where id = any(%s) and status = 'Pending' and deliver_at = %s
        returning id
        """,
        (until, list(ids), leased),
    )
    return {row[0] for row in rows}


class Ended(NamedTuple):
    """What became of a message that was being sent: Sent, Failed, Unknown, or Pending to be tried again."""

    id: UUID
    status: str
    reason: str | None
    deliver_at: datetime
    provider_id: str | None


def record(connection: Connection, rows: Sequence[Ended], until: datetime, now: datetime) -> None:
    """Write what became of messages that this worker has marked until an instant; of others' it writes nothing."""
    if not rows:
        return
    connection.execute(
        """
        update notification_logs n
        set status = t.status, reason = t.reason, deliver_at = t.deliver_at, provider_id = t.provider_id,
            sent_at = case when t.status = 'Sent' then %s end, lease_until = null
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])
             as t (id, status, reason, deliver_at, provider_id)
        where n.id = t.id and n.status = 'Sending' and n.lease_until = %b
        """,
        (now, *columns(rows, len(Ended._fields)), until),
    )


def release(connection: Connection, ids: Sequence[UUID], leased: datetime, now: datetime) -> None:
    """Give back what this worker has leased and not begun to send."""
    connection.execute(
        "update notification_logs set deliver_at = %s where id = any(%s) and status = 'Pending' and deliver_at = %s",
        (now, list(ids), leased),
    )


def forget(connection: Connection, now: datetime, limit: int) -> int:
    """Messages whose worker died while it sent them are Unknown from now on; how many."""
    return connection.execute(
        """
        update notification_logs set status = 'Unknown', reason = 'worker_lost', lease_until = null
        where id = any(array(
            select id from notification_logs where status = 'Sending' and lease_until <= %s
            limit %s for update skip locked))
        """,
        (now, limit),
    ).rowcount
