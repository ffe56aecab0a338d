"""A filled database on the morning of a day, with a connection for each kind of side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from automation.database import Connection, connect
from tests.benchmarks import filling, one_statement, row_by_row
from tests.benchmarks.engine import Engine
from tests.benchmarks.measuring import Rates, Sample, interleaved


@dataclass(frozen=True)
class Stage:
    """`now` is when the rules of the day are due; the engine's clock stands there."""

    url: str
    now: datetime
    engine: Engine
    plain: Connection
    rows: psycopg.Connection[DictRow]


Sides = Mapping[str, Callable[[], Sample]]


@contextmanager
def morning(url: str, day: int) -> Iterator[Stage]:
    """Begin a day. The engine's first batch, which fills its caches, is taken before anything is measured."""
    with connect(url) as plain, row_by_row.connect(url) as rows:
        now = filling.begin(plain, day)
        with Engine(url, now) as engine:
            one_statement.run(plain, now, 1)
            engine.auto_invest(1)
            yield Stage(url, now, engine, plain, rows)


def play(url: str, days: Iterator[int], sides: Callable[[Stage], Sides], rounds: int, a_day: int) -> Rates:
    """Measure sides against each other for so many rounds, on as many days as that takes."""
    rates: Rates = {}
    for done in range(0, rounds, a_day):
        with morning(url, next(days)) as stage:
            for name, values in interleaved(sides(stage), min(rounds - done, a_day)).items():
                rates.setdefault(name, []).extend(values)
    return rates
