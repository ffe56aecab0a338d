"""What the runs of the last days say about each job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from psycopg.rows import args_row

from automation.database import Connection
from automation.status.facts import History

_DAY: Final = timedelta(days=1)


def histories(connection: Connection, jobs: Sequence[str], now: datetime) -> dict[str, History]:
    """By job, of those that ran in the last seven days: one walk through the index of its runs."""
    with connection.cursor(row_factory=args_row(History)) as cursor:
        rows = cursor.execute(
            """
            select job,
                   count(*) filter (where finished_at is not null),
                   count(*) filter (where status = 'Succeeded'),
                   count(*) filter (where finished_at is not null and started_at >= %(day)s),
                   count(*) filter (where status = 'Succeeded' and started_at >= %(day)s),
                   count(distinct scheduled_for) filter (where started_at >= %(day)s),
                   min(started_at) filter (where started_at >= %(day)s),
                   count(*) filter (where started_at >= %(day)s and started_at < before_ended),
                   max(started_at) filter (where status = 'Succeeded'),
                   (array_agg(started_at - scheduled_for order by started_at desc)
                       filter (where scheduled_for is not null))[1]
            from (select r.*, lag(finished_at) over (partition by job order by started_at) as before_ended
                  from automation_runs r
                  where job = any(%(jobs)s) and started_at >= %(week)s) recent
            group by job
            """,
            {"jobs": list(jobs), "day": now - _DAY, "week": now - 7 * _DAY},
        )
        return {each.job: each for each in rows}
