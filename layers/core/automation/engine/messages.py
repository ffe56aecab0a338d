"""Messages as people read them, each within what its reader may see; only who one is for marks it as read.

One that could not be delivered is tried anew because somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.engine import audit
from automation.errors import Conflict, Forbidden, InvalidInput, NotFound
from automation.runtime import Runtime
from automation.store import messages as store
from automation.store.messages import Became, InAppRow, LogRow, LogsWanted
from automation.store.preferences import Reader

_COUNTED: Final = 1_000
_LOOKED_AT: Final = 10_000


class Unread(NamedTuple):
    """How many are unread, and whether there are more than were counted."""

    number: int
    more: bool


def logs(runtime: Runtime, wanted: LogsWanted) -> list[LogRow]:
    """Messages over all channels, the newest first."""
    return runtime.database.transaction(lambda connection: store.logs(connection, wanted))


def log(runtime: Runtime, shown_id: str, reader: Reader) -> LogRow:
    """One message; NotFound where there is none to see."""
    absent = _no_message(shown_id)
    key = _key(shown_id, absent)
    return runtime.database.transaction(lambda connection: _log(connection, reader, key, absent))


class Summary(NamedTuple):
    """What has become of messages, and whether there are more than were looked at."""

    parts: Sequence[Became]
    more: bool


def summary(runtime: Runtime, reader: Reader, client_id: str | None, since: datetime | None) -> Summary:
    """How many messages have come to what, and why: of the newest that the reader may see."""
    found = runtime.database.transaction(lambda c: store.became(c, reader, client_id, since, _LOOKED_AT))
    return Summary(found, sum(each.messages for each in found) == _LOOKED_AT)


def retry(runtime: Runtime, shown_id: str, reader: Reader, by: str, *, may_double: bool) -> LogRow:
    """Try a message anew that could not be delivered, and answer it; whether it is wanted and true is asked again.

    Conflict where it has come to something else, InvalidInput where it may have arrived already and `may_double` does
    not allow that it arrives twice.
    """
    absent = _no_message(shown_id)
    key = _key(shown_id, absent)
    # When this call has tried before: its commit may have got through, and the answer been lost.
    tried: set[datetime] = set()

    def work(connection: Connection) -> LogRow:
        store.lock(connection, key)
        row = _log(connection, reader, key, absent)
        if row.status == "Pending" and row.deliver_at in tried:
            return row
        _refuse_to_retry(row, shown_id, may_double=may_double)
        now = runtime.clock.now(connection)
        store.retry(connection, key, now)
        tried.add(now)
        told = {"status": [row.status, "Pending"], "reason": row.reason, "attempts": row.attempts}
        audit.record(connection, now, by, "notification.retry", shown_id, row.client_id, told)
        return _log(connection, reader, key, absent)

    row = runtime.database.transaction(work)
    runtime.poke("notifications", row.deliver_at)
    return row


def _refuse_to_retry(row: LogRow, shown_id: str, *, may_double: bool) -> None:
    if row.status not in ("Failed", "Unknown"):
        raise Conflict(f"{shown_id} is {row.status}", hint="only what is Failed or Unknown is tried again")
    if row.status == "Unknown" and not may_double:
        raise InvalidInput(
            "confirm_may_double",
            "must be true: nobody knows whether the message has arrived, so that it may arrive twice",
            hint="ask who it is for, or send true",
        )


def _log(connection: Connection, reader: Reader, key: UUID, absent: NotFound) -> LogRow:
    found = store.logs(connection, LogsWanted(reader, 1), key)
    if not found:
        raise absent
    return found[0]


def in_app(
    runtime: Runtime, reader: Reader, limit: int, client_id: str | None, before: UUID | None, *, unread: bool
) -> list[InAppRow]:
    """Notifications in the app, the newest first."""
    return runtime.database.transaction(
        lambda connection: store.in_app(connection, reader, limit, client_id, before, unread=unread)
    )


def notification(runtime: Runtime, shown_id: str, reader: Reader) -> InAppRow:
    """One notification in the app; NotFound where there is none to see."""
    absent = _absent(shown_id)
    key = _key(shown_id, absent)
    return runtime.database.transaction(lambda connection: _one(connection, reader, key, absent))


def unread(runtime: Runtime, reader: Reader, client_id: str | None) -> Unread:
    """How many of those that the reader may see are unread."""
    found = runtime.database.transaction(lambda c: store.unread(c, reader, client_id, _COUNTED + 1))
    return Unread(min(found, _COUNTED), found > _COUNTED)


def read(runtime: Runtime, shown_id: str, reader: Reader) -> InAppRow:
    """Mark a notification as read, and answer it; once it is, nothing changes any more.

    NotFound where there is none to see, Forbidden where it is for somebody else: that another has seen it does not
    mean that its client has.
    """
    absent = _absent(shown_id)
    key = _key(shown_id, absent)

    def work(connection: Connection) -> InAppRow:
        row = _one(connection, reader, key, absent)
        if not row.to_me:
            raise Forbidden(f"{shown_id} is for somebody else", hint="only who it is for marks it as read")
        store.mark_read(connection, key, runtime.clock.now(connection))
        return _one(connection, reader, key, absent)

    return runtime.database.transaction(work)


def read_all(runtime: Runtime, client_id: str, up_to: str | None, reader: Reader) -> int:
    """Mark what is for this user of a client's notifications as read, up to the one named; how many were not yet."""
    key = None if up_to is None else _sent(up_to)
    return runtime.database.transaction(lambda c: store.mark_all_read(c, client_id, reader, key, runtime.clock.now(c)))


def _one(connection: Connection, reader: Reader, key: UUID, absent: NotFound) -> InAppRow:
    found = store.in_app(connection, reader, 1, key=key)
    if not found:
        raise absent
    return found[0]


def _no_message(shown_id: str) -> NotFound:
    return NotFound(f"there is no notification {shown_id}", hint="list the notification logs to see their ids")


def _absent(shown_id: str) -> NotFound:
    return NotFound(f"there is no notification {shown_id}", hint="list the notifications to see their ids")


def _key(shown_id: str, absent: NotFound) -> UUID:
    try:
        return identifiers.read(identifiers.NOTIFICATION, shown_id)
    except ValueError as error:
        raise absent from error


def _sent(up_to: str) -> UUID:
    try:
        return identifiers.read(identifiers.NOTIFICATION, up_to)
    except ValueError as error:
        raise InvalidInput("up_to", str(error), hint="send the id of the newest that was seen") from error
