"""How fast a channel may be used, and when it is left alone: a token bucket and a circuit breaker, as arithmetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

# So many failures in a row, and the channel is left alone; then one message tries it, and each further failure doubles.
TOLERATED: Final = 5
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=15)


class Allowed(NamedTuple):
    """How many messages may go now, and what is left of the bucket before they do."""

    messages: int
    tokens: Decimal


def allowed(tokens: Decimal, refilled_at: datetime, open_until: datetime | None, rate: int, now: datetime) -> Allowed:
    """`rate` is in messages a second, and the most that go at once; none while the channel is left alone, then one."""
    passed = Decimal(max((now - refilled_at) / timedelta(seconds=1), 0))
    filled = min(tokens + passed * rate, Decimal(rate))
    if open_until is not None and now < open_until:
        return Allowed(0, filled)
    return Allowed(min(int(filled), 1) if open_until is not None else int(filled), filled)


def pause(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row; zero while they are tolerated."""
    if failures < TOLERATED:
        return timedelta()
    doubled: timedelta = _FIRST_PAUSE * 2 ** min(failures - TOLERATED, 10)
    return min(doubled, _LONGEST_PAUSE)


def failed(before: int, more: int) -> int:
    """Failures in a row after some more at once: those of one moment open the circuit no wider than the first."""
    return before + 1 if before >= TOLERATED else min(before + more, TOLERATED)
