"""Rebalancing rules over HTTP, and a rebalancing that somebody asks for."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api import examples
from api.bodies import Cancel, CancelBody, Document, Pause, PauseBody, sent
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rebalancing_views import (
    CreatedRebalancingView,
    ExecuteView,
    RebalancingView,
    TargetsBody,
    created,
    previewed,
    rebalancing_view,
)
from api.rules import DryRun, answered, own, told
from api.services import Access, Confirms, ReadsRules, WritesRules
from automation.engine import rebalancing_confirm, rebalancing_rules, visibility
from automation.identifiers import REBALANCING
from automation.rebalancing.request import RebalancingRequest

router = APIRouter(prefix="/api/automation/rebalancing", tags=["rebalancing"])


class RebalancingQuery(OfClient):
    """Which rules."""

    status: Literal["Active", "Paused", "Cancelled", "Completed"] | None = None


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(RebalancingRequest, examples.REBALANCING),
    responses=CONFLICT | rehearsed(CreatedRebalancingView),
)
def create_rebalancing(
    access: WritesRules, body: Document, response: Response, dry_run: DryRun = False
) -> CreatedRebalancingView:
    """Make a rule; its next occurrences, how far the portfolio is from its targets, and what would restore them."""
    visibility.require_client(access.runtime, body.get("client"), access.scope)
    reply = rebalancing_rules.create(access.runtime, body, access.caller.signature, dry_run=dry_run)
    answered(response, router.prefix, reply.id, dry_run=dry_run)
    return created(reply, dry_run=dry_run)


@router.get("")
def list_rebalancing(access: ReadsRules, query: Annotated[RebalancingQuery, Query()]) -> Page[RebalancingView]:
    """Rules in the order of their creation."""
    after = query.key(REBALANCING)
    rows = rebalancing_rules.listed(access.runtime, query.client_id, query.status, query.limit + 1, after, access.scope)
    return page(rows, query, rebalancing_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_rebalancing(access: ReadsRules, id: str, response: Response) -> RebalancingView:
    """One rule."""
    own(access, REBALANCING, id)
    return _shown(access, id, response)


@router.patch("/{id}", openapi_extra=body_of(TargetsBody), responses=CHANGES)
def retarget_rebalancing(
    access: WritesRules,
    id: str,
    body: Annotated[TargetsBody, Depends(sent(TargetsBody))],
    seen: Seen,
    response: Response,
) -> RebalancingView:
    """Give a rule other targets. Nothing is traded by that: the portfolio is measured at the next run."""
    own(access, REBALANCING, id)
    rebalancing_rules.retarget(access.runtime, id, body.targets, access.caller.signature, seen)
    return _shown(access, id, response)


@router.delete("/{id}", responses=CONFLICT | NOT_FOUND)
def delete_rebalancing(access: WritesRules, id: str, response: Response) -> RebalancingView:
    """Cancel a rule: it stays to be read."""
    own(access, REBALANCING, id)
    by = access.caller.signature
    rebalancing_rules.cancel(access.runtime, id, f"deleted by {by}", by)
    return _shown(access, id, response)


@router.post("/{id}/cancel", openapi_extra=body_of(CancelBody), responses=CONFLICT | NOT_FOUND)
def cancel_rebalancing(access: WritesRules, id: str, body: Cancel, response: Response) -> RebalancingView:
    """End a rule for good; of an execution that is under way no further order is submitted."""
    own(access, REBALANCING, id)
    rebalancing_rules.cancel(access.runtime, id, body.reason, access.caller.signature)
    return _shown(access, id, response)


@router.post(
    "/{id}/pause", openapi_extra=body_of(PauseBody, examples.PAUSE, required=False), responses=CONFLICT | NOT_FOUND
)
def pause_rebalancing(access: WritesRules, id: str, body: Pause, response: Response) -> RebalancingView:
    """Pause a rule; what falls due meanwhile is recorded as Skipped."""
    own(access, REBALANCING, id)
    rebalancing_rules.pause(access.runtime, id, body.until, body.reason, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/resume", responses=CONFLICT | NOT_FOUND)
def resume_rebalancing(access: WritesRules, id: str, response: Response) -> RebalancingView:
    """End a pause now; the portfolio is measured at the next run."""
    own(access, REBALANCING, id)
    rebalancing_rules.resume(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/execute", status_code=201, responses=CONFLICT | NOT_FOUND | rehearsed(ExecuteView))
def execute_rebalancing(access: Confirms, id: str, response: Response, dry_run: DryRun = False) -> ExecuteView:
    """Rebalance now, whatever bands and calendar say; with `dry_run` the plan is shown and nothing is written."""
    own(access, REBALANCING, id)
    key = rebalancing_rules.key_of(id)
    if dry_run:
        response.status_code = 200
        return previewed(rebalancing_confirm.preview(access.runtime, key))
    made = rebalancing_confirm.rebalance(access.runtime, key, access.caller.signature)
    response.headers["Location"] = f"/api/automation/rebalancing-executions/{made}"
    return ExecuteView(dry_run=False, execution=made, sentence=None, decision=None)


told(router, REBALANCING, "rebalancing")


def _shown(access: Access, shown_id: str, response: Response) -> RebalancingView:
    row = rebalancing_rules.view(access.runtime, shown_id)
    tag(response, row["version"])
    return rebalancing_view(row)
