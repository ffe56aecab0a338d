"""Orders that end without being executed, and what that means for the executions and rules that made them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import dict_row

from automation.database import Connection
from automation.store.arrays import columns
from automation.store.notifications import Message
from automation.store.orders import mark_over


class Ended(NamedTuple):
    """What the end of orders has changed: rules whose totals shrank, and what the clients are to be told."""

    rules: list[UUID]
    messages: list[Message]


def end(connection: Connection, rows: Sequence[tuple[UUID, str, str]], now: datetime) -> Ended:
    """End orders as Failed, Cancelled or Held (order, status, reason) and take back what their rules counted on."""
    over = mark_over(connection, rows)
    if not over:
        return Ended([], [])
    ids = [order for order, _ in over]
    _lock_executions(connection, ids)
    ends = {order: (status, reason) for order, status, reason in rows}
    told = [_message(order, client, *ends[order]) for order, client in over]
    return Ended(_take_back(connection, ids, now), told)


def _message(order: UUID, client: str, status: str, reason: str) -> Message:
    """What the client is told; an order that is Held has not failed: the house may even have executed it."""
    event = "Portfolio Alert" if status == "Held" else "Order Failed"
    return Message(event, order, client, json.dumps({"order": status, "reason": reason}))


def _lock_executions(connection: Connection, ids: list[UUID]) -> None:
    """In the order of their keys, so that two workers who end the last orders of one execution see each other."""
    connection.execute(
        """
        select from automation_execution_logs
        where id = any(array(select execution_id from orders where id = any(%s)))
        order by id for update
        """,
        (ids,),
    )


def _take_back(connection: Connection, ids: list[UUID], now: datetime) -> list[UUID]:
    """The rules' totals shrink by each order; an execution that is left without any has Failed. The rules' ids.

    The decision to order counted as a success and began the failures in a row anew: that is undone as well, from
    what the log says was counted before, unless a person has changed the rule since. Orders that were cancelled
    are no failures of the rule.
    """
    rows = connection.execute(
        """
        with ended as (
            select execution_id, rule_id, sum(amount) as amount
            from orders
            where id = any(%(ids)s) and origin = 'auto_invest' and status in ('Failed', 'Cancelled')
            group by execution_id, rule_id
        ), failed as (
            update automation_execution_logs l
            set status = 'Failed', reason = case when o.refused then 'order_failed' else 'order_cancelled' end
            from ended e
            cross join lateral (
                select bool_or(status = 'Failed') as refused, bool_and(status in ('Failed', 'Cancelled')) as over
                from orders where execution_id = e.execution_id) o
            where l.id = e.execution_id and l.status = 'Success' and o.over
            returning l.id, l.rule_version, o.refused, (l.details #>> '{rule,consecutive_failures}')::int as before
        ), by_rule as (
            select e.rule_id, sum(e.amount) as amount, count(f.id) as executions,
                   count(*) filter (where f.refused) as failures, max(f.before) as before,
                   max(f.rule_version) as version
            from ended e left join failed f on f.id = e.execution_id
            group by e.rule_id
        )
        update auto_invest_rules r
        set total_invested = greatest(r.total_invested - b.amount, 0),
            execution_count = greatest(r.execution_count - b.executions, 0),
            consecutive_failures = b.failures
                + greatest(r.consecutive_failures, case when b.version = r.version then b.before end),
            updated_at = %(now)s
        from by_rule b
        where r.id = b.rule_id
        returning r.id
        """,
        {"ids": ids, "now": now},
    )
    return [row[0] for row in rows]


def failed_executions(connection: Connection, orders: Sequence[UUID]) -> list[Message]:
    """What is told of executions that failed with these orders: also how many failures pause the rule, and if so."""
    rows = connection.execute(
        """
        select distinct l.id, l.client_id,
               json_build_object('failures', r.consecutive_failures, 'pauses_at', r.failure_limit,
                                 'paused', r.status = 'Paused')::text
        from orders o
        join automation_execution_logs l on l.id = o.execution_id
        join auto_invest_rules r on r.id = l.rule_id
        where o.id = any(%s) and l.reason = 'order_failed'
        """,
        (list(orders),),
    )
    return [Message("Auto-Invest Failed", *row) for row in rows]


def pause(connection: Connection, rule_ids: Sequence[UUID]) -> None:
    """Pause those of the rules that have failed too often in a row."""
    connection.execute(
        """
        update auto_invest_rules set status = 'Paused', status_reason = 'repeated_failures'
        where id = any(%s) and status = 'Active' and consecutive_failures >= failure_limit
        """,
        (list(rule_ids),),
    )


def correct_totals(connection: Connection, rows: Sequence[tuple[UUID, Decimal]]) -> list[UUID]:
    """Take from the rules' totals what their orders (order, money) came to less than was asked for; the rules."""
    if not rows:
        return []
    changed = connection.execute(
        """
        update auto_invest_rules r set total_invested = greatest(r.total_invested - s.amount, 0)
        from (select o.rule_id, sum(t.amount) as amount
              from unnest(%b::uuid[], %b::numeric[]) as t (id, amount) join orders o on o.id = t.id
              group by o.rule_id) s
        where r.id = s.rule_id
        returning r.id
        """,
        tuple(columns(rows, 2)),
    )
    return [row[0] for row in changed]


def cut_short(connection: Connection, rule_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Those of the rules that are Completed by a number which they no longer reach.

    Whole, with their client's zone and as `last_occurrence` the newest that is recorded.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone, l.occurrence as last_occurrence
            from auto_invest_rules r
            join clients c on c.id = r.client_id
            left join lateral (
                select occurrence from automation_execution_logs
                where rule_id = r.id
                order by occurrence desc limit 1) l on true
            where r.id = any(%s) and r.status = 'Completed'
              and r.status_reason in ('instalments_done', 'max_total_reached')
              and (r.instalments is null or r.execution_count < r.instalments)
              and (r.max_total_amount is null or r.total_invested < r.max_total_amount)
            """,
            (list(rule_ids),),
        ).fetchall()


class Reopened(NamedTuple):
    """What a rule becomes that ended too early."""

    id: UUID
    status: str
    status_reason: str | None
    next_occurrence: datetime | None
    next_run_at: datetime | None


def reopen(connection: Connection, rows: Sequence[Reopened], now: datetime) -> None:
    """Let locked rules go on."""
    connection.execute(
        """
        update auto_invest_rules r
        set status = n.status, status_reason = n.reason, next_occurrence = n.nominal, next_run_at = n.run_at,
            updated_at = %s
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamp[], %b::timestamptz[])
             as n (id, status, reason, nominal, run_at)
        where r.id = n.id
        """,
        (now, *columns(rows, 5)),
    )
