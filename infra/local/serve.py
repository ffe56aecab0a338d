"""The scheduler: the schedules of template.yaml, kept by calling the same handlers; the API beside.

Each job runs in a thread of its own, once at a time; the main thread alone decides and reports. On a signal nothing
new starts, and what runs ends after the batch that it is at.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from automation.clock import Clock, DatabaseClock
from automation.database import Database, dsn
from automation.errors import AutomationError, DatabaseUnavailable
from automation.identity.permissions import NOBODY
from automation.identity.personas import persona
from automation.runtime import using
from infra.local.http_server import application, served
from infra.local.invoke import Answer, answer, told
from infra.local.schedules import ENABLED, Planned
from infra.local.stack import Say, Stack
from infra.local.timetable import Missed, Start, Timetable

_AS_OF: Final = "<aws.scheduler.scheduled-time>"
_LONGEST_SLEEP: Final = 30.0
_READ_AGAIN: Final = 20.0
NOTHING_TO_READ: Final = "nothing to read: set AUTOMATION_NAV_FILE"


class _Done(NamedTuple):
    start: Start
    answer: Answer


class _Poked(NamedTuple):
    job: str
    at: datetime


class _Asked(NamedTuple):
    job: str
    event: dict[str, Any]


class _Ended(NamedTuple):
    job: str
    answer: Answer


class _Stop(NamedTuple):
    signal: signal.Signals


class SteadyClock:
    """The database's clock, read now and then; in between it goes on by itself, and never back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._read = database.transaction(clock.now)
        self._read_at = time.monotonic()

    def now(self) -> datetime:
        elapsed = time.monotonic() - self._read_at
        own = self._read + timedelta(seconds=elapsed)
        if elapsed > _READ_AGAIN:
            self._read, self._read_at = max(own, self._asked(own)), time.monotonic()
            return self._read
        return own

    def _asked(self, own: datetime) -> datetime:
        try:
            return self._database.transaction(self._clock.now)
        except DatabaseUnavailable:
            return own


class Scheduler:
    """Runs jobs by their schedules until it is told to stop."""

    def __init__(self, stack: Stack, planned: Sequence[Planned], now: Callable[[], datetime], say: Say) -> None:
        self._stack = stack
        self._now = now
        self._say = say
        self._timetable = Timetable(planned, now())
        self._news: SimpleQueue[_Done | _Poked | _Asked | _Ended | _Stop] = SimpleQueue()
        self._stopping = threading.Event()  # for those that run: no time is left
        self._ending = False
        self._by_hand = 0

    def invoke(self, job: str, event: Mapping[str, Any]) -> None:
        """Somebody asks for a run of a job: it begins soon, beside those of its schedule. From any thread."""
        self._news.put(_Asked(job, dict(event)))

    def poke(self, job: str, at: datetime) -> None:
        """Somebody has left work for a job: it runs soon. May be called from any thread."""
        self._news.put(_Poked(job, at))

    def announce(self) -> None:
        """Say each job, its schedule in words and its next run."""
        for entry in self._timetable.entries:
            coming = shown(entry.next) if entry.next else "never again"
            self._say(f"{entry.planned.job:<12} {entry.planned.words}; next run {coming}")

    def stop(self, number: int, frame: object) -> None:
        """The handler of signals: end soon; a second signal ends at once."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._stopping.set()
        self._news.put(_Stop(signal.Signals(number)))

    def run(self) -> None:
        """Until a signal comes, and then until what runs has ended."""
        while not self._ending:
            for each in self._timetable.due(self._now()):
                self._begin(each)
            self._hear(self._seconds_to_sleep())
        while self._timetable.running or self._by_hand:
            self._hear(None)
        self._say("stopped")

    def _seconds_to_sleep(self) -> float:
        coming = self._timetable.next()
        left = (coming - self._now()).total_seconds() if coming else _LONGEST_SLEEP
        return min(max(left, 0.0), _LONGEST_SLEEP)

    def _begin(self, what: Start | Missed) -> None:
        job = what.planned.job
        if isinstance(what, Missed):
            self._report(job, f"missed the tick of {shown(what.tick)}: its last run still goes on")
            return
        self._revived()
        if what.missed:
            self._report(job, f"missed {what.missed} tick{'s' if what.missed > 1 else ''} before this one")
        threading.Thread(target=self._work, args=(what,), name=job, daemon=True).start()

    def _work(self, start: Start) -> None:
        """In the job's own thread: one invocation, on a connection of its own."""
        with self._stack.runtime(poke=self.poke) as runtime, using(runtime):
            done = answer(start.planned.job, event_of(start), stopping=self._stopping.is_set)
        self._news.put(_Done(start, done))

    def _work_by_hand(self, asked: _Asked) -> None:
        with self._stack.runtime(poke=self.poke) as runtime, using(runtime):
            done = answer(asked.job, asked.event, stopping=self._stopping.is_set)
        self._news.put(_Ended(asked.job, done))

    def _hear(self, seconds: float | None) -> None:
        """Wait for news, that long at most, and act on it."""
        try:
            news = self._news.get(timeout=seconds)
        except Empty:
            return
        if isinstance(news, _Done):
            self._finished(news)
        elif isinstance(news, _Poked):
            self._timetable.poke(news.job, news.at)
        elif isinstance(news, _Asked):
            self._by_hand += 1
            threading.Thread(target=self._work_by_hand, args=(news,), name=news.job, daemon=True).start()
        elif isinstance(news, _Ended):
            self._by_hand -= 1
            self._report(news.job, f"by hand: {outcome(news.answer, poked=False)}")
        else:
            self._ending = True
            running = sorted(self._timetable.running)
            self._say(f"{news.signal.name}: stopping" + (f" when {', '.join(running)} has ended" if running else ""))

    def _finished(self, done: _Done) -> None:
        job = done.start.planned.job
        self._timetable.finished(job)
        self._report(job, outcome(done.answer, poked=done.start.poked))
        if isinstance(done.answer.error, DatabaseUnavailable) and not self._ending and self._revived():
            self._timetable.poke(job, self._now())

    def _revived(self) -> bool:
        """Start the embedded PostgreSQL again if it has died: without it every tick would fail. Is it up again?"""
        try:
            died = self._stack.revive()
        except AutomationError as error:
            self._report("database", told(error))
            return False
        if died:
            self._report("database", "the embedded PostgreSQL had ended; it is started again")
        return died

    def _report(self, job: str, text: str) -> None:
        self._say(f"{shown(self._now())}  {job:<12} {text}")


def event_of(start: Start) -> dict[str, str]:
    """What EventBridge Scheduler would send: the template's Input with the nominal instant in it."""
    at = start.scheduled_for.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    event: dict[str, str] = json.loads(start.planned.tick.input.replace(_AS_OF, at))
    return event


def outcome(done: Answer, *, poked: bool) -> str:
    """A run in one line: counts or error, and its seconds."""
    how = "poked: " if poked else ""
    if done.error is not None:
        return f"{how}failed in {done.seconds:.2f} s: {told(done.error)}"
    counts = ", ".join(f"{name} {count}" for name, count in done.result["counts"].items()) or "nothing due"
    left = "; work is left" if done.result["work_left"] else ""
    return f"{how}{counts}{left} in {done.seconds:.2f} s"


def shown(at: datetime) -> str:
    """An instant in this machine's own time."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def runnable(planned: Sequence[Planned], stack: Stack, say: Say) -> list[Planned]:
    """Those that can do anything; a navs job without a file would only fail, hour by hour."""
    if any(each.job == "navs" for each in planned) and not stack.settings.nav_file:
        say(f"{'navs':<12} {NOTHING_TO_READ}")
        return [each for each in planned if each.job != "navs"]
    return list(planned)


def serve(stack: Stack, planned: Sequence[Planned], port: int, *, enabled: bool, say: Say) -> None:
    """Keep the schedules and answer HTTP until SIGINT or SIGTERM; with `enabled` False no schedule is kept.

    ConfigurationError where the port can't be had, or the API can't run as a role that the policies hold.
    """
    clock = DatabaseClock()
    with Database(partial(dsn, stack.settings)) as database:
        with database.acting(persona(NOBODY)):
            database.transaction(clock.now)
        kept = runnable(planned, stack, say) if enabled else []
        scheduler = Scheduler(stack, kept, SteadyClock(database, clock).now, say)
        before = {number: signal.signal(number, scheduler.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with (
                stack.runtimes(scheduler.poke, scheduler.invoke) as opened,
                served(application(stack, planned, opened, enabled=enabled), port) as address,
            ):
                scheduler.announce()
                say(f"{'api':<12} {address}/docs")
                say("running; Ctrl-C stops" if enabled else f"the scheduler is off ({ENABLED}); Ctrl-C stops")
                scheduler.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
