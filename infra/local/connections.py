"""Connections that a server keeps from one request to the next; a deployed function has one for each invocation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from automation.database import Database

_MOST: Final = 8


class Connections:
    """Databases for one request each; those given back are used again, the latest first, up to `most` of them.

    One whose connection broke meanwhile makes itself another, so nothing here asks whether it still lives.
    """

    def __init__(self, make: Callable[[], Database], most: int = _MOST) -> None:
        self._make = make
        self._most = most
        self._idle: deque[Database] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def taken(self) -> Iterator[Database]:
        """A database that is nobody else's inside."""
        database = self._taken()
        try:
            yield database
        finally:
            self._idle.append(database)
            if len(self._idle) > self._most:
                self._idle.popleft().close()

    def _taken(self) -> Database:
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()
