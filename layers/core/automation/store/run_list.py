"""Runs as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection


class RunRow(NamedTuple):
    """One run of a job; `scheduled_for` is None where it was started by hand."""

    id: UUID
    job: str
    started_by: str
    scheduled_for: datetime | None
    started_at: datetime
    finished_at: datetime | None
    status: str
    counts: Mapping[str, int]
    work_left: bool
    error: str | None


def runs(connection: Connection, job: str | None, status: str | None, before: UUID | None, limit: int) -> list[RunRow]:
    """Up to `limit` runs that began before another one, the newest first; all, or those of a job or in a status."""
    with connection.cursor(row_factory=args_row(RunRow)) as cursor:
        return cursor.execute(
            """
            select id, job, started_by, scheduled_for, started_at, finished_at, status, counts, work_left, error
            from automation_runs
            where (%(job)s::text is null or job = %(job)s)
              and (%(status)s::text is null or status = %(status)s)
              and (%(before)s::uuid is null or id < %(before)s)
            order by id desc
            limit %(limit)s
            """,
            {"job": job, "status": status, "before": before, "limit": limit},
        ).fetchall()


def run(connection: Connection, key: UUID) -> RunRow | None:
    """One run, or None."""
    with connection.cursor(row_factory=args_row(RunRow)) as cursor:
        return cursor.execute(
            """
            select id, job, started_by, scheduled_for, started_at, finished_at, status, counts, work_left, error
            from automation_runs
            where id = %s
            """,
            (key,),
        ).fetchone()
