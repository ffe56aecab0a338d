"""How a benchmark measures: all sides in turn, several rounds, medians, and ratios between sides of one round."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Sample:
    """How much one side did in one round, and how long it took."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


@dataclass(frozen=True)
class Figure:
    """A median with the smallest and largest of its rounds."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 0 if self.value >= 100 else 2
        return f"{self.value:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


Rates = dict[str, list[float]]


def timed(work: Callable[[], int]) -> Sample:
    """Do some work that answers how much it did; ValueError where that is nothing."""
    start = time.perf_counter()
    count = work()
    took = time.perf_counter() - start
    if not count:
        raise ValueError("there was nothing left to do: hold more rules, or let more of them fall due")
    return Sample(count, took)


def interleaved(sides: Mapping[str, Callable[[], Sample]], rounds: int) -> Rates:
    """The rates of each side; each round takes all sides in turn, so that what disturbs one disturbs its rivals."""
    rates: Rates = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(side().rate)
    return rates


def figure(values: list[float]) -> Figure:
    return Figure(median(values), min(values), max(values))


def ratio(of: list[float], to: list[float]) -> Figure:
    """The ratio of two sides' medians, with the extremes of the ratios within a round."""
    rounds = [one / other for one, other in zip(of, to, strict=True)]
    return Figure(median(of) / median(to), min(rounds), max(rounds))
