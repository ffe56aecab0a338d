"""Orders that end without being executed, and what that means for the executions and rules that made them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from automation.database import Connection
from automation.store import notifications
from automation.store.notifications import Message
from automation.store.orders import mark_over


def end(connection: Connection, rows: Sequence[tuple[UUID, str, str]], now: datetime) -> None:
    """End orders as Failed, Cancelled or Held (order, status, reason) and take back what their rules counted on."""
    over = mark_over(connection, rows)
    if not over:
        return
    ids = [order for order, _ in over]
    _lock_executions(connection, ids)
    _pause(connection, _take_back(connection, ids, now))
    ends = {order: (status, reason) for order, status, reason in rows}
    told = [_message(order, client, *ends[order]) for order, client in over]
    notifications.insert(connection, told + _failed_executions(connection, ids), now)


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


def _failed_executions(connection: Connection, ids: list[UUID]) -> list[Message]:
    """What is told of executions that failed with these orders: also how many more failures pause the rule."""
    rows = connection.execute(
        """
        select distinct l.id, l.client_id,
               json_build_object('failures', r.consecutive_failures, 'pauses_at', r.failure_limit)::text
        from orders o
        join automation_execution_logs l on l.id = o.execution_id
        join auto_invest_rules r on r.id = l.rule_id
        where o.id = any(%s) and l.reason = 'order_failed'
        """,
        (ids,),
    )
    return [Message("Auto-Invest Failed", *row) for row in rows]


def _pause(connection: Connection, rule_ids: list[UUID]) -> None:
    """Pause those of the rules that have failed too often in a row."""
    connection.execute(
        """
        update auto_invest_rules set status = 'Paused', status_reason = 'repeated_failures'
        where id = any(%s) and status = 'Active' and consecutive_failures >= failure_limit
        """,
        (rule_ids,),
    )
