"""Runs: one row per invocation of a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from automation.database import Connection


def start(
    connection: Connection,
    run_id: UUID,
    job: str,
    started_by: str,
    scheduled_for: datetime | None,
    now: datetime,
) -> None:
    """Record that a job begins."""
    connection.execute(
        """
        insert into automation_runs (id, job, started_by, scheduled_for, started_at)
        values (%s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        (run_id, job, started_by, scheduled_for, now),
    )


def finish(
    connection: Connection,
    run_id: UUID,
    now: datetime,
    counts: Mapping[str, int],
    *,
    work_left: bool,
    error: str | None,
) -> None:
    """Record how a run ended: what it did, whether work is left, and its error if it broke off."""
    connection.execute(
        """
        update automation_runs
        set finished_at = %s, status = case when %s::text is null then 'Succeeded' else 'Failed' end,
            counts = %s, work_left = %s, error = %s
        where id = %s and status = 'Running'
        """,
        (now, error, Jsonb(dict(counts)), work_left, error, run_id),
    )
