"""Skips: ranges of nominal dates, both included, whose occurrences of a rule the client wants left out."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection


class Skip(NamedTuple):
    """One range, and who asked for it."""

    id: UUID
    start: date
    end: date
    by: str | None


def insert(connection: Connection, rule_id: UUID, skip: Skip, now: datetime) -> None:
    """Skip the occurrences with a nominal date in the range."""
    connection.execute(
        """
        insert into auto_invest_skips (id, rule_id, from_date, to_date, created_by, created_at)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        (skip.id, rule_id, skip.start, skip.end, skip.by, now),
    )


def take(connection: Connection, rule_id: UUID, start: date, end: date) -> list[Skip]:
    """Delete the ranges that have a day in common with the one given; what they were."""
    with connection.cursor(row_factory=args_row(Skip)) as cursor:
        return cursor.execute(
            """
            delete from auto_invest_skips
            where rule_id = %s and from_date <= %s and to_date >= %s
            returning id, from_date, to_date, created_by
            """,
            (rule_id, end, start),
        ).fetchall()


def to_come(connection: Connection, rule_id: UUID, today: date) -> list[tuple[date, date]]:
    """The ranges that are still to come, or not over yet."""
    return connection.execute(
        "select from_date, to_date from auto_invest_skips where rule_id = %s and to_date >= %s order by from_date",
        (rule_id, today),
    ).fetchall()
