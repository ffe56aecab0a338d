"""Notification settings over HTTP: in which language a client is told, and whether its e-mails come as a digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from api.bodies import Document
from api.openapi import CHANGES, NOT_FOUND, body_of
from api.pages import NamedPageQuery, Page, page
from api.preconditions import Seen, tag
from api.services import ReadsNotifications, WritesPreferences
from api.values import Instant
from automation.engine import notification_settings as settings
from automation.fields import Name
from automation.notifications.settings import Digest, SettingsRequest

router = APIRouter(prefix="/api/automation/notification-settings", tags=["notifications"])
_EXAMPLE: Final[dict[str, Any]] = {
    "client": "C1",
    "locale": "en_IN",
    "digest": "weekly",
    "digest_at": "08:00",
    "digest_day": 1,
    "time_zone": "Asia/Kolkata",
    "updated_at": "2026-01-05T04:30:00Z",
}
_CHANGE: Final = {"locale": "hi_IN", "digest": "weekly", "digest_at": "18:30", "digest_day": 0}
ClientId = Annotated[str, Path(description="Whose: the id of the client.", examples=["C1"])]


class SettingsQuery(NamedPageQuery):
    """Whose settings."""

    client_id: Name | None = None


class SettingsView(BaseModel):
    """How a client is told; `digest_at` is local to `time_zone`. Without `updated_at` nothing was ever set."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    client: str
    locale: str
    digest: Digest
    digest_at: str
    digest_day: int
    time_zone: str
    updated_at: Instant | None


def settings_view(row: Mapping[str, Any]) -> SettingsView:
    """Settings as they are shown."""
    return SettingsView.model_validate({**row, "digest_at": f"{row['digest_at']:%H:%M}"}, extra="ignore")


@router.get("")
def list_notification_settings(
    access: ReadsNotifications, query: Annotated[SettingsQuery, Query()]
) -> Page[SettingsView]:
    """How clients are told, by their ids; who has set nothing is told as everybody."""
    rows = settings.listed(access.runtime, access.scope, query.limit + 1, query.client_id, query.cursor)
    return page(rows, query, settings_view, lambda row: str(row["client"]))


@router.get("/{client_id}", responses=NOT_FOUND)
def get_notification_settings(access: ReadsNotifications, client_id: ClientId, response: Response) -> SettingsView:
    """How one client is told."""
    return _shown(settings.view(access.runtime, client_id, access.scope), response)


@router.patch("/{client_id}", openapi_extra=body_of(SettingsRequest, partly=True, example=_CHANGE), responses=CHANGES)
def edit_notification_settings(
    access: WritesPreferences, client_id: ClientId, body: Document, seen: Seen, response: Response
) -> SettingsView:
    """Change the fields that are named; null takes one back to what it is for everybody."""
    by = access.caller.signature
    return _shown(settings.edit(access.runtime, client_id, body, access.scope, by, seen), response)


def _shown(row: Mapping[str, Any], response: Response) -> SettingsView:
    tag(response, row["version"])
    return settings_view(row)
