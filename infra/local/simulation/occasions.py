"""What a client's triggers and rebalancing rules did, read back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class Fired(NamedTuple):
    """A trigger that fired: `on` is the client's local date, `observed` what was seen, not the level."""

    rule: str
    at: datetime
    on: date
    observed: Decimal | None
    status: str
    reason: str | None


def fired(connection: Connection, client: str) -> list[Fired]:
    """The triggers of a client that fired, whatever their mode, the earliest first."""
    with connection.cursor(row_factory=args_row(Fired)) as cursor:
        return cursor.execute(
            """
            select t.name, t.triggered_at, (t.triggered_at at time zone c.time_zone)::date, t.observed_value,
                   t.status, t.status_reason
            from trigger_orders t
            join clients c on c.id = t.client_id
            where t.client_id = %s and t.triggered_at is not null
            order by t.triggered_at, t.id
            """,
            (client,),
        ).fetchall()


class Rebalanced(NamedTuple):
    """A rebalancing that traded, on the client's local date; drifts are in points, turnover is a share."""

    rule: str
    at: datetime
    on: date
    max_drift: Decimal
    portfolio_drift: Decimal
    turnover: Decimal
    status: str


def rebalanced(connection: Connection, client: str) -> list[Rebalanced]:
    """The rebalancings of a client that traded, the earliest first."""
    with connection.cursor(row_factory=args_row(Rebalanced)) as cursor:
        return cursor.execute(
            """
            select r.name, e.created_at, (e.created_at at time zone c.time_zone)::date, e.max_drift,
                   e.portfolio_drift, e.turnover, e.status
            from rebalancing_executions e
            join rebalancing_rules r on r.id = e.rule_id
            join clients c on c.id = e.client_id
            where e.client_id = %s
              and exists (select from orders o where o.execution_id = e.id and o.status in ('Executed', 'Settled'))
            order by e.created_at, e.id
            """,
            (client,),
        ).fetchall()
