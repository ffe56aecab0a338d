"""What a function costs in a new process: its start up to the first answer of the database, and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from automation.database import connect
from tests.benchmarks import filling
from tests.benchmarks.measuring import Figure, figure, ratio
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row

MEBIBYTE = 1024 * 1024
UNWANTED = ("fastapi", "boto3", "pydantic", "pandas")

BARE = """
import os, psycopg
from aws_lambda_powertools import Logger, Metrics
Logger(), Metrics(namespace="Automation")
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("select 1")
"""

HANDLER = """
import auto_invest.handler
from automation.runtime import opened
with opened() as runtime:
    runtime.database.transaction(lambda connection: connection.execute("select 1"))
"""

INVOKED = """
import auto_invest.handler
from tests.benchmarks.engine import Batches
auto_invest.handler.handler({}, Batches(1_000_000))
"""

BATCHES = """
import os
from datetime import datetime
from tests.benchmarks.engine import Engine
with Engine(os.environ["DATABASE_URL"], datetime.fromisoformat(os.environ["NOW"])) as engine:
    assert engine.auto_invest(3).count == 3000
"""

ENDING = """
import resource, sys, time
print("\\n", time.monotonic(), time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, *sys.modules)
"""


@dataclass(frozen=True)
class End:
    """How a process ended: seconds since it was started, seconds of processor time, bytes, modules imported."""

    wall: float
    processor: float
    memory: int
    modules: frozenset[str]


def cold_start(empty_url: str, plan: Plan) -> list[Row]:
    """Start handler and comparison in turn, from compiled files: each has run once before it counts."""
    programs = {"bare": BARE, "handler": HANDLER, "invoked": INVOKED}
    ends: dict[str, list[End]] = {name: [] for name in programs}
    for number in range(plan.starts + 1):
        for name, program in programs.items():
            end = _run(program, {"DATABASE_URL": empty_url})
            if number:
                ends[name].append(end)
    _show(ends)
    unwanted = {name for end in ends["handler"] + ends["invoked"] for name in UNWANTED if name in end.modules}
    return [
        *(_row(f"cold start, {what}", ends, "handler", take) for what, take in _MEASURES.items()),
        *(
            _row(f"cold start and a whole invocation, {what}", ends, "invoked", take)
            for what, take in _MEASURES.items()
        ),
        Row(f"of {', '.join(UNWANTED)} imported", figure([len(unwanted)]), 0, unit="", at_most=True),
    ]


_MEASURES: dict[str, Callable[[End], float]] = {
    "processor time": lambda end: end.processor,
    "wall time": lambda end: end.wall,
}


def _row(name: str, ends: dict[str, list[End]], of: str, take: Callable[[End], float]) -> Row:
    figures = ratio([take(end) for end in ends[of]], [take(end) for end in ends["bare"]])
    return Row(f"{name} / psycopg, Logger, Metrics, connection", figures, 1.3, at_most=True)


def _show(ends: dict[str, list[End]]) -> None:
    print("\ncold start, milliseconds")
    for name, of in ends.items():
        values = ", ".join(f"{what} {figure([1000 * take(end) for end in of])}" for what, take in _MEASURES.items())
        print(f"  {name:46} {values}", flush=True)


def memory(url: str, days: Iterator[int]) -> list[Row]:
    """The most memory that the handler has held after full batches in a process of its own."""
    with connect(url) as connection:
        now = filling.begin(connection, next(days))
    used = _run(BATCHES, {"DATABASE_URL": url, "NOW": now.isoformat()}).memory / MEBIBYTE
    return [
        Row("memory of the auto-invest handler on full batches", Figure(used, used, used), 128, "MiB", at_most=True)
    ]


TELLING = """
import os
from datetime import datetime
from tests.benchmarks.engine import Engine
from tests.benchmarks.notifications import tell
with Engine(os.environ["DATABASE_URL"], datetime.fromisoformat(os.environ["NOW"])) as engine:
    assert tell(engine) == int(os.environ["MESSAGES"])
"""


def memory_of_telling(url: str, now: datetime, messages: int) -> float:
    """The most memory, in MiB, that telling so many messages takes."""
    variables = {"DATABASE_URL": url, "NOW": now.isoformat(), "MESSAGES": str(messages)}
    return _run(TELLING, variables).memory / MEBIBYTE


def _run(program: str, variables: dict[str, str]) -> End:
    environment = os.environ | variables | {"POWERTOOLS_LOG_LEVEL": "INFO"}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program + ENDING],
        env=environment,
        cwd=filling.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, processor, kibibytes, *modules = done.stdout.splitlines()[-1].split()
    unit = 1 if sys.platform == "darwin" else 1024
    return End(float(wall) - start, float(processor), int(kibibytes) * unit, frozenset(modules))
