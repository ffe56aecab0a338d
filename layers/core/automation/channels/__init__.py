"""Channels that carry messages to people besides the app, behind one protocol."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Outgoing(NamedTuple):
    """One message to one address; `html` is empty but for e-mails, `reference` is its shown id."""

    address: str
    title: str
    text: str
    html: str
    reference: str


class Channel(Protocol):
    """Carries messages; one request a message, without hidden retries, from any thread."""

    def send(self, message: Outgoing) -> str:
        """Hand a message to the provider, and answer with the provider's id of it.

        Raises Refused, Unavailable or Uncertain: what is surely not sent is told apart from what may be.
        """
        ...


class Refused(Exception):
    """The provider will never take this message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(Exception):
    """The message was surely not sent, and may be tried again, after so many seconds if the provider asks for them."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Uncertain(Exception):
    """Nobody can tell whether the message was sent: there was no answer, or none that can be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
