"""The status of the whole, read in one transaction and judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from automation.calendar import ticks
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import controls
from automation.engine.auto_invest import JOB
from automation.errors import ConfigurationError
from automation.runtime import Runtime
from automation.settings import Settings
from automation.status.facts import COUNTED, Facts, Item, Plan, Prices, plan
from automation.status.judgement import LONGEST_RUN, PATIENCE_WITH_SUBMITTED, Status, judge, tolerance
from automation.store import attention, backlog, job_history
from automation.store import status as store

_SHOWN: Final = 10
_RECENT: Final = timedelta(days=1)


def plans(settings: Settings, now: datetime) -> list[Plan]:
    """When each job is to run as the settings say; ConfigurationError names an expression that can't be read."""
    return [_plan(job, *text.partition(") "), settings, now) for job, text in settings.schedules.items()]


def _plan(job: str, expression: str, end: str, zone: str, settings: Settings, now: datetime) -> Plan:
    text = f"{expression}{end}".strip()
    try:
        made = plan(job, ticks.read(text, zone or "UTC"), now)
    except ValueError as error:
        raise ConfigurationError(
            f"AUTOMATION_SCHEDULES: {text!r} of {job} {error}", hint="write it as rate(15 minutes) or cron(…) ZONE"
        ) from error
    return made._replace(enabled=settings.schedules_enabled)


def look(runtime: Runtime, plans: Sequence[Plan]) -> Status:
    """How jobs, rules, orders and prices are doing now, given when each job is to run."""
    return judge(runtime.database.transaction(lambda connection: _facts(connection, runtime, plans)))


def _facts(connection: Connection, runtime: Runtime, plans: Sequence[Plan]) -> Facts:
    now = runtime.clock.now(connection)
    recent, jobs = now - _RECENT, [plan.job for plan in plans]
    return Facts(
        now=now,
        max_nav_age=runtime.settings.max_nav_age,
        plans=plans,
        runs=store.last_runs(connection, jobs),
        histories=job_history.histories(connection, jobs, now),
        unended=store.unended_runs(connection, jobs, recent, now - LONGEST_RUN),
        rules=store.rules_by_status(connection, COUNTED),
        due=store.due_rules(connection, now, COUNTED),
        overdue=store.due_rules(connection, now - tolerance(plans, JOB.name), COUNTED),
        executions=store.executions(connection, recent),
        orders=store.live_orders(connection),
        ended=store.ended_orders(connection, recent),
        prices=_prices(connection, runtime, now),
        suspects=store.suspects(connection),
        switches=controls.standing(connection, now),
        late={job: late(connection, now - tolerance(plans, job), COUNTED) for job, late in attention.LATE.items()},
        rebalancings=attention.live_rebalancings(connection, COUNTED),
        waiting={job: backlog.WAITING[job](connection, now, COUNTED) for job in jobs if job in backlog.WAITING},
        messages=backlog.troubled_messages(connection, recent),
        channels=backlog.channels_left_alone(connection, now),
        items=_items(connection, now),
    )


def _items(connection: Connection, now: datetime) -> list[Item]:
    recent = now - _RECENT
    return [
        *store.stuck_orders(connection, _SHOWN),
        *store.rules_paused_by_failures(connection, _SHOWN),
        *attention.parked_rebalancing_rules(connection, _SHOWN),
        *attention.triggers_set_aside(connection, now, _SHOWN),
        *attention.stuck_rebalancings(connection, now - PATIENCE_WITH_SUBMITTED, _SHOWN),
        *store.failed_executions(connection, recent, _SHOWN),
        *store.suspect_navs(connection, _SHOWN),
    ]


def _prices(connection: Connection, runtime: Runtime, now: datetime) -> Prices | None:
    """The newest NAV date, and how many business days of its own calendar ago that is."""
    newest = max(store.newest_navs(connection, now), key=lambda each: each.date, default=None)
    if newest is None:
        return None
    runtime.calendars.load(connection, [newest.calendar])
    today = local_date(now, newest.time_zone)
    return Prices(newest.date, runtime.calendars.of([newest.calendar]).count(newest.date, today))
