"""A batch written part by part: the database takes a part in while the next one is being settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, Protocol, TypeVar
from uuid import UUID

from automation.database import Connection
from automation.orders.order import NewOrder
from automation.store import executions, notifications, orders
from automation.store.executions import Execution
from automation.store.notifications import Message

# Few enough that the database soon has something to do, many enough for statements that take whole columns.
_PART: Final = 100


class Settled(Protocol):
    """What became of a rule or a trigger: the rows that it writes besides its own."""

    @property
    def executions(self) -> Sequence[Execution]: ...

    @property
    def orders(self) -> Sequence[NewOrder]: ...

    @property
    def messages(self) -> Sequence[Message]: ...


Outcome = TypeVar("Outcome", bound=Settled)


def write_in_parts(
    connection: Connection,
    kind: str,
    settled: Iterator[Outcome],
    now: datetime,
    run_id: UUID,
    move: Callable[[list[Outcome]], None],
) -> list[Outcome]:
    """Write the executions, orders and messages of outcomes as they are settled, and answer all outcomes.

    `move` writes what they make of the rules of this kind themselves. Nothing waits for the database, so neither it
    nor `settled` may ask it for an answer. What it refuses is raised by a later part or at the end; the transaction
    is then over as a whole, as without parts.
    """
    outcomes: list[Outcome] = []
    with connection.pipeline():
        while part := list(islice(settled, _PART)):
            executions.insert(connection, kind, [each for one in part for each in one.executions], now, run_id)
            orders.insert(connection, [each for one in part for each in one.orders], now)
            notifications.insert(connection, [each for one in part for each in one.messages], now)
            move(part)
            outcomes += part
    return outcomes
