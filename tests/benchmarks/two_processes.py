"""Two processes on disjoint batches against one, for the engine and, as what the machine allows, for the limit."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

import auto_invest.handler
from automation.database import connect, scalar
from tests.benchmarks import one_statement
from tests.benchmarks.engine import Engine
from tests.benchmarks.measuring import Sample, figure, ratio
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show
from tests.benchmarks.stage import Sides, Stage, play

ENGINE, ENGINES = "auto-invest handler, one process", "auto-invest handler, two processes"
LIMIT, LIMITS = "the limit, one process", "the limit, two processes"


class Spell(NamedTuple):
    """What one process did, and from when to when on the clock that all processes share."""

    done: int
    start: float
    end: float


Work = Callable[[str, datetime, int, int], Spell]


def two_processes(url: str, days: Iterator[int], plan: Plan) -> list[Row]:
    """Rows for the engine and the limit, and one that counts what must never happen."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context, initializer=_share, initargs=(context.Barrier(2),)) as pool:
        a_day = plan.rounds_a_day(4 * plan.turn)
        rates = play(url, days, lambda stage: _sides(stage, plan, pool), plan.rounds // 2, a_day)
    show("auto-invest, one process and two", rates)
    return [
        Row("auto-invest, two processes / one", ratio(rates[ENGINES], rates[ENGINE]), 1.6),
        Row("one-statement limit, two processes / one (to compare)", ratio(rates[LIMITS], rates[LIMIT]), 1.6),
        Row("executions without one order each, and deadlocks", figure([_wrong(url)]), 0, unit="", at_most=True),
    ]


def _sides(stage: Stage, plan: Plan, pool: ProcessPoolExecutor) -> Sides:
    def side(work: Work, processes: int) -> Callable[[], Sample]:
        batches = plan.batches // processes or 1
        return lambda: _together(pool, work, stage, batches, processes)

    return {
        ENGINE: side(_engine, 1),
        ENGINES: side(_engine, 2),
        LIMIT: side(_limit, 1),
        LIMITS: side(_limit, 2),
    }


def _together(pool: ProcessPoolExecutor, work: Work, stage: Stage, batches: int, processes: int) -> Sample:
    running = [pool.submit(work, stage.url, stage.now, batches, processes) for _ in range(processes)]
    spells = [each.result() for each in running]
    took = max(spell.end for spell in spells) - min(spell.start for spell in spells)
    return Sample(sum(spell.done for spell in spells), took)


_barrier: Barrier | None = None


def _share(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a barrier can only be handed to a process that begins
    _barrier = barrier


def _engine(url: str, now: datetime, batches: int, processes: int) -> Spell:
    with Engine(url, now) as engine:
        engine.run(auto_invest.handler.handler, 0)
        return _from_the_barrier(lambda: engine.auto_invest(batches), processes)


def _limit(url: str, now: datetime, batches: int, processes: int) -> Spell:
    with connect(url) as connection:
        return _from_the_barrier(lambda: one_statement.run(connection, now, batches), processes)


def _from_the_barrier(work: Callable[[], Sample], processes: int) -> Spell:
    if processes > 1 and _barrier is not None:
        _barrier.wait(timeout=60)
    start = time.monotonic()
    return Spell(work().count, start, time.monotonic())


def _wrong(url: str) -> float:
    """Successes of the last day without exactly one order, and all deadlocks."""
    with connect(url) as connection:
        wrong = scalar(
            connection,
            """
            select count(*)
            from automation_execution_logs l
            where l.executed_at = (select max(executed_at) from automation_execution_logs)
              and (select count(*) from orders o where o.execution_id = l.id) <> 1
            """,
        )
        return float(
            wrong + scalar(connection, "select deadlocks from pg_stat_database where datname = current_database()")
        )
