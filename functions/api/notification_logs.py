"""The notification log: what was told over which channel, what became of it, and that it is to be tried anew."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Retry, RetryBody
from api.notification_preferences import reader_of
from api.openapi import CONFLICT, NOT_FOUND, body_of
from api.pages import OfClient, Page, page
from api.services import Access, Executes, ReadsNotifications
from api.values import Instant, Moment
from automation import identifiers
from automation.engine import messages
from automation.fields import Name
from automation.identity.permissions import Role
from automation.notifications.address import masked
from automation.notifications.event import Channel, Event
from automation.store.messages import LogRow, LogsWanted

router = APIRouter(prefix="/api/automation/notification-logs", tags=["notifications"])
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "NOTE-01KE6VDZ00EHT1M1T9QAB6S8QX",
    "event": "Order Executed",
    "client_id": "C1",
    "user_id": None,
    "channel": "Email",
    "recipient": "C1",
    "address": "a•••@example.com",
    "title": "Your order was carried out",
    "payload": {},
    "status": "Sent",
    "reason": None,
    "attempts": 1,
    "deliver_at": "2026-01-05T04:30:00Z",
    "sent_at": "2026-01-05T04:30:02Z",
    "created_at": "2026-01-05T04:30:00Z",
}
# Who sees where a message went to besides whoever it went to.
_OPERATE: Final = frozenset({Role.OPERATIONS, Role.ADMIN})
Status = Literal["Pending", "Sending", "Sent", "Failed", "Suppressed", "Unknown"]


class MessageQuery(OfClient):
    """Which messages; written at or after `since`, and before `until`."""

    channel: Channel | None = None
    status: Status | None = None
    event: Event | None = None
    since: Moment | None = None
    until: Moment | None = None


class MessageView(BaseModel):
    """One message over one channel; one that was not sent has its reason, one to come the instant `deliver_at`.

    `recipient` is a client, or a user of it who wants to know as well, `user_id`. `title` and `address` are there once
    it was written; the address is masked for all but whom it is of and those who operate.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    event: Event
    client_id: str
    user_id: str | None
    channel: Channel
    recipient: str
    address: str | None
    title: str | None
    payload: dict[str, Any]
    status: Status
    reason: str | None
    attempts: int
    deliver_at: Instant
    sent_at: Instant | None
    created_at: Instant


class SummaryQuery(BaseModel):
    """Of one client, or of all that the caller may see; written at or after `since`."""

    model_config = ConfigDict(extra="forbid")

    client_id: Name | None = None
    since: Moment | None = None


class PartView(BaseModel):
    """How many messages have come to the same, and why."""

    status: Status = Field(examples=["Suppressed"])
    reason: str | None = Field(examples=["not_chosen"])
    messages: int = Field(examples=[3])


class SummaryView(BaseModel):
    """What has become of messages, the most frequent first; `more` where only the newest 10,000 were looked at."""

    parts: list[PartView]
    more: bool = Field(examples=[False])


def message_view(row: LogRow, access: Access) -> MessageView:
    """A message's row as it is shown to a caller."""
    whole = row.to_me or bool(access.caller.roles & _OPERATE)
    address = row.address if whole or row.address is None else masked(row.address)
    shown = row._asdict() | {"id": identifiers.show(identifiers.NOTIFICATION, row.id), "address": address}
    return MessageView.model_validate(shown, extra="ignore")


@router.get("")
def list_notification_logs(access: ReadsNotifications, query: Annotated[MessageQuery, Query()]) -> Page[MessageView]:
    """Messages over all channels, the newest first; other users' own are not among them."""
    before = query.key(identifiers.NOTIFICATION)
    asked = query.model_dump(exclude={"cursor", "limit"})
    wanted = LogsWanted(reader_of(access), query.limit + 1, before=before, **asked)
    return page(messages.logs(access.runtime, wanted), query, lambda row: message_view(row, access))


@router.get("/summary")
def summarize_notification_logs(access: ReadsNotifications, query: Annotated[SummaryQuery, Query()]) -> SummaryView:
    """How many messages were sent, failed, or were suppressed, and for which reason."""
    found = messages.summary(access.runtime, reader_of(access), query.client_id, query.since)
    parts = [PartView.model_validate(each._asdict()) for each in found.parts]
    return SummaryView(parts=parts, more=found.more)


@router.get("/{id}", responses=NOT_FOUND)
def get_notification_log(access: ReadsNotifications, id: str) -> MessageView:
    """One message."""
    return message_view(messages.log(access.runtime, id, reader_of(access)), access)


@router.post("/{id}/retry", openapi_extra=body_of(RetryBody, required=False), responses=CONFLICT | NOT_FOUND)
def retry_notification_log(access: Executes, id: str, body: Retry) -> MessageView:
    """Try one anew that is Failed, or, where it may arrive twice, Unknown; 409 for any other.

    Whether it is still wanted and true is asked again.
    """
    by = access.caller.signature
    row = messages.retry(access.runtime, id, reader_of(access), by, may_double=body.confirm_may_double)
    return message_view(row, access)
