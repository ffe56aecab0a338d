"""What one client, or one user of it, wants to be told of one event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from automation.errors import InvalidInput
from automation.fields import Body, Flag, Floor, Name, Time, changed, validated
from automation.notifications.event import CRITICAL, IN_APP, Channel, Event, Level

_FIXED: Final = ("client", "user", "event")
_EXAMPLE: Final[dict[str, Any]] = {
    "client": "C1",
    "event": "Order Executed",
    "channels": ["Email", "In-App"],
    "quiet_start": "22:00",
    "quiet_end": "07:00",
    "min_amount": "10000",
}


class PreferenceRequest(Body):
    """Which channels tell of an event, from which amount on, about which products, and when they keep still.

    Without `user` it is the client's own. Quiet hours are local to the client's zone, may wrap midnight, and their end
    is exclusive: what falls into them is told afterwards, in the app at once. `silent` tells in the app alone; `off`,
    as not `enabled`, tells nothing.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    client: Name
    user: Name | None = None
    event: Event
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=4)]
    enabled: Flag = True
    level: Level = "on"
    quiet_start: Time | None = None
    quiet_end: Time | None = None
    min_amount: Floor | None = None
    schemes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)] | None = None


def parse(body: dict[str, Any]) -> PreferenceRequest:
    """A body as a request; InvalidInput names the field that is wrong, alone or with the others."""
    return _sound(validated(PreferenceRequest, body))


def edited(before: Mapping[str, Any], changes: Mapping[str, Any]) -> PreferenceRequest:
    """A preference with some of its fields changed, as in `parse`; InvalidInput for one that would make it another."""
    return _sound(changed(PreferenceRequest, before, changes, _FIXED))


def _sound(request: PreferenceRequest) -> PreferenceRequest:
    for wrong, field, message, hint in (*_alone(request), *_critical(request)):
        if wrong:
            raise InvalidInput(field, message, hint=hint)
    return request


_Problems = list[tuple[bool, str, str, str]]


def _alone(request: PreferenceRequest) -> _Problems:
    start, end = request.quiet_start, request.quiet_end
    schemes = request.schemes or ()
    return [
        (len(set(request.channels)) < len(request.channels), "channels", "names one twice", "name each once"),
        (len(set(schemes)) < len(schemes), "schemes", "names one twice", "name each once"),
        (start is not None and end is None, "quiet_end", "is required by quiet_start", "send both, or none"),
        (end is not None and start is None, "quiet_start", "is required by quiet_end", "send both, or none"),
        (start is not None and start == end, "quiet_end", "is quiet_start: that is no time at all", "move one of them"),
    ]


def _critical(request: PreferenceRequest) -> _Problems:
    if request.event not in CRITICAL:
        return []
    why = f"{request.event!r} is critical: it is always told in the app"
    hint = "keep In-App switched on; the other channels are yours to choose"
    return [
        (not request.enabled, "enabled", f"can't be false: {why}", hint),
        (request.level == "off", "level", f"can't be off: {why}", hint),
        (IN_APP not in request.channels, "channels", f"must name In-App: {why}", hint),
        (bool(request.min_amount), "min_amount", f"can't be set: {why}, whatever the amount", "leave it out"),
        (request.schemes is not None, "schemes", f"can't be set: {why}, whatever the product", "leave it out"),
    ]
