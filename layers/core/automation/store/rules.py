"""Auto-invest rules as people make and change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, dict_row
from psycopg.types.json import Jsonb

from automation.auto_invest.request import AutoInvestRequest
from automation.database import Connection


class ClientTerms(NamedTuple):
    """What a rule needs of its client."""

    time_zone: str
    currency: str


class ProductTerms(NamedTuple):
    """What a rule needs of its products when it is made."""

    id: str
    amc: str
    currency: str
    status: str
    open: bool
    calendar: str
    min_purchase: Any
    purchase_multiple: Any
    min_redemption: Any


def client(connection: Connection, client_id: str) -> ClientTerms | None:
    """The client's zone and currency, None where there is no such client."""
    row = connection.execute("select time_zone, currency from clients where id = %s", (client_id,)).fetchone()
    return ClientTerms(*row) if row else None


def products(connection: Connection, ids: Sequence[str]) -> dict[str, ProductTerms]:
    """The terms of those of the products that exist."""
    with connection.cursor(row_factory=args_row(ProductTerms)) as cursor:
        rows = cursor.execute(
            """
            select id, amc, currency, status, open_for_subscription, calendar, min_purchase, purchase_multiple,
                   min_redemption
            from products where id = any(%s)
            """,
            (list(ids),),
        )
        return {product.id: product for product in rows}


def owns_goal(connection: Connection, client_id: str, goal_id: str) -> bool:
    """Whether the goal is the client's."""
    return connection.execute("select from goals where id = %s and client_id = %s", (goal_id, client_id)).rowcount == 1


def owns_rebalancing(connection: Connection, client_id: str, rule_id: UUID) -> bool:
    """Whether the rebalancing rule is the client's."""
    return (
        connection.execute(
            "select from rebalancing_rules where id = %s and client_id = %s", (rule_id, client_id)
        ).rowcount
        == 1
    )


class First(NamedTuple):
    """Where a new rule begins."""

    nominal: datetime
    due: datetime


def insert(
    connection: Connection, rule_id: UUID, request: AutoInvestRequest, first: First, by: str, now: datetime
) -> bool:
    """Add an Active rule; False where it is there already."""
    row = _columns(request) | {"id": rule_id, "by": by, "now": now, "nominal": first.nominal, "due": first.due}
    added = connection.execute(
        """
        insert into auto_invest_rules (
            id, client_id, name, plan, product_id, source_product_id, allocations, amount, frequency,
            day_of_month, day_of_week, at_time, roll, start_date, end_date, trigger_type, trigger_config, goal_id,
            instalments, max_total_amount, max_per_execution, min_balance_required, step_up_percent,
            step_up_amount, step_up_every_months, step_up_cap, cash_policy, missed, failure_limit, enabled,
            first_occurrence, next_occurrence, next_run_at, created_by, created_at, updated_at)
        values (
            %(id)s, %(client)s, %(name)s, %(plan)s, %(product)s, %(source_product)s, %(allocations)s, %(amount)s,
            %(frequency)s, %(day_of_month)s, %(day_of_week)s, %(time)s, %(roll)s, %(start_date)s, %(end_date)s,
            %(trigger_type)s, %(trigger_config)s, %(goal)s, %(instalments)s, %(max_total_amount)s,
            %(max_per_execution)s, %(min_balance_required)s, %(step_up_percent)s, %(step_up_amount)s,
            %(step_up_every_months)s, %(step_up_cap)s, %(cash_policy)s, %(missed)s, %(failure_limit)s,
            %(enabled)s, %(nominal)s::date, %(nominal)s, %(due)s, %(by)s, %(now)s, %(now)s)
        on conflict (id) do nothing
        """,
        row,
    )
    return added.rowcount == 1


def update(connection: Connection, rule_id: UUID, request: AutoInvestRequest, now: datetime) -> None:
    """Give a rule other terms; its client and plan, what it has done and what comes next stay."""
    connection.execute(
        """
        update auto_invest_rules
        set version = version + 1, name = %(name)s, product_id = %(product)s, source_product_id = %(source_product)s,
            allocations = %(allocations)s, amount = %(amount)s, frequency = %(frequency)s,
            day_of_month = %(day_of_month)s, day_of_week = %(day_of_week)s, at_time = %(time)s, roll = %(roll)s,
            start_date = %(start_date)s, end_date = %(end_date)s, trigger_type = %(trigger_type)s,
            trigger_config = %(trigger_config)s, goal_id = %(goal)s, instalments = %(instalments)s,
            max_total_amount = %(max_total_amount)s, max_per_execution = %(max_per_execution)s,
            min_balance_required = %(min_balance_required)s, step_up_percent = %(step_up_percent)s,
            step_up_amount = %(step_up_amount)s, step_up_every_months = %(step_up_every_months)s,
            step_up_cap = %(step_up_cap)s, cash_policy = %(cash_policy)s, missed = %(missed)s,
            failure_limit = %(failure_limit)s, enabled = %(enabled)s, updated_at = %(now)s
        where id = %(id)s
        """,
        _columns(request) | {"id": rule_id, "now": now},
    )


def _columns(request: AutoInvestRequest) -> dict[str, Any]:
    """The request's fields as the columns take them: what is nested becomes JSON or columns of its own."""
    parts = [{"product": part.product, "percent": str(part.percent)} for part in request.allocations or ()]
    config = request.trigger_config.model_dump(mode="json", exclude_none=True) if request.trigger_config else {}
    step_up = dict(request.step_up or dict.fromkeys(("percent", "amount", "every_months", "cap")))
    nested = {
        "allocations": Jsonb(parts) if parts else None,
        "trigger_config": Jsonb(config),
        "failure_limit": request.failures_allowed,
    }
    return dict(request) | nested | {f"step_up_{name}": value for name, value in step_up.items()}


class Rival(NamedTuple):
    """Another rule of the client that takes from a product what this one gives to it, or the other way round."""

    id: UUID
    name: str
    frequency: str
    day_of_month: int | None
    day_of_week: int | None
    at_time: Any
    roll: str
    start_date: date
    end_date: date | None
    product_id: str


def rivals(connection: Connection, client_id: str, buys: Sequence[str], sells: Sequence[str]) -> list[Rival]:
    """The client's other rules that sell what is bought here, or buy what is sold here."""
    with connection.cursor(row_factory=args_row(Rival)) as cursor:
        return cursor.execute(
            """
            select r.id, r.name, r.frequency, r.day_of_month, r.day_of_week, r.at_time, r.roll, r.start_date,
                   r.end_date, coalesce(r.source_product_id, r.product_id)
            from auto_invest_rules r
            where r.client_id = %(client)s and r.status = 'Active' and r.plan <> 'SIP'
              and coalesce(r.source_product_id, r.product_id) = any(%(buys)s)
            union all
            select r.id, r.name, r.frequency, r.day_of_month, r.day_of_week, r.at_time, r.roll, r.start_date,
                   r.end_date, b.product
            from auto_invest_rules r
            cross join lateral (
                select r.product_id as product where r.plan <> 'SWP' and r.product_id is not null
                union all
                select part ->> 'product' from jsonb_array_elements(r.allocations) part) b
            where r.client_id = %(client)s and r.status = 'Active' and b.product = any(%(sells)s)
            """,
            {"client": client_id, "buys": list(buys), "sells": list(sells)},
        ).fetchall()


def lock(connection: Connection, rule_id: UUID) -> dict[str, Any] | None:
    """Lock one rule and read it whole, with its client's zone; None where there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone
            from auto_invest_rules r join clients c on c.id = r.client_id
            where r.id = %s
            for update of r
            """,
            (rule_id,),
        ).fetchone()


def read(connection: Connection, rule_id: UUID) -> dict[str, Any] | None:
    """One rule whole, with its client's zone; None where there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone
            from auto_invest_rules r join clients c on c.id = r.client_id
            where r.id = %s
            """,
            (rule_id,),
        ).fetchone()


def set_status(
    connection: Connection,
    rule_id: UUID,
    status: str,
    reason: str | None,
    until: datetime | None,
    now: datetime,
) -> None:
    """Change a rule's status as a person wants it; one that ends has no next occurrence, and waits for none."""
    connection.execute(
        """
        update auto_invest_rules
        set status = %(status)s, status_reason = %(reason)s, paused_until = %(until)s, version = version + 1,
            consecutive_failures = 0,
            next_occurrence = case when %(status)s in ('Active', 'Paused') then next_occurrence end,
            next_run_at = case when %(status)s in ('Active', 'Paused') then next_run_at end,
            last_look = case when %(status)s in ('Active', 'Paused') then last_look end,
            attempts = case when %(status)s in ('Active', 'Paused') then attempts else 0 end, updated_at = %(now)s
        where id = %(id)s
        """,
        {"id": rule_id, "status": status, "reason": reason, "until": until, "now": now},
    )


def set_next(connection: Connection, rule_id: UUID, nominal: datetime, run_at: datetime) -> None:
    """Give a rule that was parked its next occurrence."""
    connection.execute(
        "update auto_invest_rules set next_occurrence = %s, next_run_at = %s where id = %s", (nominal, run_at, rule_id)
    )


def set_first(connection: Connection, rule_id: UUID, first: date) -> None:
    """Let a rule that has not run yet begin on another date: its steps up are counted from there."""
    connection.execute("update auto_invest_rules set first_occurrence = %s where id = %s", (first, rule_id))


def set_enabled(connection: Connection, rule_id: UUID, now: datetime, *, on: bool) -> None:
    """Switch a rule on or off."""
    connection.execute(
        "update auto_invest_rules set enabled = %s, version = version + 1, updated_at = %s where id = %s",
        (on, now, rule_id),
    )
