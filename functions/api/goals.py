"""Goals over HTTP: what a client saves for, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of
from api.pages import NamedPageQuery, Page, page
from api.preconditions import Seen, tag
from api.rules import answered
from api.services import ReadsClients, WritesGoals
from api.values import Instant
from automation.engine import goals, visibility
from automation.fields import Name
from automation.portfolio.requests import GoalRequest

router = APIRouter(prefix="/api/automation/goals", tags=["goals"])
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "GOAL-01KE6VDZ00EHT1M1T9QAB6S8QX",
    "client": "C1",
    "name": "house",
    "target_amount": "5000000.00",
    "target_date": "2035-04-01",
    "products": [{"product": "NIFTY", "share_percent": "50.0000"}],
    "value": "1250000.00",
    "as_of": "2026-01-02",
    "progress": "25.0000",
    "created_at": "2026-01-05T04:30:00Z",
}


class GoalQuery(NamedPageQuery):
    """Which goals."""

    client_id: Name | None = None


class ShareView(BaseModel):
    product: str
    share_percent: Decimal


class GoalView(BaseModel):
    """A goal; its `value` is at the last good NAVs, of which `as_of` is the oldest, null where one is missing.

    `progress` is in percent of the target.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    client: str
    name: str
    target_amount: Decimal
    target_date: date | None
    products: list[ShareView]
    value: Decimal | None
    as_of: date | None
    progress: Decimal | None
    created_at: Instant


def goal_view(row: Mapping[str, Any]) -> GoalView:
    """A goal's row as it is shown."""
    return GoalView.model_validate(row, extra="ignore")


@router.get("")
def list_goals(access: ReadsClients, query: Annotated[GoalQuery, Query()]) -> Page[GoalView]:
    """Goals by id, each with its progress."""
    rows = goals.listed(access.runtime, access.scope, query.limit + 1, query.client_id, query.cursor)
    return page(rows, query, goal_view)


@router.post("", status_code=201, openapi_extra=body_of(GoalRequest), responses=CONFLICT)
def create_goal(access: WritesGoals, body: Document, response: Response) -> GoalView:
    """Add a goal of a client."""
    visibility.require_client(access.runtime, body.get("client"), access.scope)
    row = goals.create(access.runtime, body, access.caller.signature)
    answered(response, router.prefix, row["id"], row["version"])
    return goal_view(row)


@router.get("/{id}", responses=NOT_FOUND)
def get_goal(access: ReadsClients, id: str, response: Response) -> GoalView:
    """One goal with its progress."""
    return _shown(goals.view(access.runtime, id, access.scope), response)


@router.patch(
    "/{id}", openapi_extra=body_of(GoalRequest, partly=True, example={"target_amount": "6000000"}), responses=CHANGES
)
def edit_goal(access: WritesGoals, id: str, body: Document, seen: Seen, response: Response) -> GoalView:
    """Change the fields that are named; triggers that follow its progress look again at their next tick."""
    return _shown(goals.edit(access.runtime, id, body, access.scope, access.caller.signature, seen), response)


@router.delete("/{id}", status_code=204, responses=CONFLICT | NOT_FOUND)
def delete_goal(access: WritesGoals, id: str) -> None:
    """Remove a goal that no rule or trigger names; 409 says which does."""
    goals.delete(access.runtime, id, access.scope, access.caller.signature)


def _shown(row: Mapping[str, Any], response: Response) -> GoalView:
    tag(response, row["version"])
    return goal_view(row)
