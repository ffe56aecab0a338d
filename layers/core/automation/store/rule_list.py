"""Auto-invest rules and what became of them, as lists for people."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, dict_row

from automation.database import Connection
from automation.identity.permissions import EVERYONE, Scope


def rules(
    connection: Connection,
    client_id: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` rules in the order of their creation, whole and with their client's zone."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone
            from auto_invest_rules r join clients c on c.id = r.client_id
            where (%(client)s::text is null or r.client_id = %(client)s)
              and (%(status)s::text is null or r.status = %(status)s)
              and (%(after)s::uuid is null or r.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by r.id
            limit %(limit)s
            """,
            {"client": client_id, "status": status, "limit": limit, "after": after} | scope._asdict(),
        ).fetchall()


class Executed(NamedTuple):
    """One execution of a rule; `occurrence` is its naive local name."""

    id: UUID
    occurrence: datetime
    executed_at: datetime
    status: str
    reason: str | None
    amount: Decimal | None


def executions(connection: Connection, rule_id: UUID, limit: int) -> list[Executed]:
    """A rule's latest executions, the newest occurrence first."""
    with connection.cursor(row_factory=args_row(Executed)) as cursor:
        return cursor.execute(
            """
            select id, occurrence, executed_at, status, reason, amount
            from automation_execution_logs
            where rule_id = %s
            order by occurrence desc
            limit %s
            """,
            (rule_id, limit),
        ).fetchall()


class Placed(NamedTuple):
    """One order of an execution; `product` is what it buys, or redeems."""

    id: UUID
    product: str
    amount: Decimal | None
    status: str
    reason: str | None


def orders(connection: Connection, execution_id: UUID) -> list[Placed]:
    """The orders of an execution as they stand now, leg by leg."""
    with connection.cursor(row_factory=args_row(Placed)) as cursor:
        return cursor.execute(
            """
            select id, coalesce(target_product_id, product_id), amount, status, reason
            from orders
            where execution_id = %s
            order by leg
            """,
            (execution_id,),
        ).fetchall()
