"""Trigger orders over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api import examples
from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rules import DryRun, answered, changed, own, told
from api.services import Access, Confirms, ReadsRules, WritesRules
from api.trigger_views import CreatedTriggerView, EditedTriggerView, TriggerView, created, edited, trigger_view
from api.verbs import Verbs
from automation.engine import trigger_edits, trigger_rules, visibility
from automation.identifiers import TRIGGER
from automation.triggers.body import FIXED
from automation.triggers.request import TriggerRequest

router = APIRouter(prefix="/api/automation/trigger-orders", tags=["trigger-orders"])


class TriggerQuery(OfClient):
    """Which triggers."""

    status: Literal["Active", "Triggered", "Executed", "Failed", "Cancelled", "Expired", "Disabled"] | None = None


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(TriggerRequest, examples.TRIGGER),
    responses=CONFLICT | rehearsed(CreatedTriggerView),
)
def create_trigger_order(
    access: WritesRules, body: Document, response: Response, dry_run: DryRun = False
) -> CreatedTriggerView:
    """Make a trigger; whether it would fire now, or why not, and how far its level is."""
    visibility.require_client(access.runtime, body.get("client"), access.scope)
    reply = trigger_rules.create(access.runtime, body, access.caller.signature, dry_run=dry_run)
    answered(response, router.prefix, reply.id, dry_run=dry_run)
    return created(reply, dry_run=dry_run)


@router.get("")
def list_trigger_orders(access: ReadsRules, query: Annotated[TriggerQuery, Query()]) -> Page[TriggerView]:
    """Triggers in the order of their creation."""
    after = query.key(TRIGGER)
    rows = trigger_rules.listed(access.runtime, query.client_id, query.status, query.limit + 1, after, access.scope)
    return page(rows, query, trigger_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_trigger_order(access: ReadsRules, id: str, response: Response) -> TriggerView:
    """One trigger."""
    own(access, TRIGGER, id)
    return _shown(access, id, response)


@router.patch(
    "/{id}",
    openapi_extra=body_of(TriggerRequest, examples.LEVEL, partly=True, fixed=FIXED),
    responses=CHANGES,
)
def edit_trigger_order(
    access: WritesRules, id: str, body: Document, seen: Seen, response: Response, dry_run: DryRun = False
) -> EditedTriggerView:
    """Change the fields that are named, as long as it has not fired; null takes one back to what it is when left out.

    With another level it begins as a new one does: what it sees first is what crossings are compared with.
    """
    own(access, TRIGGER, id)
    row, reply = trigger_edits.edit(access.runtime, id, body, access.caller.signature, seen, dry_run=dry_run)
    changed(response, row["version"], dry_run=dry_run)
    return edited(row, reply, dry_run=dry_run)


@router.post("/{id}/confirm", responses=CONFLICT | NOT_FOUND)
def confirm_trigger_order(access: Confirms, id: str, response: Response) -> TriggerView:
    """Place the order of a trigger that has fired and waits for it."""
    own(access, TRIGGER, id)
    trigger_rules.confirm(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


def _shown(access: Access, shown_id: str, response: Response) -> TriggerView:
    row = trigger_rules.view(access.runtime, shown_id)
    tag(response, row["version"])
    return trigger_view(row)


_verbs = Verbs(router, TRIGGER, "trigger_order", TriggerView, _shown)
_verbs.add("pause", trigger_rules.pause, "Keep a trigger from firing until it is resumed; its validity goes on.")
_verbs.add("resume", trigger_rules.resume, "Let a trigger fire again, as if it were new.")
_verbs.add_ends(trigger_rules.cancel, "End a trigger that has not placed its order.")
told(router, TRIGGER, "trigger_order")
