"""What messages are about, as it is now: orders, executions, triggers, rebalancings, rules, goals, products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection


class OrderSubject(NamedTuple):
    """An order, with what it came to where it is executed."""

    id: UUID
    order_type: str
    product_id: str
    product: str
    target_product_id: str | None
    target_product: str | None
    amount: Decimal | None
    units: Decimal | None
    nav: Decimal | None
    nav_date: date | None
    target_nav: Decimal | None
    target_units: Decimal | None
    exit_load: Decimal | None
    settles_on: date | None
    status: str
    reason: str | None


def orders(connection: Connection, ids: Sequence[UUID]) -> list[OrderSubject]:
    """The orders of these keys."""
    with connection.cursor(row_factory=args_row(OrderSubject)) as cursor:
        return cursor.execute(
            """
            select o.id, o.order_type, o.product_id, p.name, o.target_product_id, t.name,
                   coalesce(o.executed_amount, o.amount), coalesce(o.executed_units, o.units), o.nav, o.nav_date,
                   o.target_nav, o.target_units, o.exit_load, o.settles_on, o.status, o.reason
            from orders o
            join products p on p.id = o.product_id
            left join products t on t.id = o.target_product_id
            where o.id = any(%s)
            """,
            (list(ids),),
        ).fetchall()


# What a rule r buys: its one product p, or the products of its basket b.
_BOUGHT: Final[LiteralString] = """
            left join products p on p.id = r.product_id
            left join lateral (
                select array_agg(each.id) as ids, array_agg(each.name) as names
                from products each
                where r.product_id is null
                  and each.id in (select part ->> 'product' from jsonb_array_elements(r.allocations) part)) b on true
"""


class InstalmentSubject(NamedTuple):
    """An execution of an auto-invest rule; `completed` and what follows are the rule's present state."""

    id: UUID
    rule_id: UUID
    name: str
    plan: str
    product_ids: Sequence[str]
    products: Sequence[str]
    amount: Decimal | None
    occurrence: datetime
    status: str
    reason: str | None
    next_occurrence: datetime | None
    completed: bool


def instalments(connection: Connection, ids: Sequence[UUID]) -> list[InstalmentSubject]:
    """The executions of these keys that are of auto-invest rules."""
    with connection.cursor(row_factory=args_row(InstalmentSubject)) as cursor:
        return cursor.execute(
            """
            select l.id, r.id, r.name, r.plan, coalesce(b.ids, array[r.product_id]), coalesce(b.names, array[p.name]),
                   l.amount, l.occurrence, l.status, l.reason, r.next_occurrence, r.status = 'Completed'
            from automation_execution_logs l
            join auto_invest_rules r on r.id = l.rule_id
            """  # noqa: S608 - both texts are our own
            + _BOUGHT
            + """
            where l.id = any(%s) and l.rule_kind = 'auto_invest'
            """,
            (list(ids),),
        ).fetchall()


class TriggerSubject(NamedTuple):
    """A trigger, found by its own key or by that of its execution, which is `found_by`."""

    found_by: UUID
    id: UUID
    name: str
    trigger_type: str
    condition: str | None
    level: Decimal | None
    observed: Decimal | None
    observed_on: date | None
    mode: str
    status: str
    reason: str | None
    order_type: str
    product_id: str
    product: str
    target_product_id: str | None
    target_product: str | None
    amount: Decimal | None
    units: Decimal | None
    valid_until: datetime | None


def triggers(connection: Connection, ids: Sequence[UUID]) -> list[TriggerSubject]:
    """The triggers of these keys, and those whose executions have them."""
    with connection.cursor(row_factory=args_row(TriggerSubject)) as cursor:
        return cursor.execute(
            """
            select f.id, t.id, t.name, t.trigger_type, t.trigger_condition, t.trigger_value, t.observed_value,
                   t.observed_on, t.mode, t.status, coalesce(t.status_reason, f.reason), t.order_type, t.product_id,
                   p.name, t.target_product_id, o.name, t.amount, t.units, t.valid_until
            from (select l.id, l.rule_id, l.reason from automation_execution_logs l
                  where l.id = any(%(ids)s) and l.rule_kind = 'trigger'
                  union all
                  select id, id, null from trigger_orders where id = any(%(ids)s)) f
            join trigger_orders t on t.id = f.rule_id
            join products p on p.id = t.product_id
            left join products o on o.id = t.target_product_id
            """,
            {"ids": list(ids)},
        ).fetchall()


class RebalancingSubject(NamedTuple):
    """An execution of a rebalancing rule; `moved` is the money of its planned trades."""

    id: UUID
    rule_id: UUID
    name: str
    status: str
    reason: str | None
    max_drift: Decimal | None
    trades: int
    moved: Decimal | None
    confirm_until: datetime | None
    product_ids: Sequence[str]


def rebalancings(connection: Connection, ids: Sequence[UUID]) -> list[RebalancingSubject]:
    """The rebalancing executions of these keys."""
    with connection.cursor(row_factory=args_row(RebalancingSubject)) as cursor:
        return cursor.execute(
            """
            select x.id, r.id, r.name, x.status, x.reason, x.max_drift, jsonb_array_length(x.actions), a.moved,
                   case when x.status = 'Pending' then x.expires_at end, coalesce(a.products, '{}')
            from rebalancing_executions x
            join rebalancing_rules r on r.id = x.rule_id
            left join lateral (
                select sum((part ->> 'amount')::numeric) as moved,
                       array_agg(distinct part ->> 'product') filter (where part ? 'product') as products
                from jsonb_array_elements(x.actions) part) a on true
            where x.id = any(%s)
            """,
            (list(ids),),
        ).fetchall()


class ComingSubject(NamedTuple):
    """A rule whose instalment comes: whether the client wants to skip it, and what the client has."""

    id: UUID
    name: str
    plan: str
    product_ids: Sequence[str]
    products: Sequence[str]
    status: str
    next_occurrence: datetime | None
    next_run_at: datetime | None
    skipped: bool
    cash: Decimal


def coming(connection: Connection, ids: Sequence[UUID]) -> list[ComingSubject]:
    """The auto-invest rules of these keys."""
    with connection.cursor(row_factory=args_row(ComingSubject)) as cursor:
        return cursor.execute(
            """
            select r.id, r.name, r.plan, coalesce(b.ids, array[r.product_id]), coalesce(b.names, array[p.name]),
                   r.status, r.next_occurrence, r.next_run_at,
                   exists (select from auto_invest_skips s
                           where s.rule_id = r.id and r.next_occurrence::date between s.from_date and s.to_date),
                   c.cash_balance
            from auto_invest_rules r
            join clients c on c.id = r.client_id
            """  # noqa: S608 - both texts are our own
            + _BOUGHT
            + """
            where r.id = any(%s)
            """,
            (list(ids),),
        ).fetchall()


class Named(NamedTuple):
    """Something of a name, and for a goal its target."""

    id: str
    name: str
    target: Decimal | None
    target_date: date | None
    product_ids: Sequence[str]


def goals(connection: Connection, ids: Sequence[str]) -> list[Named]:
    """The goals of these keys."""
    with connection.cursor(row_factory=args_row(Named)) as cursor:
        return cursor.execute(
            """
            select g.id, g.name, g.target_amount, g.target_date,
                   array(select product_id from goal_products where goal_id = g.id)
            from goals g
            where g.id = any(%s)
            """,
            (list(ids),),
        ).fetchall()


def products(connection: Connection, ids: Sequence[str]) -> list[Named]:
    """The products of these keys."""
    with connection.cursor(row_factory=args_row(Named)) as cursor:
        return cursor.execute(
            "select id, name, null::numeric, null::date, array[id] from products where id = any(%s)", (list(ids),)
        ).fetchall()
