"""The audit trail: added to under one lock, and read in the order of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import args_row
from psycopg.types.json import Jsonb

from automation.chain import BEGINNING, Entry, Link
from automation.database import Connection


def lock_end(connection: Connection) -> Link:
    """The last entry, after which nobody else adds one until this transaction is over."""
    # Two statements: the second sees what whoever held the lock before has committed.
    cursor = connection.execute(
        """
        select pg_advisory_xact_lock(5208114796310278);
        select number, hash from automation_audit_end()
        """
    )
    cursor.nextset()
    row = cursor.fetchone()
    return BEGINNING if row is None else Link(*row)


def append(connection: Connection, entry: Entry) -> None:
    """Add an entry that continues the last one."""
    connection.execute(
        """
        insert into automation_audit
            (number, at, by, action, object_kind, object_id, client_id, details, previous_hash, hash)
        values (%(number)s, %(at)s, %(by)s, %(action)s, %(object_kind)s, %(object_id)s, %(client_id)s, %(details)s,
                %(previous_hash)s, %(hash)s)
        """,
        {**entry._asdict(), "details": Jsonb(dict(entry.details))},
    )


def end(connection: Connection) -> Link:
    """The last entry that there is now."""
    row = connection.execute("select number, hash from automation_audit_end()").fetchone()
    return BEGINNING if row is None else Link(*row)


def after(connection: Connection, number: int, last: int, limit: int) -> list[Entry]:
    """Up to `limit` entries above one number and up to another, in their order."""
    with connection.cursor(row_factory=args_row(Entry)) as cursor:
        return cursor.execute(
            """
            select number, at, by, action, object_kind, object_id, client_id, details, previous_hash, hash
            from automation_audit
            where number > %s and number <= %s
            order by number
            limit %s
            """,
            (number, last, limit),
        ).fetchall()


class Wanted(NamedTuple):
    """Which entries: of an object, by somebody, about a client, of an action, from an instant to before another."""

    limit: int
    before: int | None = None
    object_id: str | None = None
    by: str | None = None
    client_id: str | None = None
    action: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self._asdict()


def listed(connection: Connection, wanted: Wanted) -> list[Entry]:
    """Entries, the newest first."""
    with connection.cursor(row_factory=args_row(Entry)) as cursor:
        return cursor.execute(
            """
            select number, at, by, action, object_kind, object_id, client_id, details, previous_hash, hash
            from automation_audit
            where (%(before)s::bigint is null or number < %(before)s)
              and (%(object_id)s::text is null or object_id = %(object_id)s)
              and (%(by)s::text is null or by = %(by)s)
              and (%(client_id)s::text is null or client_id = %(client_id)s)
              and (%(action)s::text is null or action = %(action)s)
              and (%(start)s::timestamptz is null or at >= %(start)s)
              and (%(end)s::timestamptz is null or at < %(end)s)
            order by number desc
            limit %(limit)s
            """,
            wanted.parameters,
        ).fetchall()
