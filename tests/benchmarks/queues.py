"""The rivals that are job queues: a job for every rule, whose handler does what the row-by-row loop does.

Each has the settings that were fastest of those tried, and prepared statements. Time is taken from the first look
for jobs to the end of the last handler: neither the making of the jobs nor the worker's farewell counts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import procrastinate
import psycopg
from pgqueuer import Job, PsycopgDriver, Queries, QueueManager
from pgqueuer.types import QueueExecutionMode
from procrastinate.types import JSONDict
from psycopg.rows import DictRow, dict_row

from tests.benchmarks import row_by_row
from tests.benchmarks.measuring import Sample

BATCH: Final = 100
CONNECTIONS: Final = 4


def install(url: str) -> None:
    """Make the tables of both queues, and keep both from logging every job."""
    for name in ("pgqueuer", "procrastinate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    asyncio.run(_install(url))


async def _install(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await Queries(PsycopgDriver(connection)).install()
    app = _app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


def with_pgqueuer(url: str, now: datetime, rules: Sequence[UUID]) -> Sample:
    """Let pgqueuer bring these rules forward, in batches of 100."""
    return asyncio.run(_with_pgqueuer(url, now, rules))


async def _with_pgqueuer(url: str, now: datetime, rules: Sequence[UUID]) -> Sample:
    async with AsyncExitStack() as stack:
        workers = await _workers(url, now, stack)
        own = await stack.enter_async_context(await psycopg.AsyncConnection.connect(url, autocommit=True))
        queries = Queries(_Driver(own))
        await queries.enqueue(["rule"] * len(rules), [rule.bytes for rule in rules], [0] * len(rules))
        manager = QueueManager(queries)

        @manager.entrypoint("rule")
        async def _handle(job: Job) -> None:
            await workers.handle(UUID(bytes=job.payload))

        start = time.perf_counter()
        await manager.run(timedelta(milliseconds=50), BATCH, QueueExecutionMode.drain)
    return workers.sample(start)


class _Driver(PsycopgDriver):
    """Leaves its connection to the queries: waiting for notifications would hold it half a second at a time."""

    async def watch_notifies(self) -> None:
        await self.shutdown.wait()


def with_procrastinate(url: str, now: datetime, rules: Sequence[UUID]) -> Sample:
    """Let procrastinate bring these rules forward, as many at once as there are connections."""
    return asyncio.run(_with_procrastinate(url, now, rules))


async def _with_procrastinate(url: str, now: datetime, rules: Sequence[UUID]) -> Sample:
    async with AsyncExitStack() as stack:
        workers = await _workers(url, now, stack)
        app = _app(url)

        @app.task(name="rule")
        async def handle(rule: str) -> None:
            await workers.handle(UUID(rule))

        await stack.enter_async_context(app.open_async())
        jobs: list[JSONDict] = [{"rule": str(rule)} for rule in rules]
        await handle.batch_defer_async(*jobs)
        start = time.perf_counter()
        await app.run_worker_async(
            wait=False,
            concurrency=CONNECTIONS,
            delete_jobs="always",
            listen_notify=False,
            install_signal_handlers=False,
        )
    return workers.sample(start)


def _app(url: str) -> procrastinate.App:
    pool = procrastinate.PsycopgConnector(conninfo=url, min_size=CONNECTIONS, max_size=CONNECTIONS + 2)
    return procrastinate.App(connector=pool)


class _Workers:
    """Handles rules on connections of its own, as many at once as there are connections."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._free: asyncio.Queue[psycopg.AsyncConnection[DictRow]] = asyncio.Queue()
        self._count = 0
        self._finished = 0.0

    def add(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        self._free.put_nowait(connection)

    async def handle(self, rule: UUID) -> None:
        connection = await self._free.get()
        await row_by_row.execute_async(connection, rule, self._now)
        self._free.put_nowait(connection)
        self._count += 1
        self._finished = time.perf_counter()

    def sample(self, start: float) -> Sample:
        return Sample(self._count, self._finished - start)


async def _workers(url: str, now: datetime, stack: AsyncExitStack) -> _Workers:
    workers = _Workers(now)
    for _ in range(CONNECTIONS):
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
        workers.add(await stack.enter_async_context(connection))
    return workers
