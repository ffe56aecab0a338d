"""Previews over HTTP: how messages read, from samples."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api.services import ReadsNotifications
from automation.engine import previews
from automation.notifications.event import Channel, Event
from automation.notifications.settings import Locale

router = APIRouter(prefix="/api/automation/notifications/preview", tags=["notifications"])
_EXAMPLE: Final[dict[str, Any]] = {
    "event": "Order Submitted",
    "title": "Your purchase is on its way",
    "short": "Your purchase of Equity Growth Fund for ₹10,000.00 is on its way.",
    "text": "Asha,\n\nyour purchase of Equity Growth Fund for ₹10,000.00 is on its way.",
    "html": None,
}


class PreviewQuery(BaseModel):
    """Of one event, or of all; as a channel carries it, in the language of a locale."""

    model_config = ConfigDict(extra="forbid")

    event: Event | None = None
    channel: Channel = "Email"
    locale: Locale = "en_IN"


class SampleView(BaseModel):
    """One case of an event: SMS and push carry `short`, the app `title` and `text`, e-mails `html` as well."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    event: Event
    title: str
    short: str
    text: str
    html: str | None


class PreviewView(BaseModel):
    """How messages read; the facts in them are made up."""

    channel: Channel
    locale: str
    messages: list[SampleView]


@router.get("")
def preview_notifications(access: ReadsNotifications, query: Annotated[PreviewQuery, Query()]) -> PreviewView:
    """How what an event may tell reads, each case of it once; nobody is told anything."""
    events = (query.event,) if query.event else get_args(Event)
    found = previews.previews(events, query.channel, query.locale)
    messages = [SampleView.model_validate(each._asdict()) for each in found]
    return PreviewView(channel=query.channel, locale=query.locale, messages=messages)
