"""Notifications in the app: read, counted, and marked as read by who they are for."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Document
from api.notification_preferences import reader_of
from api.openapi import NOT_FOUND, body_of
from api.pages import OfClient, Page, page
from api.services import MarksNotifications, ReadsNotifications
from api.values import Instant
from automation import identifiers
from automation.engine import messages, visibility
from automation.fields import Body, Name, validated
from automation.notifications.event import Event
from automation.store.messages import InAppRow

router = APIRouter(prefix="/api/automation/notifications", tags=["notifications"])
_ID = "NOTE-01KE6VDZ00EHT1M1T9QAB6S8QX"
_EXAMPLE: Final[dict[str, Any]] = {
    "id": _ID,
    "client_id": "C1",
    "event": "Order Executed",
    "title": "Order executed",
    "body": "10,000.00 of Nifty 50 Index at 152.3000",
    "payload": {},
    "read_at": None,
    "for_me": True,
    "created_at": "2026-01-05T04:30:00Z",
}


class NotificationQuery(OfClient):
    """Which notifications."""

    unread: bool = False


class UnreadQuery(BaseModel):
    """Of one client, or of all that the caller may see."""

    model_config = ConfigDict(extra="forbid")

    client_id: Name | None = None


class NotificationView(BaseModel):
    """A notification; `for_me` where the caller is who it is for, and marks it as read."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    client_id: str
    event: Event
    title: str
    body: str
    payload: dict[str, Any]
    read_at: Instant | None
    for_me: bool
    created_at: Instant


class UnreadView(BaseModel):
    """How many are unread; `more` where there are more than were counted."""

    unread: int = Field(examples=[3])
    more: bool = Field(examples=[False])


class ReadAllBody(Body):
    """Whose, and up to which: the newest that was seen, so that one that has come since stays unread."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client": "C1", "up_to": _ID}]})

    client: Name
    up_to: Name | None = None


class ReadView(BaseModel):
    """How many were unread until now."""

    read: int = Field(examples=[3])


def notification_view(row: InAppRow) -> NotificationView:
    """A notification's row as it is shown."""
    shown = row._asdict() | {"id": identifiers.show(identifiers.NOTIFICATION, row.id), "for_me": row.to_me}
    return NotificationView.model_validate(shown)


@router.get("")
def list_notifications(
    access: ReadsNotifications, query: Annotated[NotificationQuery, Query()]
) -> Page[NotificationView]:
    """Notifications in the app, the newest first; reading them so marks nothing."""
    before = query.key(identifiers.NOTIFICATION)
    rows = messages.in_app(
        access.runtime, reader_of(access), query.limit + 1, query.client_id, before, unread=query.unread
    )
    return page(rows, query, notification_view)


@router.get("/unread-count")
def count_unread_notifications(access: ReadsNotifications, query: Annotated[UnreadQuery, Query()]) -> UnreadView:
    """How many are unread of those that the caller may see."""
    found = messages.unread(access.runtime, reader_of(access), query.client_id)
    return UnreadView(unread=found.number, more=found.more)


@router.get("/{id}", responses=NOT_FOUND)
def get_notification(access: ReadsNotifications, id: str) -> NotificationView:
    """One notification; reading it so marks nothing."""
    return notification_view(messages.notification(access.runtime, id, reader_of(access)))


@router.post("/all/read", openapi_extra=body_of(ReadAllBody))
def read_all_notifications(access: MarksNotifications, document: Document) -> ReadView:
    """Mark all of a client's that are for the caller as read."""
    body = validated(ReadAllBody, document)
    visibility.require_client(access.runtime, body.client, access.scope)
    return ReadView(read=messages.read_all(access.runtime, body.client, body.up_to, reader_of(access)))


@router.post("/{id}/read", responses=NOT_FOUND)
def read_notification(access: MarksNotifications, id: str) -> NotificationView:
    """Mark one as read; 403 where it is for somebody else. Once it is read nothing changes any more."""
    return notification_view(messages.read(access.runtime, id, reader_of(access)))
