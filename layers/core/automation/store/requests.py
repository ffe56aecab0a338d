"""Requests with an Idempotency-Key, and what they were answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import args_row
from psycopg.types.json import Jsonb

from automation.database import Connection


class Kept(NamedTuple):
    """A request by its fingerprint, and its answer, all None while it is in flight."""

    fingerprint: str
    status: int | None
    headers: Mapping[str, str] | None
    body: str | None


def reserve(connection: Connection, caller: str, key: str, fingerprint: str, now: datetime) -> bool:
    """Begin a request; False where the caller has used the key before."""
    added = connection.execute(
        """
        insert into automation_requests (caller, key, fingerprint, created_at) values (%s, %s, %s, %s)
        on conflict (caller, key) do nothing
        """,
        (caller, key, fingerprint, now),
    )
    return added.rowcount == 1


def read(connection: Connection, caller: str, key: str) -> Kept | None:
    """A request as it stands."""
    with connection.cursor(row_factory=args_row(Kept)) as cursor:
        return cursor.execute(
            "select fingerprint, status, headers, body from automation_requests where caller = %s and key = %s",
            (caller, key),
        ).fetchone()


def answer(connection: Connection, caller: str, key: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """Keep the answer to a request in flight."""
    connection.execute(
        """
        update automation_requests set status = %s, headers = %s, body = %s
        where caller = %s and key = %s and status is null
        """,
        (status, Jsonb(dict(headers)), body, caller, key),
    )


def release(connection: Connection, caller: str, key: str) -> None:
    """Forget a request in flight that came to nothing."""
    connection.execute(
        "delete from automation_requests where caller = %s and key = %s and status is null", (caller, key)
    )


def forget(connection: Connection, before: datetime, limit: int) -> None:
    """Forget some requests of long ago."""
    connection.execute(
        """
        delete from automation_requests
        where (caller, key) in (
            select caller, key from automation_requests where created_at < %s
            order by created_at limit %s for update skip locked)
        """,
        (before, limit),
    )
