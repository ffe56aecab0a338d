"""Auto-invest rules over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api import examples
from api.auto_invest_views import CreatedView, EditedView, LineView, RuleView, created, line_view, rule_view
from api.bodies import Dates, DatesBody, Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rules import DryRun, answered, changed, own, told
from api.services import Access, ReadsRules, WritesRules
from api.verbs import Verbs
from automation.auto_invest.body import FIXED
from automation.auto_invest.request import AutoInvestRequest
from automation.engine import rule_edits, rule_views, rules, visibility
from automation.identifiers import AUTO_INVEST

router = APIRouter(prefix="/api/automation/auto-invest", tags=["auto-invest"])


class RuleQuery(OfClient):
    """Which rules."""

    status: Literal["Active", "Paused", "Cancelled", "Completed"] | None = None


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(AutoInvestRequest, examples.AUTO_INVEST),
    responses=CONFLICT | rehearsed(CreatedView),
)
def create_auto_invest(access: WritesRules, body: Document, response: Response, dry_run: DryRun = False) -> CreatedView:
    """Make a rule; its next five occurrences, each with the reason where it is moved, and what one should know."""
    visibility.require_client(access.runtime, body.get("client"), access.scope)
    reply = rules.create(access.runtime, body, access.caller.signature, dry_run=dry_run)
    answered(response, router.prefix, reply.id, dry_run=dry_run)
    return created(reply, dry_run=dry_run)


@router.get("")
def list_auto_invest(access: ReadsRules, query: Annotated[RuleQuery, Query()]) -> Page[LineView]:
    """Rules in the order of their creation."""
    after = query.key(AUTO_INVEST)
    lines = rule_views.listed(access.runtime, query.client_id, query.status, query.limit + 1, after, access.scope)
    return page(lines, query, line_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_auto_invest(access: ReadsRules, id: str, response: Response) -> RuleView:
    """One rule, with its coming occurrences and skips."""
    return _shown(access, id, response)


@router.patch(
    "/{id}",
    openapi_extra=body_of(AutoInvestRequest, examples.CHANGE, partly=True, fixed=FIXED),
    responses=CHANGES,
)
def edit_auto_invest(
    access: WritesRules, id: str, body: Document, seen: Seen, response: Response, dry_run: DryRun = False
) -> EditedView:
    """Change the fields that are named; null takes one back to what it is when it is left out."""
    own(access, AUTO_INVEST, id)
    view, reply = rule_edits.edit(access.runtime, id, body, access.caller.signature, seen, dry_run=dry_run)
    changed(response, view.columns["version"], dry_run=dry_run)
    return EditedView(**dict(rule_view(view, reply.warnings)), dry_run=dry_run)


@router.post("/{id}/skip", openapi_extra=body_of(DatesBody), responses=CONFLICT | NOT_FOUND)
def skip_auto_invest(access: WritesRules, id: str, body: Dates, response: Response) -> RuleView:
    """Skip the coming occurrences of a range of dates."""
    own(access, AUTO_INVEST, id)
    rules.skip(access.runtime, id, body.start, body.end, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/unskip", openapi_extra=body_of(DatesBody), responses=CONFLICT | NOT_FOUND)
def unskip_auto_invest(access: WritesRules, id: str, body: Dates, response: Response) -> RuleView:
    """Take back the skips of a range of dates, also out of longer ones."""
    own(access, AUTO_INVEST, id)
    rules.unskip(access.runtime, id, body.start, body.end, access.caller.signature)
    return _shown(access, id, response)


def _shown(access: Access, shown_id: str, response: Response) -> RuleView:
    """The rule as it is now, with its version as ETag."""
    view = rule_views.view(access.runtime, shown_id, access.scope)
    tag(response, view.columns["version"])
    return rule_view(view)


_verbs = Verbs(router, AUTO_INVEST, "auto_invest", RuleView, _shown)
_verbs.add_pause(rules.pause)
_verbs.add("resume", rules.resume, "End a pause now.")
_verbs.add("enable", partial(rule_edits.switch, on=True), "Switch a rule on again.")
_verbs.add(
    "disable",
    partial(rule_edits.switch, on=False),
    "Switch a rule off; what falls due meanwhile is recorded as Skipped.",
)
_verbs.add_ends(
    rules.cancel, "End a rule for good; orders that are not submitted yet are cancelled when their turn comes."
)
told(router, AUTO_INVEST, "auto_invest")
