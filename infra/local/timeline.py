"""History played through the handlers: the clock goes from one instant at which something is due to the next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from automation.channels import Channel
from automation.clock import SettableClock
from automation.database import Connection, connect
from automation.engine.reminders import AHEAD
from automation.errors import Conflict
from automation.runtime import Runtime, assemble, using
from automation.settings import Settings
from infra.local.invoke import Pokes, call, logs_to

# Statements repeat ten thousand times on one connection of our own: PostgreSQL parses them once.
_PREPARE_AFTER: Final = 5
_AT_ONCE: Final = timedelta()


class Due(NamedTuple):
    """When the next rule, order, price (where a trigger is there), portfolio and message is due; None for none."""

    rules: datetime | None
    orders: datetime | None
    prices: datetime | None
    portfolios: datetime | None
    messages: datetime | None

    @property
    def next(self) -> datetime | None:
        return min((instant for instant in self if instant is not None), default=None)

    @property
    def done_at_once(self) -> datetime | None:
        """The next of what every tick does all of; what a tick itself has to tell is told by another."""
        return self._replace(messages=None).next


@dataclass(frozen=True)
class Timeline:
    """A settable clock, and what runs by it.

    Portfolios and triggers look at prices so long after these are known; people are told things once a
    day, so long after midnight in UTC, or nothing at all where `told_at` is None.
    """

    runtime: Runtime
    clock: SettableClock
    connection: Connection
    pokes: Pokes
    prices_after: timedelta = _AT_ONCE
    told_at: timedelta | None = None

    def play(self, until: datetime, seen: Callable[[datetime], object] = lambda _: None) -> None:
        """Call the handlers at every instant before `until` at which something is due; the clock ends at `until`.

        `seen` is told each instant beforehand. Raises what a handler raises, and Conflict where one leaves
        undone what is due.
        """
        due = self._due()
        while due.next is not None and due.next < until:
            self.clock.instant = max(self.clock.instant, due.next)
            seen(self.clock.instant)
            self._tick(due)
            due = self._due()
            left = due.done_at_once
            if left is not None and left <= self.clock.instant:
                raise Conflict(
                    f"something that was due at {left} was not done by its run", hint="look at its rule or order"
                )
        self.clock.instant = max(self.clock.instant, until)

    def invoke(self, job: str, **event: Any) -> dict[str, Any]:
        """Call a job's handler with the tick of this instant, then the jobs that it starts; the first's answer."""
        answer: dict[str, Any] = call(job, {"scheduled_for": self.clock.instant.isoformat()} | event)
        for _, started in self.pokes.answers():
            if started.error is not None:
                raise started.error
        return answer

    def _tick(self, due: Due) -> None:
        """Orders before rules, portfolios and triggers last: what has arrived by an instant counts in it."""
        now = self.clock.instant
        if due.orders is not None and due.orders <= now:
            self.invoke("orders")
        if due.rules is not None and due.rules <= now:
            self.invoke("auto_invest")
        if due.portfolios is not None and due.portfolios <= now:
            self.invoke("rebalancing")
        if due.prices is not None and due.prices <= now:
            self.invoke("triggers")
        if due.messages is not None and due.messages <= now:
            self.invoke("notifications")

    def _due(self) -> Due:
        row = self.connection.execute(
            """
            select (select min(next_run_at) from auto_invest_rules),
                   least((select min(next_look_at) from orders
                          where status in ('Submitting', 'Submitted', 'Unknown')),
                         (select min(o.settles_on::timestamp at time zone p.time_zone)
                          from orders o join products p on p.id = o.product_id
                          where o.status = 'Executed')),
                   (select min(due_at) + %(after)s from watched_prices
                    where exists (select from trigger_orders where status = 'Active')),
                   least((select min(drift_due_at) + %(after)s from watched_prices
                          where exists (select from rebalancing_rules where status in ('Active', 'Paused'))),
                         (select min(look_at) from rebalancing_executions)),
                   (select date_trunc('day', greatest(t.first - interval '1 microsecond', t.last) + interval '1 day'
                                             - %(told)s, 'UTC') + %(told)s
                    from (select least((select min(deliver_at) from notification_logs where status = 'Pending'),
                                       (select min(next_run_at) - %(ahead)s from auto_invest_rules
                                        where trigger_type = 'Date' and frequency <> 'Daily'
                                          and reminded_for is distinct from next_occurrence)),
                                 (select max(started_at) from automation_runs where job = 'notifications')
                          where %(told)s::interval is not null) t (first, last)
                    where t.first is not null)
            """,
            {"after": self.prices_after, "told": self.told_at, "ahead": AHEAD},
        ).fetchone()
        return Due(*row) if row else Due(None, None, None, None, None)


@contextmanager
def timeline(
    settings: Settings,
    start: datetime,
    prices_after: timedelta = _AT_ONCE,
    told_at: timedelta | None = None,
    channels: Mapping[str, Channel] | None = None,
) -> Iterator[Timeline]:
    """Handlers that run at the instant to which a clock is set, `start` (aware) first, on the settings' database.

    Only errors are logged: ten years are ten thousand runs, and each has its row in the database anyway. Messages wait
    for the time at which they are told, whoever starts that job.
    """
    clock, pokes = SettableClock(start), Pokes(leaving_out=["notifications"])
    runtime = assemble(settings, clock=clock, poke=pokes, prepare_threshold=_PREPARE_AFTER, channels=channels or {})
    with (
        logs_to(sys.stderr, "ERROR"),
        using(runtime),
        runtime.database,
        connect(settings.database_url, prepare_threshold=_PREPARE_AFTER) as connection,
    ):
        yield Timeline(runtime, clock, connection, pokes, prices_after, told_at)
