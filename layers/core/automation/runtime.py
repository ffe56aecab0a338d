"""What an invocation runs with: settings, clock, database, gateway and the way to start another job.

A Lambda handler builds it from its environment. A laptop, a test or a simulation hands its own to the same
handlers with `using`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from automation import database
from automation.clock import Clock, DatabaseClock
from automation.database import Database
from automation.gateways import Gateway
from automation.gateways.paper import PaperGateway
from automation.settings import Settings
from automation.store.calendars import Calendars

Poke = Callable[[str, datetime], None]


@dataclass(frozen=True)
class Runtime:
    """The parts of one invocation; `poke(job, at)` starts another job after a commit, and may be lost."""

    settings: Settings
    clock: Clock
    database: Database
    gateway: Gateway
    poke: Poke
    calendars: Calendars = field(default_factory=Calendars)


_current: ContextVar[Runtime | None] = ContextVar("runtime", default=None)


@contextmanager
def using(runtime: Runtime) -> Iterator[Runtime]:
    """Let every handler that is called inside run with this runtime, and leave its connection open."""
    token = _current.set(runtime)
    try:
        yield runtime
    finally:
        _current.reset(token)


@contextmanager
def opened() -> Iterator[Runtime]:
    """The runtime of this invocation: the one that is being used, or a new one that is closed at the end."""
    given = _current.get()
    if given is not None:
        yield given
        return
    runtime = assemble(Settings.from_environment())
    with runtime.database:
        yield runtime


def assemble(
    settings: Settings,
    *,
    clock: Clock | None = None,
    poke: Poke | None = None,
    prepare_threshold: int | None = None,
) -> Runtime:
    """Put a runtime together as the settings say, with the parts that are given in place of the default ones."""
    base = Database(lambda: database.dsn(settings), prepare_threshold=prepare_threshold)
    calendars = Calendars()
    return Runtime(
        settings=settings,
        clock=clock or DatabaseClock(),
        database=base,
        gateway=PaperGateway(base, calendars, settings.paper_fill),
        poke=poke or _invoke_function(settings.function_prefix),
        calendars=calendars,
    )


def _invoke_function(prefix: str) -> Poke:
    """A poke that invokes the Lambda function `<prefix>-<job>` without waiting; none where no prefix is set."""

    def poke(job: str, at: datetime) -> None:
        if not prefix:
            return
        from automation.adapters.functions import invoke

        invoke(f"{prefix}-{job.replace('_', '-')}", json.dumps({"scheduled_for": at.isoformat()}))

    return poke
