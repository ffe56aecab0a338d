"""The one source of "now".

In production it is the database's clock, so that a worker whose own clock is wrong decides nothing. A settable
clock serves tests, the demo and simulations.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from automation.database import Connection, scalar


class Clock(Protocol):
    """Answers with the present instant, aware, UTC."""

    def now(self, connection: Connection) -> datetime: ...


class DatabaseClock:
    """The database's own time, taken when the statement starts rather than when its transaction did."""

    def now(self, connection: Connection) -> datetime:
        instant: datetime = scalar(connection, "select statement_timestamp()")
        return instant.astimezone(UTC)


def own_seconds() -> float:
    """Seconds since 1970 by this machine's own clock: only for what others have dated, as an issuer its tokens."""
    return time.time()


@dataclass(slots=True)
class SettableClock:
    """A clock that stands still until it is set, or somebody waits by it."""

    instant: datetime

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.instant += timedelta(seconds=seconds)

    def now(self, connection: Connection) -> datetime:
        return self.instant
