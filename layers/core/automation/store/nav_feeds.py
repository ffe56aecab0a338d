"""The last whole reading of each feed."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class Reading(NamedTuple):
    """What a feed was like when it was last read whole: its version, how many rows, and its newest date."""

    etag: str | None
    last_modified: str | None
    rows: int
    newest: date


def last(connection: Connection, source: str) -> Reading | None:
    """The last reading of a feed, None before the first."""
    with connection.cursor(row_factory=args_row(Reading)) as cursor:
        return cursor.execute(
            "select etag, last_modified, rows, newest from nav_feeds where source = %s", (source,)
        ).fetchone()


def record(connection: Connection, source: str, reading: Reading, now: datetime) -> None:
    """Note a reading, in the transaction that keeps what was read."""
    connection.execute(
        """
        insert into nav_feeds (source, etag, last_modified, rows, newest, read_at)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (source) do update
            set etag = excluded.etag, last_modified = excluded.last_modified, rows = excluded.rows,
                newest = excluded.newest, read_at = excluded.read_at
        """,
        (source, *reading, now),
    )
