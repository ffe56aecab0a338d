"""Which jobs are due: each at most once at a time, ticks that it could not keep counted. No clock, no threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from infra.local.schedules import Planned


class Start(NamedTuple):
    """A job to be started now, for a nominal instant; `missed` ticks since its last start were not kept."""

    planned: Planned
    scheduled_for: datetime
    missed: int = 0
    poked: bool = False


class Missed(NamedTuple):
    """The first tick that is not kept because the job's last run still goes on."""

    planned: Planned
    tick: datetime


@dataclass
class Entry:
    """One schedule, its next tick, and how many it has missed since its job was last started."""

    planned: Planned
    next: datetime | None
    missed: int = 0

    def passed(self, now: datetime) -> list[datetime]:
        """The ticks that have come since the last look."""
        ticks = []
        while self.next is not None and self.next <= now:
            ticks.append(self.next)
            self.next = self.planned.schedule.following(self.next)
        return ticks


class Timetable:
    """The entries of all schedules, begun at one instant, and the jobs that run or were asked for by others."""

    def __init__(self, planned: Sequence[Planned], now: datetime) -> None:
        self.entries = [Entry(each, each.schedule.first(now)) for each in planned]
        self.running: set[str] = set()
        self._poked: dict[str, datetime] = {}

    def due(self, now: datetime) -> list[Start | Missed]:
        """What is to be started, or is missed for the first time, at `now`. What starts is running then."""
        return [*self._ticks(now), *self._pokes()]

    def finished(self, job: str) -> None:
        """A job's run is over."""
        self.running.discard(job)

    def poke(self, job: str, at: datetime) -> None:
        """Another job left work for this one: it starts at once, or when its present run is over."""
        self._poked[job] = at

    def next(self) -> datetime | None:
        """When the next tick comes; None where no schedule has one left."""
        return min((entry.next for entry in self.entries if entry.next is not None), default=None)

    def _ticks(self, now: datetime) -> Iterator[Start | Missed]:
        for entry in self.entries:
            ticks = entry.passed(now)
            if not ticks:
                continue
            if entry.planned.job in self.running:
                if not entry.missed:
                    yield Missed(entry.planned, ticks[0])
                entry.missed += len(ticks)
            else:
                yield self._start(entry, ticks[-1], entry.missed + len(ticks) - 1)

    def _pokes(self) -> Iterator[Start]:
        for entry in self.entries:
            job = entry.planned.job
            if job in self._poked and job not in self.running:
                yield self._start(entry, self._poked[job], entry.missed, poked=True)

    def _start(self, entry: Entry, at: datetime, missed: int, *, poked: bool = False) -> Start:
        job = entry.planned.job
        entry.missed = 0
        self._poked.pop(job, None)
        self.running.add(job)
        return Start(entry.planned, at, missed, poked)
