"""Messages as people read them, each within what its reader may see; only who one is for marks it as read."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.errors import Forbidden, InvalidInput, NotFound
from automation.identity.permissions import Scope
from automation.runtime import Runtime
from automation.store import messages as store
from automation.store.messages import InAppRow, LogRow, LogsWanted
from automation.store.preferences import Reader

_COUNTED: Final = 1_000


class Unread(NamedTuple):
    """How many are unread, and whether there are more than were counted."""

    number: int
    more: bool


def logs(runtime: Runtime, wanted: LogsWanted) -> list[LogRow]:
    """Messages over all channels, the newest first."""
    return runtime.database.transaction(lambda connection: store.logs(connection, wanted))


def log(runtime: Runtime, shown_id: str, scope: Scope) -> LogRow:
    """One message; NotFound where there is none to see."""
    absent = NotFound(f"there is no notification {shown_id}", hint="list the notification logs to see their ids")
    key = _key(shown_id, absent)
    found = runtime.database.transaction(lambda connection: store.logs(connection, LogsWanted(scope, 1), key))
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
