"""The execution log, read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection

_PAGE: Final = 2000


class Logged(NamedTuple):
    """A row of the log with its details as JSON."""

    id: UUID
    rule_id: UUID
    occurrence: datetime
    executed_at: datetime
    status: str
    reason: str | None
    amount: Decimal | None
    details: dict[str, Any]


def read_all(connection: Connection) -> Iterator[Logged]:
    """Every auto-invest execution in the order of its key, page by page."""
    after = UUID(int=0)
    while page := _page(connection, after):
        yield from page
        after = page[-1].id


def _page(connection: Connection, after: UUID) -> list[Logged]:
    with connection.cursor(row_factory=args_row(Logged)) as cursor:
        return cursor.execute(
            """
            select id, rule_id, occurrence, executed_at, status, reason, amount, details
            from automation_execution_logs
            where rule_kind = 'auto_invest' and id > %s
            order by id
            limit %s
            """,
            (after, _PAGE),
        ).fetchall()


def latest(connection: Connection, rule_id: UUID) -> Logged | None:
    """The execution of a rule's newest occurrence, None before the first."""
    with connection.cursor(row_factory=args_row(Logged)) as cursor:
        return cursor.execute(
            """
            select id, rule_id, occurrence, executed_at, status, reason, amount, details
            from automation_execution_logs
            where rule_id = %s
            order by occurrence desc
            limit 1
            """,
            (rule_id,),
        ).fetchone()
