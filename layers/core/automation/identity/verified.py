"""Tokens that were verified a moment ago: the same one is not verified again for each request of its caller."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

from automation import clock
from automation.identity.permissions import Caller

_LONGEST: Final = 60.0
_MOST: Final = 1_000


class Verified(NamedTuple):
    """Who a token speaks for, and until when (seconds since 1970)."""

    caller: Caller
    until: float


class VerifiedTokens:
    """Who verified tokens speak for: until they expire, but for no more than a minute, and for the latest thousand.

    They are kept by their hashes, so that nothing that is kept can be shown as a token. What is not accepted is
    never kept.
    """

    def __init__(self, now: Callable[[], float] = clock.own_seconds, most: int = _MOST) -> None:
        self._now = now
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[bytes, Verified] = OrderedDict()

    def find(self, authorization: str) -> Caller | None:
        """The caller, where this was verified lately and is still good."""
        found = self._kept.get(_key(authorization))
        return found.caller if found and self._now() < found.until else None

    def keep(self, authorization: str, verified: Verified) -> None:
        """Remember one that was verified just now."""
        with self._lock:
            self._kept[_key(authorization)] = verified._replace(until=min(verified.until, self._now() + _LONGEST))
            self._kept.move_to_end(_key(authorization))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _key(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode("utf-8", "surrogatepass")).digest()
