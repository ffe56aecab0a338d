"""Orders that end without being executed, and what that means for the executions and rules that made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from automation.database import Connection
from automation.store import notifications
from automation.store.orders import mark_over


def end(connection: Connection, rows: Sequence[tuple[UUID, str, str]], now: datetime) -> None:
    """End orders as Failed or Cancelled (order, status, reason) and take back what their rules counted on."""
    over = mark_over(connection, rows)
    if not over:
        return
    _take_back(connection, [order for order, _ in over], now)
    notifications.insert(connection, [("Order Failed", order, client) for order, client in over], now)


def _take_back(connection: Connection, ids: list[UUID], now: datetime) -> None:
    """The rule's total shrinks by each order; an execution that is left without any has Failed, and counts as such."""
    connection.execute(
        """
        with ended as (
            select execution_id, rule_id, sum(amount) as amount
            from orders
            where id = any(%(ids)s) and origin = 'auto_invest'
            group by execution_id, rule_id
        ), failed as (
            update automation_execution_logs l
            set status = 'Failed', reason = 'order_failed'
            from ended e
            where l.id = e.execution_id and l.status = 'Success' and not exists (
                select from orders o
                where o.execution_id = e.execution_id and o.status not in ('Failed', 'Cancelled'))
            returning l.rule_id
        ), by_rule as (
            select e.rule_id, sum(e.amount) as amount,
                   (select count(*) from failed f where f.rule_id = e.rule_id) as failures
            from ended e group by e.rule_id
        )
        update auto_invest_rules r
        set total_invested = greatest(r.total_invested - b.amount, 0),
            execution_count = greatest(r.execution_count - b.failures, 0),
            consecutive_failures = r.consecutive_failures + b.failures,
            status = case when r.consecutive_failures + b.failures >= r.failure_limit and r.status = 'Active'
                          then 'Paused' else r.status end,
            status_reason = case when r.consecutive_failures + b.failures >= r.failure_limit and r.status = 'Active'
                                 then 'repeated_failures' else r.status_reason end,
            updated_at = %(now)s
        from by_rule b
        where r.id = b.rule_id
        """,
        {"ids": ids, "now": now},
    )
