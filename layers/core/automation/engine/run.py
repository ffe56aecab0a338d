"""A run: one invocation of one job, from its tick to its finished row.

tick -> run row -> batch, batch, … until nothing is due or time is short -> finished row -> poke
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from automation import identifiers, observability
from automation.database import Connection
from automation.errors import ConfigurationError, DatabaseUnavailable, InvalidInput
from automation.runtime import Runtime
from automation.store import runs


class Context(Protocol):
    """The part of a Lambda context that a run needs."""

    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True)
class Run:
    """What every batch of a run is given; in `left` it counts what it leaves to the next run, by the reason."""

    id: UUID
    job: str
    runtime: Runtime
    left: Counter[str] = field(default_factory=Counter, compare=False)

    @property
    def shown_id(self) -> str:
        return identifiers.show(identifiers.RUN, self.id)


Step = Callable[[Run], Counter[str]]

# A step that knows that it has found all there was counts this, and is not asked again.
LAST: Final = "last"


@dataclass(frozen=True)
class Job:
    """A job is its steps, each repeated until it finds nothing more.

    `feeds` names the jobs that its work is for, each with what must have been counted, one or the other, for it to
    have any.
    """

    name: str
    steps: Sequence[Step]
    feeds: Mapping[str, Collection[str]] = field(default_factory=dict)


def run(job: Job, event: Mapping[str, Any], context: Context, runtime: Runtime) -> dict[str, Any]:
    """Do what is due now and answer with the run's id, counts and whether work is left.

    Raises InvalidInput for an event that is not a tick. Any other error is recorded with the run first.
    """
    scheduled_for, announced = _tick(event)
    this, now = _start(job, scheduled_for, announced, runtime)
    counts: Counter[str] = Counter()
    try:
        short = _work(job.steps, this, counts, context)
    except Exception as error:
        _finish(this, counts, work_left=True, error=f"{type(error).__name__}: {error}")
        raise
    counts.update(this.left)
    work_left = short or bool(this.left)
    _finish(this, counts, work_left=work_left, error=None)
    for fed, counted in job.feeds.items():
        if any(counts[name] for name in counted):
            _poke(runtime, fed, now)
    if short:
        _poke(runtime, job.name, now)
    return {
        "run_id": this.shown_id,
        "counts": dict(counts),
        "work_left": work_left,
    }


def _poke(runtime: Runtime, job: str, now: datetime) -> None:
    """Start another job. One that can't be started is no failure of this run, which is over: its schedule follows."""
    try:
        runtime.poke(job, now)
    except Exception as error:  # noqa: BLE001 - said, and made up for by the schedule
        observability.poke_lost(job, error)


def _start(job: Job, scheduled_for: datetime | None, announced: UUID | None, runtime: Runtime) -> tuple[Run, datetime]:
    """The run's row is made here, unless it was announced and is there already."""
    made = identifiers.once()

    def key(at: datetime) -> UUID:
        return announced or made(at)

    def record(connection: Connection) -> datetime:
        now = runtime.clock.now(connection)
        by = "schedule" if scheduled_for else "hand"
        runs.start(connection, key(now), job.name, by, scheduled_for, now)
        return now

    now = runtime.database.transaction(record)
    return Run(key(now), job.name, runtime), now


def _work(steps: Sequence[Step], this: Run, counts: Counter[str], context: Context) -> bool:
    """Repeat each step until it finds nothing; True where time ran short first.

    A step that breaks keeps none of the others from its work: the first error is raised when they are done.
    """
    hours = _Hours(context, this.runtime.settings.reserve.total_seconds() * 1000)
    short, broken = False, None
    for step in steps:
        try:
            short = short or _repeat(step, this, counts, hours)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            broken = broken or error
    if broken is not None:
        raise broken
    return short


def _repeat(step: Step, this: Run, counts: Counter[str], hours: _Hours) -> bool:
    while not hours.are_short():
        done = _in_one_go(step, this)
        if not done:
            return False
        last = done.pop(LAST, 0)
        counts.update(done)
        if last:
            return False
    return True


@dataclass
class _Hours:
    """The time of a run; `reserve` is in milliseconds."""

    context: Context
    reserve: float
    begun: bool = False

    def are_short(self) -> bool:
        """Whether to hand over rather than begin another step.

        ConfigurationError where none could be begun at all: the next run could not either, and so on for ever.
        Nothing left at all is no limit, but somebody who stops us.
        """
        left = self.context.get_remaining_time_in_millis()
        short = left < self.reserve
        if short and left > 0 and not self.begun:
            raise ConfigurationError(
                f"{left / 1000:.0f} s are less than the {self.reserve / 1000:.0f} s that a run keeps in reserve",
                hint="raise the function's timeout, or lower AUTOMATION_RESERVE_SECONDS",
            )
        self.begun = True
        return short


def _in_one_go(step: Step, this: Run) -> Counter[str]:
    """A step without the search for cycles of references: rows make none, and the search costs a twentieth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return step(this)
    finally:
        if enabled:
            gc.enable()


def _finish(this: Run, counts: Mapping[str, int], *, work_left: bool, error: str | None) -> None:
    database, clock = this.runtime.database, this.runtime.clock
    database.transaction(lambda c: runs.finish(c, this.id, clock.now(c), counts, work_left=work_left, error=error))
    observability.report(this.job, this.shown_id, counts, work_left=work_left, error=error)


def _tick(event: Mapping[str, Any]) -> tuple[datetime | None, UUID | None]:
    """The instant a schedule meant, None where it is started by hand; and the run's key, where it was announced."""
    unknown = sorted(event.keys() - {"scheduled_for", "run_id"})
    if unknown:
        raise InvalidInput(unknown[0], "is not a field of a tick", hint='send {"scheduled_for": "<instant>"} or {}')
    return _instant(event.get("scheduled_for")), _announced(event.get("run_id"))


def _announced(shown: Any) -> UUID | None:
    if shown is None:
        return None
    try:
        return identifiers.read(identifiers.RUN, str(shown))
    except ValueError as error:
        raise InvalidInput("run_id", str(error), hint="leave it out: a run then has an id of its own") from error


def _instant(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidInput(
            "scheduled_for", f"{text!r} is not an instant with a zone", hint="send it as 2026-01-05T04:30:00Z"
        )
    return instant.astimezone(UTC)
