"""A channel with odd manners and a ledger of its own, for what no provider does when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from automation.channels import Outgoing, Refused, Unavailable, Uncertain


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


@dataclass
class FakeChannel:
    """Answers as `manner` says; what it took is in its ledger, by reference.

    accept; down, throttle (not taken, may be tried again); hang (taken, but nobody is told); die (taken, and the
    process is killed). What goes to one of `refused` is never taken.
    """

    manner: str = "accept"
    refused: set[str] = field(default_factory=set)
    ledger: Counter[str] = field(default_factory=Counter)
    sent: list[Outgoing] = field(default_factory=list)
    calls: int = 0
    meanwhile: Callable[[], object] = lambda: None

    def send(self, message: Outgoing) -> str:
        self.calls += 1
        self.meanwhile()
        if message.address in self.refused:
            raise Refused("address_refused")
        if self.manner == "down":
            raise Unavailable("provider_down")
        if self.manner == "throttle":
            raise Unavailable("throttled", after=120)
        self.ledger[message.reference] += 1
        self.sent.append(message)
        if self.manner == "hang":
            raise Uncertain("no_answer")
        if self.manner == "die":
            raise Killed
        return f"provider-{len(self.sent)}"
