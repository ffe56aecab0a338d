"""By which channels somebody is told of something: at once, later, or not at all, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Final, NamedTuple

from automation.notifications.event import CRITICAL, IN_APP
from automation.notifications.quiet import Digest, digest_at, quiet_until
from automation.notifications.told import Told

PENDING: Final = "Pending"
SUPPRESSED: Final = "Suppressed"
# Why a message waits.
QUIET: Final = "quiet_hours"
DIGEST: Final = "digest"


class Wish(NamedTuple):
    """What somebody wants to be told of an event: the terms of a preference."""

    channels: Collection[str]
    enabled: bool = True
    level: str = "on"
    quiet_start: time | None = None
    quiet_end: time | None = None
    min_amount: Decimal | None = None
    schemes: Collection[str] | None = None


# Without a preference: what needs somebody, or warns, also comes by e-mail; what merely went its way is in the app.
_IN_THE_APP: Final = Wish((IN_APP,))
_BY_EMAIL: Final = Wish((IN_APP, "Email"))
_TOLD_BY_EMAIL: Final = CRITICAL | {
    "Auto-Invest Reminder",
    "Rebalancing Triggered",
    "Trigger Order Activated",
    "Trigger Order Expiring",
    "Goal Milestone Reached",
}


def default(event: str) -> Wish:
    """What everybody is told of an event who has said nothing about it."""
    return _BY_EMAIL if event in _TOLD_BY_EMAIL else _IN_THE_APP


class Person(NamedTuple):
    """Who is told: the address by each channel that there is, None where it is not known, and when a digest comes."""

    addresses: Mapping[str, str | None]
    zone: str
    digest: Digest = Digest()


class Route(NamedTuple):
    """One channel of a message: Pending from an instant on, or Suppressed; the reason says why it waits, or why not."""

    channel: str
    status: str
    deliver_at: datetime
    reason: str | None = None


def routes(told: Told, wish: Wish, person: Person, now: datetime) -> list[Route]:
    """The routes of a message, the app's first: that one is always there, to say at least why nothing was told."""
    channels = [IN_APP, *(channel for channel in wish.channels if channel != IN_APP)]
    return [route(channel, told, wish, person, now) for channel in channels]


def route(channel: str, told: Told, wish: Wish, person: Person, now: datetime, *, waited: str | None = None) -> Route:
    """One channel's route. What has `waited` for a digest does not wait for the next one."""
    if reason := _against(channel, told, wish, person):
        return Route(channel, SUPPRESSED, now, reason)
    if channel == IN_APP:
        return Route(channel, PENDING, now)
    moment = None
    if channel == "Email" and waited != DIGEST and told.event not in CRITICAL:
        moment = digest_at(now, person.zone, person.digest)
    quiet = quiet_until(moment or now, person.zone, wish.quiet_start, wish.quiet_end)
    if moment is not None:
        return Route(channel, PENDING, quiet or moment, DIGEST)
    if quiet is not None:
        return Route(channel, PENDING, quiet, DIGEST if waited == DIGEST else QUIET)
    return Route(channel, PENDING, now, waited)


def _against(channel: str, told: Told, wish: Wish, person: Person) -> str | None:
    """Why a channel tells nothing; what is critical is always told in the app."""
    if channel == IN_APP and told.event in CRITICAL:
        return None
    for stands, reason in (
        (not wish.enabled or wish.level == "off", "off"),
        (channel not in wish.channels, "not_chosen"),
        (wish.level == "silent" and channel != IN_APP, "silent"),
        (wish.min_amount is not None and told.amount is not None and told.amount < wish.min_amount, "below_min_amount"),
        (wish.schemes is not None and told.products and told.products.isdisjoint(wish.schemes), "other_scheme"),
        (channel not in person.addresses, "channel_off"),
        (not person.addresses.get(channel), "no_address"),
    ):
        if stands:
            return reason
    return None
