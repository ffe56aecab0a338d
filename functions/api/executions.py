"""The execution log and the orders, to be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.openapi import NOT_FOUND
from api.pages import OfClient, Page, page
from api.rules import LogView, log_view, rule_prefix
from api.services import Access, ReadsRules
from api.values import Instant
from automation import identifiers
from automation.engine import execution_views
from automation.fields import Name
from automation.store.execution_list import OrderRow, Wanted

router = APIRouter(prefix="/api/automation", tags=["executions"])
_EXECUTED_AS: Final = {"rebalancing": identifiers.REBALANCING_EXECUTION}


OrderStatus = Literal[
    "Pending", "Submitting", "Submitted", "Executed", "Settled", "Failed", "Unknown", "Held", "Cancelled", "Reversed"
]


class LogQuery(OfClient):
    """Which executions."""

    rule_id: Name | None = None
    status: Literal["Success", "Failed", "Skipped"] | None = None


class OrderQuery(OfClient):
    """Which orders."""

    rule_id: Name | None = None
    status: OrderStatus | None = None


class OrderView(BaseModel):
    """One order; amounts in the client's currency, `executed_amount` after exit load."""

    id: str
    origin: str
    rule_id: str | None
    execution_id: str | None
    leg: int
    client_id: str
    order_type: str
    product: str
    target_product: str | None
    amount: Decimal | None
    units: Decimal | Literal["all"] | None
    status: str
    reason: str | None
    created_at: Instant
    trade_date: date
    submitted_at: Instant | None
    nav: Decimal | None
    nav_date: date | None
    executed_units: Decimal | None
    executed_amount: Decimal | None
    exit_load: Decimal | None
    target_nav: Decimal | None
    target_units: Decimal | None
    executed_at: Instant | None
    settles_on: date | None
    settled_at: Instant | None


def order_view(row: OrderRow) -> OrderView:
    """An order's row as it is shown."""
    executed_as = _EXECUTED_AS.get(row.origin, identifiers.EXECUTION)
    renamed = {
        "id": identifiers.show(identifiers.ORDER, row.id),
        "rule_id": row.rule_id and identifiers.show(rule_prefix(row.origin), row.rule_id),
        "execution_id": row.execution_id and identifiers.show(executed_as, row.execution_id),
        "product": row.product_id,
        "target_product": row.target_product_id,
        "units": "all" if row.all_units else row.units,
    }
    return OrderView.model_validate(row._asdict() | renamed)


def _wanted(access: Access, query: LogQuery | OrderQuery, prefix: str) -> Wanted:
    rule = None if query.rule_id is None else execution_views.rule_key_of("rule_id", query.rule_id)
    before = query.key(prefix)
    return Wanted(access.scope, query.limit + 1, rule, query.client_id, query.status, before)


@router.get("/execution-logs")
def list_execution_logs(access: ReadsRules, query: Annotated[LogQuery, Query()]) -> Page[LogView]:
    """What became of occurrences of rules of any kind, the newest first; without the details of each."""
    wanted = _wanted(access, query, identifiers.EXECUTION)
    return page(execution_views.logs(access.runtime, wanted), query, log_view)


@router.get("/execution-logs/{id}", responses=NOT_FOUND)
def get_execution_log(access: ReadsRules, id: str) -> LogView:
    """One execution, with every input of its decision and the guards in their order."""
    return log_view(execution_views.log(access.runtime, id, access.scope))


@router.get("/orders")
def list_orders(access: ReadsRules, query: Annotated[OrderQuery, Query()]) -> Page[OrderView]:
    """Orders, the newest first."""
    wanted = _wanted(access, query, identifiers.ORDER)
    return page(execution_views.orders(access.runtime, wanted), query, order_view)


@router.get("/orders/{id}", responses=NOT_FOUND)
def get_order(access: ReadsRules, id: str) -> OrderView:
    """One order."""
    return order_view(execution_views.order(access.runtime, id, access.scope))
