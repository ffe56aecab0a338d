"""The execution log: written once, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection, scalar
from automation.store.arrays import columns

_PAGE: Final = 2000
_SOME: Final = 250


class Execution(NamedTuple):
    """A row of the execution log; `details` is JSON text."""

    id: UUID
    rule_id: UUID
    rule_version: int
    client_id: str
    occurrence: datetime
    due_at: datetime
    status: str
    reason: str | None
    amount: Decimal | None
    details: str


def insert(connection: Connection, kind: str, rows: Iterable[Execution], now: datetime, run_id: UUID) -> None:
    """Log executions of a kind of rules as they come; an occurrence that is logged already stops the whole batch."""
    same = kind, str(now), str(run_id)
    logged = (row + same for row in rows)
    if _is_held(connection):
        _insert(connection, logged)
    else:
        _stream(connection, logged)


def _is_held(connection: Connection) -> bool:
    """Whether policies look at every row, which they can't in a COPY; a superuser is known without asking."""
    if connection.info.parameter_status("is_superuser") == "on":
        return False
    return bool(scalar(connection, "select row_security_active('automation_execution_logs')"))


def _stream(connection: Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """The database takes rows in while the next ones are being made."""
    with connection.cursor().copy(
        """
        copy automation_execution_logs (id, rule_id, rule_version, client_id, occurrence, due_at, status, reason,
                                        amount, details, rule_kind, executed_at, run_id)
        from stdin
        """
    ) as copy:
        copy.set_types(_LOGGED)
        for row in rows:
            copy.write_row(row)


def _insert(connection: Connection, rows: Iterator[tuple[object, ...]]) -> None:
    """The same by statements that are not waited for one by one."""
    with connection.pipeline():
        while some := list(islice(rows, _SOME)):
            connection.execute(
                """
                insert into automation_execution_logs (
                    id, rule_id, rule_version, client_id, occurrence, due_at, status, reason, amount, details,
                    rule_kind, executed_at, run_id)
                select * from unnest(
                    %b::uuid[], %b::uuid[], %b::int[], %b::text[], %b::timestamp[], %b::timestamptz[], %b::text[],
                    %b::text[], %b::numeric[], %b::jsonb[], %b::text[], %b::timestamptz[], %b::uuid[])
                """,
                columns(some, len(_LOGGED)),
            )


# Said once rather than found out row by row; what is JSON or the same in all rows is sent as the text that it is.
_LOGGED: Final = ["uuid", "uuid", "int4", "text", "timestamp", "timestamptz", *["text"] * 2, "numeric", *["text"] * 4]


class Logged(NamedTuple):
    """A row of the log with its details as JSON; `kind` is that of the rule."""

    id: UUID
    kind: str
    rule_id: UUID
    occurrence: datetime
    executed_at: datetime
    status: str
    reason: str | None
    amount: Decimal | None
    details: dict[str, Any]


def read_all(connection: Connection) -> Iterator[Logged]:
    """Every execution in the order of its key, page by page."""
    after = UUID(int=0)
    while page := _page(connection, after):
        yield from page
        after = page[-1].id


def _page(connection: Connection, after: UUID) -> list[Logged]:
    with connection.cursor(row_factory=args_row(Logged)) as cursor:
        return cursor.execute(
            """
            select id, rule_kind, rule_id, occurrence, executed_at, status, reason, amount, details
            from automation_execution_logs
            where id > %s
            order by id
            limit %s
            """,
            (after, _PAGE),
        ).fetchall()


def redecide(connection: Connection, row: Execution) -> None:
    """A proposal is decided again, as what was planned is to be carried out now: that takes the place of the plan."""
    connection.execute(
        """
        update automation_execution_logs set rule_version = %s, due_at = %s, amount = %s, details = %s
        where id = %s
        """,
        (row.rule_version, row.due_at, row.amount, row.details, row.id),
    )


def of_execution(connection: Connection, key: UUID) -> Logged | None:
    """The log of one execution."""
    with connection.cursor(row_factory=args_row(Logged)) as cursor:
        return cursor.execute(
            """
            select id, rule_kind, rule_id, occurrence, executed_at, status, reason, amount, details
            from automation_execution_logs
            where id = %s
            """,
            (key,),
        ).fetchone()


def latest(connection: Connection, rule_id: UUID) -> Logged | None:
    """The execution of a rule's newest occurrence, None before the first."""
    with connection.cursor(row_factory=args_row(Logged)) as cursor:
        return cursor.execute(
            """
            select id, rule_kind, rule_id, occurrence, executed_at, status, reason, amount, details
            from automation_execution_logs
            where rule_id = %s
            order by occurrence desc
            limit 1
            """,
            (rule_id,),
        ).fetchone()
