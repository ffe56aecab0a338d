"""Faults on purpose, at every boundary between two effects: statements, and the time before and after each commit.

Run as a program, it is a nursery: it has everything imported, forks a child for every handler that is to be run,
and tells how each ended. Children are killed or stopped by their own hand, at the n-th boundary.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import TupleRow

import auto_invest.handler
import orders.handler
import rebalancing.handler
import triggers.handler
from automation import runtime
from automation.database import Connection
from automation.settings import Settings
from tests.builders import Context

ROOT = Path(__file__).resolve().parents[3]
HANDLERS = {
    "auto_invest": auto_invest.handler.handler,
    "orders": orders.handler.handler,
    "rebalancing": rebalancing.handler.handler,
    "triggers": triggers.handler.handler,
}
COMMIT = "commit"


@dataclass
class Fault:
    """Acts once, at the boundary with that number (from 1); counts them all. `only` commits: those after a commit."""

    at: int
    act: Callable[[psycopg.Connection[Any]], object]
    commits: bool = False
    count: int = 0

    def before(self, connection: psycopg.Connection[Any]) -> None:
        if not self.commits:
            self._step(connection)

    def after(self, connection: psycopg.Connection[Any], query: object) -> None:
        if query == COMMIT:
            self._step(connection)

    def _step(self, connection: psycopg.Connection[Any]) -> None:
        self.count += 1
        if self.count == self.at:
            self.act(connection)

    @property
    def reached(self) -> bool:
        return self.count >= self.at


def cursor_with(fault: Fault) -> type[psycopg.Cursor[TupleRow]]:
    """A cursor that passes every statement by the fault."""

    class Cursor(psycopg.Cursor[TupleRow]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            fault.before(self.connection)
            done = super().execute(query, params, **options)
            fault.after(self.connection, query)
            return done

        def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
            fault.before(self.connection)
            return super().copy(statement, params, **options)

    return Cursor


def connecting_with(fault: Fault) -> Callable[..., Connection]:
    """What takes the place of psycopg.connect."""
    return partial(psycopg.connect, cursor_factory=cursor_with(fault))


@dataclass
class FileClock:
    """A clock for several processes: the instant that stands in a file."""

    path: Path

    def now(self, connection: object) -> datetime:
        return datetime.fromisoformat(self.path.read_text())


class Nursery:
    """The program, seen from a test."""

    def __init__(self) -> None:
        roots = os.pathsep.join(str(ROOT / root) for root in ("layers/core", "functions", "."))
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.faults.processes"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": roots},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *children: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Start children at the same moment; how each ended: `how` is done, killed or stopped, with its `answer`."""
        return self._ask(children)

    def resume(self) -> list[dict[str, Any]]:
        """Let stopped children go on to their end."""
        return self._ask(None)

    def _ask(self, message: object) -> list[dict[str, Any]]:
        if self._program.stdin is None or self._program.stdout is None:
            raise RuntimeError("the nursery has no pipes")
        self._program.stdin.write(json.dumps(message) + "\n")
        self._program.stdin.flush()
        answers: list[dict[str, Any]] = json.loads(self._program.stdout.readline())
        return answers

    def close(self) -> None:
        """End the program; no child outlives it."""
        self._program.communicate(timeout=10)


@dataclass
class Child:
    """One forked handler: its process and the pipe that its answer comes through."""

    spec: Mapping[str, Any]
    gate: int
    pid: int = 0
    answers: int = field(default=0)

    def start(self) -> None:
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            os.read(self.gate, 1)
            os.write(write, json.dumps(_run(self.spec)).encode())
            os._exit(0)
        os.close(write)
        self.answers = read

    def wait(self) -> dict[str, Any]:
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            return {"how": "stopped"}
        with os.fdopen(self.answers) as pipe:
            text = pipe.read()
        if os.WIFSIGNALED(status):
            return {"how": "killed"}
        return json.loads(text) if text else {"how": "broken"}


def _run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Run one handler in this process with the fault that its spec asks for."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    number = signal.SIGKILL if spec.get("act") == "kill" else signal.SIGSTOP
    fault = Fault(spec.get("at", 0), lambda _: os.kill(os.getpid(), number), commits=spec.get("act") == "stop")
    setattr(psycopg, "connect", connecting_with(fault))  # noqa: B010 - its type has more to say than a test needs
    settings = Settings(database_url=spec["url"], batch_size=spec["batch_size"])
    made = runtime.assemble(settings, clock=FileClock(Path(spec["clock"])), poke=lambda job, at: None)
    with runtime.using(made), made.database:
        answer = HANDLERS[spec["job"]]({}, Context())
    return {"how": "done", "answer": answer, "boundaries": fault.count}


def _start(specs: Sequence[Mapping[str, Any]]) -> list[Child]:
    gate, opener = os.pipe()
    children = [Child(spec, gate) for spec in specs]
    for child in children:
        child.start()
    os.write(opener, b"x" * len(children))
    os.close(opener)
    os.close(gate)
    return children


def _serve() -> None:
    stopped: list[Child] = []
    for line in sys.stdin:
        specs = json.loads(line)
        for child in stopped:
            os.kill(child.pid, signal.SIGCONT)
        children = stopped if specs is None else _start(specs)
        answers = [child.wait() for child in children]
        stopped = [child for child, answer in zip(children, answers, strict=True) if answer["how"] == "stopped"]
        sys.stdout.write(json.dumps(answers) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
