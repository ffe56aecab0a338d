"""The execution log and orders as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.identity.permissions import Scope


class Wanted(NamedTuple):
    """Which rows: of a rule, a client, a run, in a status, before another one in the order that is newest first."""

    scope: Scope
    limit: int
    rule_id: UUID | None = None
    client_id: str | None = None
    status: str | None = None
    before: UUID | None = None
    run_id: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        own = {name: value for name, value in self._asdict().items() if name != "scope"}
        return own | self.scope._asdict()


class LogRow(NamedTuple):
    """One execution; `occurrence` is its naive local name, `kind` that of its rule."""

    id: UUID
    kind: str
    rule_id: UUID
    rule_version: int
    client_id: str
    occurrence: datetime
    due_at: datetime
    executed_at: datetime
    status: str
    reason: str | None
    amount: Decimal | None
    run_id: UUID
    details: Mapping[str, Any] | None


def logs(connection: Connection, wanted: Wanted) -> list[LogRow]:
    """Executions of any kind of rule, the newest first, without their details."""
    with connection.cursor(row_factory=args_row(LogRow)) as cursor:
        return cursor.execute(
            """
            select l.id, l.rule_kind, l.rule_id, l.rule_version, l.client_id, l.occurrence, l.due_at, l.executed_at,
                   l.status, l.reason, l.amount, l.run_id, null::jsonb
            from automation_execution_logs l
            join clients c on c.id = l.client_id
            where (%(rule_id)s::uuid is null or l.rule_id = %(rule_id)s)
              and (%(client_id)s::text is null or l.client_id = %(client_id)s)
              and (%(status)s::text is null or l.status = %(status)s)
              and (%(before)s::uuid is null or l.id < %(before)s)
              and (%(run_id)s::uuid is null or l.run_id = %(run_id)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by l.id desc
            limit %(limit)s
            """,
            wanted.parameters,
        ).fetchall()


def log(connection: Connection, key: UUID, scope: Scope) -> LogRow | None:
    """One execution with its details, None where there is none within the scope."""
    with connection.cursor(row_factory=args_row(LogRow)) as cursor:
        return cursor.execute(
            """
            select l.id, l.rule_kind, l.rule_id, l.rule_version, l.client_id, l.occurrence, l.due_at, l.executed_at,
                   l.status, l.reason, l.amount, l.run_id, l.details
            from automation_execution_logs l
            join clients c on c.id = l.client_id
            where l.id = %(key)s and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            """,
            {"key": key} | scope._asdict(),
        ).fetchone()


class OrderRow(NamedTuple):
    """One order; amounts in the client's currency."""

    id: UUID
    origin: str
    rule_id: UUID | None
    execution_id: UUID | None
    leg: int
    client_id: str
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    units: Decimal | None
    all_units: bool
    status: str
    reason: str | None
    created_at: datetime
    trade_date: date
    submitted_at: datetime | None
    nav: Decimal | None
    nav_date: date | None
    executed_units: Decimal | None
    executed_amount: Decimal | None
    exit_load: Decimal | None
    target_nav: Decimal | None
    target_units: Decimal | None
    executed_at: datetime | None
    settles_on: date | None
    settled_at: datetime | None


def orders(connection: Connection, wanted: Wanted, key: UUID | None = None) -> list[OrderRow]:
    """Orders, the newest first; with `key` the one, if it is within the scope."""
    with connection.cursor(row_factory=args_row(OrderRow)) as cursor:
        return cursor.execute(
            """
            select o.id, o.origin, o.rule_id, o.execution_id, o.leg, o.client_id, o.order_type, o.product_id,
                   o.target_product_id, o.amount, o.units, o.all_units, o.status, o.reason, o.created_at, o.trade_date,
                   o.submitted_at, o.nav, o.nav_date, o.executed_units, o.executed_amount, o.exit_load, o.target_nav,
                   o.target_units, o.executed_at, o.settles_on, o.settled_at
            from orders o
            join clients c on c.id = o.client_id
            where (%(key)s::uuid is null or o.id = %(key)s)
              and (%(rule_id)s::uuid is null or o.rule_id = %(rule_id)s)
              and (%(client_id)s::text is null or o.client_id = %(client_id)s)
              and (%(status)s::text is null or o.status = %(status)s)
              and (%(before)s::uuid is null or o.id < %(before)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by o.id desc
            limit %(limit)s
            """,
            wanted.parameters | {"key": key},
        ).fetchall()
