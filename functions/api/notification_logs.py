"""The notification log, to be read: what was told over which channel, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api.openapi import NOT_FOUND
from api.pages import OfClient, Page, page
from api.services import ReadsNotifications
from api.values import Instant, Moment
from automation import identifiers
from automation.engine import messages
from automation.notifications.event import Channel, Event
from automation.store.messages import LogRow, LogsWanted

router = APIRouter(prefix="/api/automation/notification-logs", tags=["notifications"])
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "NOTE-01KE6VDZ00EHT1M1T9QAB6S8QX",
    "event": "Order Executed",
    "client_id": "C1",
    "channel": "Email",
    "recipient": "asha@example.com",
    "payload": {},
    "status": "Sent",
    "reason": None,
    "attempts": 1,
    "deliver_at": "2026-01-05T04:30:00Z",
    "sent_at": "2026-01-05T04:30:02Z",
    "created_at": "2026-01-05T04:30:00Z",
}
Status = Literal["Pending", "Sending", "Sent", "Failed", "Suppressed", "Unknown"]


class MessageQuery(OfClient):
    """Which messages; written at or after `since`, and before `until`."""

    channel: Channel | None = None
    status: Status | None = None
    event: Event | None = None
    since: Moment | None = None
    until: Moment | None = None


class MessageView(BaseModel):
    """One message over one channel; one that was not sent has its reason, one to come the instant `deliver_at`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    event: Event
    client_id: str
    channel: Channel
    recipient: str
    payload: dict[str, Any]
    status: Status
    reason: str | None
    attempts: int
    deliver_at: Instant
    sent_at: Instant | None
    created_at: Instant


def message_view(row: LogRow) -> MessageView:
    """A message's row as it is shown."""
    return MessageView.model_validate(row._asdict() | {"id": identifiers.show(identifiers.NOTIFICATION, row.id)})


@router.get("")
def list_notification_logs(access: ReadsNotifications, query: Annotated[MessageQuery, Query()]) -> Page[MessageView]:
    """Messages over all channels, the newest first."""
    before = query.key(identifiers.NOTIFICATION)
    asked = query.model_dump(exclude={"cursor", "limit"})
    wanted = LogsWanted(access.scope, query.limit + 1, before=before, **asked)
    return page(messages.logs(access.runtime, wanted), query, message_view)


@router.get("/{id}", responses=NOT_FOUND)
def get_notification_log(access: ReadsNotifications, id: str) -> MessageView:
    """One message."""
    return message_view(messages.log(access.runtime, id, access.scope))
