"""Notification preferences over HTTP: what a client, or a user of it, wants to be told of an event."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of, rehearsed
from api.pages import OfClient, Page, page
from api.preconditions import Seen, tag
from api.rules import DryRun, answered
from api.services import Access, ReadsNotifications, WritesPreferences
from api.values import Instant
from automation import identifiers
from automation.engine import preferences, visibility
from automation.notifications.event import Channel, Event, Level
from automation.notifications.preference import PreferenceRequest
from automation.store.preferences import Reader, Wanted

router = APIRouter(prefix="/api/automation/notification-preferences", tags=["notifications"])
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "PREF-01KE6VDZ00EHT1M1T9QAB6S8QX",
    "client": "C1",
    "user": None,
    "event": "Order Executed",
    "channels": ["Email", "In-App"],
    "enabled": True,
    "level": "on",
    "quiet_start": "22:00",
    "quiet_end": "07:00",
    "time_zone": "Asia/Kolkata",
    "min_amount": "10000.00",
    "schemes": None,
    "created_at": "2026-01-05T04:30:00Z",
    "updated_at": "2026-01-05T04:30:00Z",
}


class PreferenceQuery(OfClient):
    """Which preferences."""

    event: Event | None = None


class PreferenceView(BaseModel):
    """A preference; quiet hours are local to `time_zone`, the client's. After a dry run it has no id."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str | None
    client: str
    user: str | None
    event: Event
    channels: list[Channel]
    enabled: bool
    level: Level
    quiet_start: str | None
    quiet_end: str | None
    time_zone: str
    min_amount: Decimal | None
    schemes: list[str] | None
    created_at: Instant
    updated_at: Instant


def preference_view(row: Mapping[str, Any]) -> PreferenceView:
    """A preference's row as it is shown."""
    clock = {name: row[name] and f"{row[name]:%H:%M}" for name in ("quiet_start", "quiet_end")}
    return PreferenceView.model_validate(
        {**row, **clock, "id": identifiers.show(identifiers.PREFERENCE, row["id"])}, extra="ignore"
    )


def reader_of(access: Access) -> Reader:
    """Who reads, and what it may see."""
    return Reader(access.scope, access.caller.user)


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(PreferenceRequest),
    responses=CONFLICT | rehearsed(PreferenceView),
)
def create_notification_preference(
    access: WritesPreferences, body: Document, response: Response, dry_run: DryRun = False
) -> PreferenceView:
    """Say how one event is told. A client, or a user of it, has one preference for an event: 409 names it."""
    visibility.require_client(access.runtime, body.get("client"), access.scope)
    by = access.caller.signature
    row = preferences.create(access.runtime, body, reader_of(access), by, dry_run=dry_run)
    view = preference_view(row)
    answered(response, router.prefix, str(view.id), row["version"], dry_run=dry_run)
    return view.model_copy(update={"id": None}) if dry_run else view


@router.get("")
def list_notification_preferences(
    access: ReadsNotifications, query: Annotated[PreferenceQuery, Query()]
) -> Page[PreferenceView]:
    """Preferences in the order of their creation; other users' own are not among them."""
    wanted = Wanted(query.limit + 1, query.client_id, query.event, query.key(identifiers.PREFERENCE))
    return page(preferences.listed(access.runtime, wanted, reader_of(access)), query, preference_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_notification_preference(access: ReadsNotifications, id: str, response: Response) -> PreferenceView:
    """One preference."""
    return _shown(preferences.view(access.runtime, id, reader_of(access)), response)


@router.patch(
    "/{id}", openapi_extra=body_of(PreferenceRequest, partly=True, example={"level": "silent"}), responses=CHANGES
)
def edit_notification_preference(
    access: WritesPreferences, id: str, body: Document, seen: Seen, response: Response
) -> PreferenceView:
    """Change the fields that are named; null takes one back to what it is when it is left out."""
    row = preferences.edit(access.runtime, id, body, reader_of(access), access.caller.signature, seen)
    return _shown(row, response)


@router.delete("/{id}", status_code=204, responses=NOT_FOUND)
def delete_notification_preference(access: WritesPreferences, id: str) -> None:
    """Remove a preference for good: it has no history."""
    preferences.delete(access.runtime, id, reader_of(access), access.caller.signature)


def _shown(row: Mapping[str, Any], response: Response) -> PreferenceView:
    tag(response, row["version"])
    return preference_view(row)
