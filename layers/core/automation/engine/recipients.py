"""Who is told of something, and on which terms: the client, and other users who want to know. No I/O but one look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from automation.database import Connection
from automation.notifications.event import IN_APP
from automation.notifications.quiet import Digest, known_zone
from automation.notifications.routing import Person, Wish, default
from automation.store import fan_out as store
from automation.store.fan_out import Client, Preference
from automation.wording import Reader

_NO_MORE: Final = Wish((IN_APP,), enabled=False)


class Recipient(NamedTuple):
    """Somebody who is told: `user_id` where it is another than the client, `key` is its address in the app."""

    user_id: str | None
    key: str
    wish: Wish
    person: Person
    reader: Reader


@dataclass(frozen=True)
class Recipients:
    """The recipients of a batch, by client and event."""

    preferences: Mapping[tuple[str, str], Sequence[Preference]]
    channels: Collection[str]

    def of(self, client: Client, event: str) -> list[Recipient]:
        """The client first; its own user's preference goes before the client's, for that is the same person."""
        terms, others = default(event), []
        for each in self.preferences.get((client.id, event), ()):
            if each.user_id is None or each.user_id == client.user_id:
                terms = _wish(each)
            else:
                others.append(self._user(client, each))
        return [self._client(client, terms), *others]

    def one(self, client: Client, event: str, user_id: str | None) -> Recipient | None:
        """The recipient that a message was meant for, None where it does not want to know any more."""
        return next((each for each in self.of(client, event) if each.user_id == user_id), None)

    def _client(self, client: Client, terms: Wish) -> Recipient:
        addresses = {IN_APP: client.id, "Email": client.email, "SMS": client.phone, "Push": client.push_endpoint}
        digest = Digest(client.digest, client.digest_at, client.digest_day)
        return Recipient(None, client.id, terms, self._person(addresses, client, digest), _reader(client, client.name))

    def _user(self, client: Client, each: Preference) -> Recipient:
        key, user = f"user:{each.user_id}", each.user_id or ""
        addresses = {IN_APP: key, "Email": each.user_email, "SMS": None, "Push": None}
        terms = _wish(each) if each.allowed else _NO_MORE
        person = self._person(addresses, client, Digest())
        return Recipient(user, key, terms, person, _reader(client, each.user_name or user))

    def _person(self, addresses: Mapping[str, str | None], client: Client, digest: Digest) -> Person:
        there = {channel: address for channel, address in addresses.items() if channel in self.channels}
        return Person(there, known_zone(client.time_zone), digest)


def load(connection: Connection, about: Iterable[tuple[Client, str]], channels: Collection[str]) -> Recipients:
    """The recipients of messages about clients and events, by the channels that there are besides the app."""
    pairs = {(client.id, event) for client, event in about}
    found: dict[tuple[str, str], list[Preference]] = {}
    clients, events = sorted({client for client, _ in pairs}), sorted({event for _, event in pairs})
    for each in store.preferences(connection, clients, events):
        found.setdefault((each.client_id, each.event), []).append(each)
    return Recipients(found, {IN_APP, *channels})


def _wish(each: Preference) -> Wish:
    return Wish(
        each.channels,
        each.enabled,
        each.level,
        each.quiet_start,
        each.quiet_end,
        each.min_amount,
        each.schemes,
    )


def _reader(client: Client, name: str) -> Reader:
    return Reader(name, client.locale, client.time_zone, client.currency)
