"""A batch written part by part: the database takes a part in while the next one is being settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, TypeVar

from automation.database import Connection

Outcome = TypeVar("Outcome")
# Few enough that the database soon has something to do, many enough for statements that take whole columns.
_PART: Final = 100


def write_in_parts(
    connection: Connection, settled: Iterator[Outcome], write: Callable[[list[Outcome]], None]
) -> list[Outcome]:
    """Write outcomes as they are settled, and answer all of them.

    Nothing waits for the database, so neither `settled` nor `write` may ask it for an answer. What it refuses is
    raised by a later part or at the end; the transaction is then over as a whole, as without parts.
    """
    outcomes: list[Outcome] = []
    with connection.pipeline():
        while part := list(islice(settled, _PART)):
            write(part)
            outcomes += part
    return outcomes
