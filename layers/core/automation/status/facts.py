"""What a status is judged by: jobs and their runs, rules, orders, prices, switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from automation.calendar.ticks import Rate, Ticks, in_words, period_in_words

GRACE: Final = timedelta(minutes=5)
# A status stays quick however many rules there are: it counts them no further.
COUNTED: Final = 10_000


class Plan(NamedTuple):
    """When a job is to run: each `period`, or at the ticks `previous` (the last that is over) and `next`.

    `expression` is what `words` say; without `enabled` the schedules are switched off, and nothing is expected.
    """

    job: str
    words: str
    period: timedelta | None
    previous: datetime | None = None
    next: datetime | None = None
    expression: str = ""
    enabled: bool = True


class LastRun(NamedTuple):
    """The latest run of a job."""

    job: str
    id: UUID
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    counts: Mapping[str, int]
    work_left: bool
    error: str | None


class History(NamedTuple):
    """The runs of a job in the last seven days, and in the last one (`…_1d`).

    `ended` runs are over, whatever came of them; `ticks_1d` nominal instants were kept since `first_1d`; a run of
    `overlapped_1d` began before the one before it had ended; `lag` is how late the last scheduled one began.
    """

    job: str
    ended_7d: int
    succeeded_7d: int
    ended_1d: int
    succeeded_1d: int
    ticks_1d: int
    first_1d: datetime | None
    overlapped_1d: int
    last_success: datetime | None
    lag: timedelta | None


class Due(NamedTuple):
    """What waits for a run: how much of it (counted up to a limit) and since when the oldest does."""

    rules: int
    oldest: datetime | None


class ChannelState(NamedTuple):
    """A channel that is left alone until an instant, after so many failures in a row."""

    channel: str
    until: datetime
    failures: int
    reason: str | None


class OrderCount(NamedTuple):
    """Orders in one state; `oldest` is when the oldest of them was made."""

    status: str
    orders: int
    oldest: datetime


class Prices(NamedTuple):
    """The newest NAV date of all, and its age in business days of its calendar."""

    newest: date
    age: int


class Switch(NamedTuple):
    """A standing kill switch."""

    scope: str
    scope_id: str | None
    mode: str
    reason: str
    until: datetime | None
    by: str
    since: datetime


class Item(NamedTuple):
    """One thing that a person should look at: a shown id, whose it is, what is the matter, since when."""

    kind: str
    id: str
    client: str
    text: str
    since: datetime


@dataclass(frozen=True)
class Facts:
    """All that is judged; `executions` are those of the last day by (status, reason), `ended` its orders by state.

    `rules` by status, `due` and `overdue` are counted up to COUNTED.
    `unended` counts by job the runs of the last day that are still Running after the longest time that one can take.
    `suspects` counts the NAVs that hold their product's price back. `late` is what was to be looked at, by the job that
    has not, `rebalancings` those that are not over by status, `waiting` what each job would find to do now; all are
    counted up to COUNTED. `messages` are those of the last day that were not taken, or of which nobody knows.
    """

    now: datetime
    max_nav_age: int
    plans: Sequence[Plan]
    runs: Mapping[str, LastRun]
    unended: Mapping[str, int]
    rules: Mapping[str, int]
    due: Due
    overdue: Due
    executions: Mapping[tuple[str, str | None], int]
    orders: Sequence[OrderCount]
    ended: Mapping[str, int]
    prices: Prices | None
    suspects: int
    switches: Sequence[Switch]
    items: Sequence[Item]
    histories: Mapping[str, History] = field(default_factory=dict)
    late: Mapping[str, Due] = field(default_factory=dict)
    rebalancings: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, Due] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    channels: Sequence[ChannelState] = ()


def plan(job: str, ticks: Ticks, now: datetime) -> Plan:
    """When a job is to run by its schedule, seen from `now`; a tick of the last minutes may still be under way."""
    if isinstance(ticks, Rate):
        return Plan(job, in_words(ticks), ticks.period, expression=f"rate({period_in_words(ticks.period)})")
    expression = f"cron({ticks.text}) {ticks.zone}"
    return Plan(job, in_words(ticks), None, ticks.previous(now - GRACE), ticks.following(now), expression)
