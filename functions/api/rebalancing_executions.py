"""Rebalancing executions over HTTP: read, confirmed, cancelled."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Cancel, CancelBody, Confirm, ConfirmBody
from api.openapi import CONFLICT, NOT_FOUND, body_of
from api.pages import OfClient, Page, page
from api.rebalancing_views import ExecutionView, execution_view
from api.rules import DryRun, own
from api.services import Confirms, ReadsRules, WritesRules
from api.values import WhyView
from automation.engine import explain, rebalancing_confirm, rebalancing_views
from automation.fields import Name
from automation.identifiers import REBALANCING_EXECUTION

router = APIRouter(prefix="/api/automation/rebalancing-executions", tags=["rebalancing"])
Status = Literal[
    "Pending", "Confirmed", "Executing", "Executed", "Adjusted", "Failed", "Cancelled", "Expired", "Skipped"
]


class ExecutionQuery(OfClient):
    """Which executions."""

    rule_id: Name | None = None
    status: Status | None = None


class ConfirmedView(BaseModel):
    """The orders that are placed at once, or would be."""

    dry_run: bool
    execution: str
    orders: list[str]


@router.get("", responses=NOT_FOUND)
def list_rebalancing_executions(access: ReadsRules, query: Annotated[ExecutionQuery, Query()]) -> Page[ExecutionView]:
    """Executions, the newest first."""
    before = query.key(REBALANCING_EXECUTION)
    rows = rebalancing_views.executions(
        access.runtime, query.rule_id, query.client_id, query.status, query.limit + 1, before, access.scope
    )
    return page(rows, query, execution_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_rebalancing_execution(access: ReadsRules, id: str) -> ExecutionView:
    """One execution with its trades, leg by leg."""
    own(access, REBALANCING_EXECUTION, id)
    return execution_view(rebalancing_views.execution(access.runtime, id))


@router.get("/{id}/why", responses=NOT_FOUND)
def why_rebalancing_execution(access: ReadsRules, id: str) -> WhyView:
    """What called for it, what was planned, and how far each leg has come."""
    own(access, REBALANCING_EXECUTION, id)
    found = explain.why(access.runtime, id)
    return WhyView(sentence=found.sentence, data=found.data)


@router.post("/{id}/confirm", openapi_extra=body_of(ConfirmBody, required=False), responses=CONFLICT | NOT_FOUND)
def confirm_rebalancing_execution(access: Confirms, id: str, body: Confirm, dry_run: DryRun = False) -> ConfirmedView:
    """Carry out a proposal. 409 `new_plan`, with the plan, where it is another one by now: look, and confirm again."""
    own(access, REBALANCING_EXECUTION, id)
    orders = rebalancing_confirm.confirm(access.runtime, id, access.caller.signature, body.reason, dry_run=dry_run)
    return ConfirmedView(dry_run=dry_run, execution=id, orders=orders)


@router.post("/{id}/cancel", openapi_extra=body_of(CancelBody), responses=CONFLICT | NOT_FOUND)
def cancel_rebalancing_execution(access: WritesRules, id: str, body: Cancel) -> ExecutionView:
    """Give up a proposal that waits to be confirmed."""
    own(access, REBALANCING_EXECUTION, id)
    rebalancing_confirm.cancel(access.runtime, id, body.reason, access.caller.signature)
    return execution_view(rebalancing_views.execution(access.runtime, id))
