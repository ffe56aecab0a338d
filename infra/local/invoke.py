"""Functions called as Lambda calls them: the handler that template.yaml names, an event, a context.

A handler runs with the runtime of `automation.runtime.using` where one is in use, else with one of its own from
the environment.
"""

from __future__ import annotations

import importlib
import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TextIO

from automation import observability
from automation.errors import AutomationError, ConfigurationError
from automation.runtime import Runtime, using
from infra.local.template import ROOT, Function, function

Handler = Callable[[Any, "Context"], Any]
_ARN: Final = "arn:aws:lambda:local:000000000000:function"


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler about its invocation; the time limit is the template's, and nobody enforces it.

    Once `stopping` answers True no time is left: a run then ends after the batch that it is at.
    """

    function_name: str
    memory_limit_in_mb: str
    timeout: int
    stopping: Callable[[], bool] = lambda: False
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    _started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        return f"{_ARN}:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        if self.stopping():
            return 0
        return max(int((self.timeout - (time.monotonic() - self._started)) * 1000), 0)


def call(name: str, event: Mapping[str, Any], *, stopping: Callable[[], bool] = lambda: False) -> Any:
    """Call a function, named by folder or logical id, and answer with its result; its errors come through.

    InvalidInput where there is no such function.
    """
    target = function(name)
    return _handler(target.handler)(dict(event), context_of(target, stopping))


def context_of(target: Function, stopping: Callable[[], bool] = lambda: False) -> Context:
    """The context of one invocation that starts now."""
    return Context(target.name, str(target.memory), target.timeout, stopping)


@cache
def _handler(path: str) -> Handler:
    module, _, attribute = path.rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"handler {path} can't be loaded: {error}", hint="check Handler in template.yaml and the functions folder"
        ) from error
    return handler


@dataclass(frozen=True)
class Answer:
    """What an invocation came to: its result or its error, and the seconds that it took."""

    result: Any
    error: Exception | None
    seconds: float

    @property
    def payload(self) -> Any:
        """The result, or the object that Lambda answers with for an error, its message with the next step."""
        if self.error is None:
            return self.result
        return {"errorType": type(self.error).__name__, "errorMessage": _with_next_step(self.error)}


def told(error: Exception) -> str:
    """An error in one line, whatever it is made of, with the next step where it knows one."""
    kind = "" if isinstance(error, AutomationError) else f"{type(error).__name__}: "
    return " ".join(f"{kind}{_with_next_step(error)}".split())


def _with_next_step(error: Exception) -> str:
    hint = error.hint if isinstance(error, AutomationError) else ""
    return f"{error} (next: {hint})" if hint else str(error)


def answer(name: str, event: Mapping[str, Any], *, stopping: Callable[[], bool] = lambda: False) -> Answer:
    """Call a function as `call` does, with its error as part of the answer."""
    started = time.perf_counter()
    try:
        result, failure = call(name, event, stopping=stopping), None
    except Exception as error:  # noqa: BLE001 - the edge of an invocation: handed to whoever asked for it
        result, failure = None, error
    return Answer(result, failure, time.perf_counter() - started)


class Pokes:
    """Jobs that others have started; they run when the invocation that did so is over, each once.

    Those that are left out run by their schedule alone.
    """

    def __init__(self, leaving_out: Collection[str] = ()) -> None:
        self._waiting: dict[str, datetime] = {}
        self._leaving_out = leaving_out

    def __call__(self, job: str, at: datetime) -> None:
        if job not in self._leaving_out:
            self._waiting[job] = at

    def answers(self) -> Iterator[tuple[str, Answer]]:
        """Run what waits, and what that starts in turn, until nothing waits."""
        while self._waiting:
            job = next(iter(self._waiting))
            at = self._waiting.pop(job)
            yield job, answer(job, {"scheduled_for": at.isoformat()})


def invoke(runtime: Runtime, name: str, event: Mapping[str, Any], pokes: Pokes) -> tuple[Answer, dict[str, Answer]]:
    """Call a function with a runtime that was assembled with `pokes`, then the jobs that it has started.

    The function's answer, and the last one of each of those jobs.
    """
    with using(runtime):
        first = answer(name, event)
        return first, dict(pokes.answers())


@contextmanager
def logs_to(stream: TextIO, level: str | None = None) -> Iterator[None]:
    """Let handlers log to a stream of ours, from a level on; standard output is for results."""
    logger = observability.logger()
    handler: logging.StreamHandler[TextIO] = logger.registered_handler  # type: ignore[assignment]
    before = handler.stream, logger.log_level
    handler.stream = stream  # not setStream: it flushes the old one, which may be closed
    if level is not None:
        logger.setLevel(level)
    try:
        yield
    finally:
        handler.stream = before[0]
        logger.setLevel(before[1])


def sample_event(name: str) -> Path:
    """The event.json in a function's own folder."""
    return ROOT / "functions" / function(name).folder / "event.json"
