"""What an invocation runs with: settings, clock, database, gateway and the way to start another job.

A Lambda handler builds it from its environment. A laptop, a test or a simulation hands its own to the same
handlers with `using`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from automation import database
from automation.channels import Channel
from automation.clock import Clock, DatabaseClock, SettableClock
from automation.database import Database
from automation.errors import ConfigurationError
from automation.gateways import Gateway
from automation.gateways.paper import PaperGateway
from automation.settings import Delivery, Settings
from automation.store.calendars import Calendars

Poke = Callable[[str, datetime], None]
Invoke = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Runtime:
    """The parts of one invocation.

    `poke(job, at)` starts another job after a commit, and may be lost; `invoke(job, event)` starts one with an event,
    and says where that fails. `channels` carry messages to people, by their names; `sleep(seconds)` waits until they
    may be used again.
    """

    settings: Settings
    clock: Clock
    database: Database
    gateway: Gateway
    poke: Poke
    calendars: Calendars = field(default_factory=Calendars)
    invoke: Invoke = lambda job, event: None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep


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
    invoke: Invoke | None = None,
    prepare_threshold: int | None = None,
    kept: Database | None = None,
    channels: Mapping[str, Channel] | None = None,
) -> Runtime:
    """Put a runtime together as the settings say, with the parts that are given in place of the default ones."""
    base = kept or Database(lambda: database.dsn(settings), prepare_threshold=prepare_threshold)
    calendars = Calendars()
    return Runtime(
        settings=settings,
        clock=clock or DatabaseClock(),
        database=base,
        gateway=PaperGateway(base, calendars, settings.paper_fill),
        poke=poke or _poke_function(settings.function_prefix),
        calendars=calendars,
        invoke=invoke or _invoke_function(settings.function_prefix),
        channels=_channels(settings.delivery) if channels is None else channels,
        sleep=clock.wait if isinstance(clock, SettableClock) else time.sleep,
    )


def _channels(delivery: Delivery) -> dict[str, Channel]:
    """The channels that are set up; their modules are read where there are any: no other function needs them."""
    made: dict[str, Channel] = {}
    if delivery.email_from:
        from automation.channels.email import SesEmail

        made["Email"] = SesEmail(delivery.email_from)
    if delivery.sms:
        from automation.channels.sms import SnsSms

        made["SMS"] = SnsSms(delivery.sms_sender)
    if delivery.push:
        from automation.channels.push import SnsPush

        made["Push"] = SnsPush()
    return made


def _poke_function(prefix: str) -> Poke:
    """A poke that invokes the job's Lambda function without waiting; none where no prefix is set."""
    invoke = _invoke_function(prefix)

    def poke(job: str, at: datetime) -> None:
        if prefix:
            invoke(job, {"scheduled_for": at.isoformat()})

    return poke


def _invoke_function(prefix: str) -> Invoke:
    """Invokes the Lambda function `<prefix>-<job>` without waiting; ConfigurationError where no prefix is set."""

    def invoke(job: str, event: Mapping[str, Any]) -> None:
        if not prefix:
            raise ConfigurationError("no function can be invoked", hint="set AUTOMATION_FUNCTION_PREFIX")
        from automation.adapters import functions

        functions.invoke(f"{prefix}-{job.replace('_', '-')}", json.dumps(dict(event)))

    return invoke
