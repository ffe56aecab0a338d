"""Rebalancing rules over HTTP, and a rebalancing that somebody asks for."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api import examples
from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rebalancing_views import (
    CreatedRebalancingView,
    EditedRebalancingView,
    ExecuteView,
    RebalancingView,
    created,
    edited,
    previewed,
    rebalancing_view,
)
from api.rules import DryRun, answered, changed, own, told
from api.services import Access, Confirms, ReadsRules, WritesRules
from api.verbs import Verbs
from automation.engine import rebalancing_confirm, rebalancing_edits, rebalancing_rules, visibility
from automation.identifiers import REBALANCING
from automation.rebalancing.body import FIXED
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


@router.patch(
    "/{id}",
    openapi_extra=body_of(RebalancingRequest, examples.TARGETS, partly=True, fixed=FIXED),
    responses=CHANGES,
)
def edit_rebalancing(
    access: WritesRules, id: str, body: Document, seen: Seen, response: Response, dry_run: DryRun = False
) -> EditedRebalancingView:
    """Change the fields that are named; null takes one back to what it is when it is left out.

    Nothing is traded by that: the portfolio is measured on the new terms at the next run.
    """
    own(access, REBALANCING, id)
    row, reply = rebalancing_edits.edit(access.runtime, id, body, access.caller.signature, seen, dry_run=dry_run)
    changed(response, row["version"], dry_run=dry_run)
    return edited(row, reply, dry_run=dry_run)


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


def _shown(access: Access, shown_id: str, response: Response) -> RebalancingView:
    row = rebalancing_rules.view(access.runtime, shown_id)
    tag(response, row["version"])
    return rebalancing_view(row)


_verbs = Verbs(router, REBALANCING, "rebalancing", RebalancingView, _shown)
_verbs.add_pause(rebalancing_rules.pause)
_verbs.add("resume", rebalancing_rules.resume, "End a pause now; the portfolio is measured at the next run.")
_verbs.add_ends(
    rebalancing_rules.cancel,
    "End a rule for good; of an execution that is under way no further order is submitted.",
)
told(router, REBALANCING, "rebalancing")
