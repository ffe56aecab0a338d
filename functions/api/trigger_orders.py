"""Trigger orders over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from api import examples
from api.bodies import Cancel, CancelBody, Document, sent
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rules import DryRun, answered, own, told
from api.services import Access, Confirms, ReadsRules, WritesRules
from api.values import Instant
from automation import identifiers
from automation.engine import trigger_rules, visibility
from automation.engine.trigger_rules import Reply
from automation.fields import Body
from automation.identifiers import TRIGGER
from automation.triggers.request import Moment, TriggerRequest

router = APIRouter(prefix="/api/automation/trigger-orders", tags=["trigger-orders"])


class TriggerQuery(OfClient):
    """Which triggers."""

    status: Literal["Active", "Triggered", "Executed", "Failed", "Cancelled", "Expired", "Disabled"] | None = None


class ExtensionBody(Body):
    """Until when it is to be valid: a date, a local time or an instant, as in the body that makes it."""

    valid_until: Moment


class CreatedTriggerView(BaseModel):
    """What a creation answers; `distance` to the level is in percent of what is observed."""

    id: str | None
    dry_run: bool
    would_fire_now: bool
    reason: str | None
    observed: Decimal | None
    observed_on: date | None
    distance: Decimal | None
    warnings: list[str]


class TriggerView(BaseModel):
    """A trigger order: what it waits for, what it would order, how it stands."""

    id: str
    version: int
    client: str
    name: str
    trigger_type: str
    trigger_condition: str | None
    trigger_value: Decimal | None
    tolerance: Decimal | None
    trailing_percent: Decimal | None
    best_value: Decimal | None
    condition_tree: dict[str, Any] | None
    trigger_at: Instant | None
    goal: str | None
    mode: str
    order_type: str
    product: str
    target_product: str | None
    amount: Decimal | None
    units: Decimal | Literal["all"] | None
    on_shortfall: str
    oco_group: str | None
    valid_from: Instant
    valid_until: Instant | None
    max_data_age: int
    enabled: bool
    time_zone: str
    status: str
    status_reason: str | None
    observed_value: Decimal | None
    observed_on: date | None
    triggered_at: Instant | None
    confirm_until: Instant | None
    order: str | None
    created_by: str | None
    created_at: Instant
    updated_at: Instant


def trigger_view(row: dict[str, Any]) -> TriggerView:
    """A trigger's row as it is shown."""
    order = row["order_id"]
    renamed = {
        "id": identifiers.show(TRIGGER, row["id"]),
        "client": row["client_id"],
        "goal": row["goal_id"],
        "product": row["product_id"],
        "target_product": row["target_product_id"],
        "units": "all" if row["all_units"] else row["units"],
        "order": None if order is None else identifiers.show(identifiers.ORDER, order),
    }
    return TriggerView.model_validate(row | renamed)


def _created(reply: Reply, *, dry_run: bool) -> CreatedTriggerView:
    shown = {name: getattr(reply, name) for name in CreatedTriggerView.model_fields if name not in ("id", "dry_run")}
    return CreatedTriggerView(id=None if dry_run else reply.id, dry_run=dry_run, **shown)


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
    return _created(reply, dry_run=dry_run)


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


@router.patch("/{id}", openapi_extra=body_of(ExtensionBody), responses=CHANGES)
def extend_trigger_order(
    access: WritesRules,
    id: str,
    body: Annotated[ExtensionBody, Depends(sent(ExtensionBody))],
    seen: Seen,
    response: Response,
) -> TriggerView:
    """Let an Active trigger be valid for longer, or less long."""
    own(access, TRIGGER, id)
    trigger_rules.extend(access.runtime, id, body.valid_until, access.caller.signature, seen)
    return _shown(access, id, response)


@router.delete("/{id}", responses=CONFLICT | NOT_FOUND)
def delete_trigger_order(access: WritesRules, id: str, response: Response) -> TriggerView:
    """Cancel a trigger: it stays to be read."""
    own(access, TRIGGER, id)
    by = access.caller.signature
    trigger_rules.cancel(access.runtime, id, f"deleted by {by}", by)
    return _shown(access, id, response)


@router.post("/{id}/cancel", openapi_extra=body_of(CancelBody), responses=CONFLICT | NOT_FOUND)
def cancel_trigger_order(access: WritesRules, id: str, body: Cancel, response: Response) -> TriggerView:
    """End a trigger that has not placed its order."""
    own(access, TRIGGER, id)
    trigger_rules.cancel(access.runtime, id, body.reason, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/pause", responses=CONFLICT | NOT_FOUND)
def pause_trigger_order(access: WritesRules, id: str, response: Response) -> TriggerView:
    """Keep a trigger from firing until it is resumed; its validity goes on."""
    own(access, TRIGGER, id)
    trigger_rules.pause(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/resume", responses=CONFLICT | NOT_FOUND)
def resume_trigger_order(access: WritesRules, id: str, response: Response) -> TriggerView:
    """Let a trigger fire again."""
    own(access, TRIGGER, id)
    trigger_rules.resume(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/confirm", responses=CONFLICT | NOT_FOUND)
def confirm_trigger_order(access: Confirms, id: str, response: Response) -> TriggerView:
    """Place the order of a trigger that has fired and waits for it."""
    own(access, TRIGGER, id)
    trigger_rules.confirm(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


told(router, TRIGGER, "trigger_order")


def _shown(access: Access, shown_id: str, response: Response) -> TriggerView:
    row = trigger_rules.view(access.runtime, shown_id)
    tag(response, row["version"])
    return trigger_view(row)
