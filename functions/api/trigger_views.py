"""Trigger orders as the API shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from api.values import Instant
from automation import identifiers
from automation.engine.trigger_rules import Reply
from automation.identifiers import TRIGGER


class TriggerOutlook(BaseModel):
    """What it sees now; `distance` to the level is in percent of what is observed."""

    would_fire_now: bool
    reason: str | None
    observed: Decimal | None
    observed_on: date | None
    distance: Decimal | None
    warnings: list[str]


class CreatedTriggerView(TriggerOutlook):
    """What a creation answers; after a dry run there is no id, for nothing was made."""

    id: str | None
    dry_run: bool


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


class EditedTriggerView(TriggerView):
    """A trigger as an edit has made it, or after a dry run as it would, with what it sees now."""

    dry_run: bool
    outlook: TriggerOutlook


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


def created(reply: Reply, *, dry_run: bool) -> CreatedTriggerView:
    """The answer to a creation."""
    return CreatedTriggerView(id=None if dry_run else reply.id, dry_run=dry_run, **_outlook(reply))


def edited(row: dict[str, Any], reply: Reply, *, dry_run: bool) -> EditedTriggerView:
    """The answer to an edit."""
    return EditedTriggerView(**dict(trigger_view(row)), dry_run=dry_run, outlook=TriggerOutlook(**_outlook(reply)))


def _outlook(reply: Reply) -> dict[str, Any]:
    return {name: getattr(reply, name) for name in TriggerOutlook.model_fields}
