"""Token buckets, one row a name and subject."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class Bucket(NamedTuple):
    """What is left at `refilled_at`, and how often it was taken from on `day` (UTC)."""

    tokens: Decimal
    refilled_at: datetime
    day: date
    used: int


def lock(connection: Connection, name: str, subject: str, full: Decimal, now: datetime) -> Bucket:
    """The subject's bucket, locked; a full one where it has none yet."""
    connection.execute(
        """
        insert into automation_allowances (name, subject, tokens, refilled_at, day, used)
        values (%s, %s, %s, %s, %s, 0)
        on conflict (name, subject) do nothing
        """,
        (name, subject, full, now, now.date()),
    )
    with connection.cursor(row_factory=args_row(Bucket)) as cursor:
        found = cursor.execute(
            """
            select tokens, refilled_at, day, used from automation_allowances
            where name = %s and subject = %s
            for update
            """,
            (name, subject),
        ).fetchone()
    return found or Bucket(full, now, now.date(), 0)


def save(connection: Connection, name: str, subject: str, bucket: Bucket) -> None:
    """Keep what is left."""
    connection.execute(
        """
        update automation_allowances set tokens = %s, refilled_at = %s, day = %s, used = %s
        where name = %s and subject = %s
        """,
        (*bucket, name, subject),
    )
