"""Orders that end without being executed: what their rules counted on is taken back, and those it ended go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from automation.database import Connection
from automation.engine.next_occurrence import reopen
from automation.runtime import Runtime
from automation.store import failures as store
from automation.store import notifications, rebalancing_executions, triggers


def end(connection: Connection, runtime: Runtime, rows: Sequence[tuple[UUID, str, str]], now: datetime) -> None:
    """End orders as Failed, Cancelled or Held (order, status, reason), with all that follows from it."""
    ended = store.end(connection, rows, now)
    if not ended.messages:
        return
    triggers.finish(connection, [message.source_id for message in ended.messages], now)
    rebalancing_executions.wake(connection, [message.source_id for message in ended.messages], now)
    reopen(connection, runtime, ended.rules, now)
    store.pause(connection, ended.rules)
    failed = store.failed_executions(connection, [message.source_id for message in ended.messages])
    notifications.insert(connection, ended.messages + failed, now)


def correct(connection: Connection, runtime: Runtime, rows: Sequence[tuple[UUID, Decimal]], now: datetime) -> None:
    """Take from rules' totals what their orders (order, money) came to less than was asked for."""
    reopen(connection, runtime, store.correct_totals(connection, rows), now)
