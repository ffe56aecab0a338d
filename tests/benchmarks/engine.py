"""The side that is measured: the product's own handlers, given so much time that they take so many batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any

import auto_invest.handler
from automation.clock import SettableClock
from automation.engine.run import Context
from automation.runtime import assemble, using
from automation.settings import Settings
from tests.benchmarks.measuring import Sample, timed

Handler = Callable[[dict[str, Any], Context], dict[str, Any]]


class Batches:
    """A Lambda context whose time is up after so many looks at it: one is taken before every batch."""

    def __init__(self, count: int) -> None:
        self._left = count

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1
        return 300_000 if self._left >= 0 else 0


class Engine:
    """Handlers on a settable clock, with one connection that is kept from run to run as in a warm function."""

    def __init__(self, url: str, now: datetime) -> None:
        self.clock = SettableClock(now)
        self.runtime = assemble(Settings(database_url=url), clock=self.clock, poke=lambda job, at: None)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runtime.database.close()

    def run(self, handler: Handler, batches: int = 1_000_000) -> dict[str, int]:
        """Invoke a handler; what it counted."""
        with using(self.runtime):
            counts: dict[str, int] = handler({}, Batches(batches))["counts"]
        return counts

    def auto_invest(self, batches: int) -> Sample:
        """Take so many batches of due rules through the auto-invest handler."""
        return timed(lambda: self.run(auto_invest.handler.handler, batches).get("rules", 0))
