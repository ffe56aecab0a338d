"""Jobs and rules run because somebody asks for it: what is due runs, under its own name, and so only once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.engine import (
    allowance,
    audit,
    auto_invest,
    orders,
    rebalancing,
    rebalancing_rules,
    rule_views,
    rules,
    trigger_rules,
    triggers,
)
from automation.engine.run import Job, Step, run
from automation.errors import InvalidInput, NotFound
from automation.identity.permissions import EVERYONE
from automation.runtime import Runtime
from automation.store import execution_list, runs
from automation.store import rebalancing_rules as rebalancing_store
from automation.store import rules as rule_store
from automation.store import trigger_rules as trigger_store
from automation.store.execution_list import LogRow, Wanted

ALL: Final = "all"
_SECONDS: Final = 22.0
_MOST: Final = 250


class Kind(NamedTuple):
    """How rules of one kind are run one by one, once what is new to all of them has been looked at."""

    job: Job
    key_of: Callable[[str], UUID]
    before: Sequence[Step]
    only: Callable[[UUID], Step]
    read: Callable[[Connection, UUID], Mapping[str, Any] | None]
    active: Callable[[Runtime, str], list[str]]


def _auto_invest_rules(runtime: Runtime, client: str) -> list[str]:
    return [line.id for line in rule_views.listed(runtime, client, "Active", _MOST)]


def _triggers(runtime: Runtime, client: str) -> list[str]:
    found = trigger_rules.listed(runtime, client, "Active", _MOST)
    return [identifiers.show(identifiers.TRIGGER, row["id"]) for row in found]


def _rebalancing_rules(runtime: Runtime, client: str) -> list[str]:
    found = rebalancing_rules.listed(runtime, client, "Active", _MOST)
    return [identifiers.show(identifiers.REBALANCING, row["id"]) for row in found]


KINDS: Final[dict[str, Kind]] = {
    "auto-invest": Kind(auto_invest.JOB, rules.key_of, (), auto_invest.only, rule_store.read, _auto_invest_rules),
    "rebalancing": Kind(
        rebalancing.JOB,
        rebalancing_rules.key_of,
        (rebalancing.screen,),
        rebalancing.only,
        rebalancing_store.read,
        _rebalancing_rules,
    ),
    "triggers": Kind(
        triggers.JOB, trigger_rules.key_of, (triggers.advance,), triggers.only, trigger_store.read, _triggers
    ),
}


# The jobs by the kinds that callers know. What tells people is not read here: it brings templates and languages.
JOBS: Final[dict[str, str]] = {
    **{kind: how.job.name for kind, how in KINDS.items()},
    "orders": orders.JOB.name,
    "notifications": "notifications",
}


@dataclass(frozen=True)
class Started:
    """A run that was asked for: `id` is shown."""

    job: str
    id: str


@dataclass(frozen=True)
class Done:
    """What became of rules that were run at once: counts, and the executions that this has made of occurrences."""

    run: Started
    counts: dict[str, int]
    executions: Sequence[LogRow]


@dataclass(frozen=True)
class _Moment:
    """The time that a caller can wait for an answer, as a run asks for it."""

    _ends: float = field(default_factory=lambda: time.monotonic() + _SECONDS)

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._ends - time.monotonic()) * 1000), 0)


def admit(runtime: Runtime, asked: Mapping[str, Any], client: str | None, user: str, by: str) -> None:
    """Take one of a user's executions by hand; TooManyRequests where none is left. What was asked is kept either way.

    `asked` names the `type`, and the `rule_id` where it is about one; `client` is whose rules are meant.
    """
    name = str(asked.get("rule_id") or asked["type"])

    def tell(connection: Connection, now: datetime, wait: int) -> None:
        told = {**asked, "refused_for_seconds": wait} if wait else asked
        audit.record(connection, now, by, "scheduler.execute", name, client, told)

    allowance.take(runtime, "execute", user, runtime.settings.executions, tell)


def start(runtime: Runtime, kind: str, by: str) -> list[Started]:
    """Start the jobs of a kind, or all: each run is there to be read from now on, and its function is invoked."""
    jobs = list(JOBS.values()) if kind == ALL else [JOBS[kind]]
    started = [_announced(runtime, job, by) for job in jobs]
    for each in started:
        try:
            runtime.invoke(each.job, {"run_id": each.id})
        except Exception as error:
            _broken_off(runtime, each, f"{type(error).__name__}: {error}")
            raise
    return started


def _broken_off(runtime: Runtime, started: Started, error: str) -> None:
    """A run that could not be started is no run that goes on."""
    key = identifiers.read(identifiers.RUN, started.id)
    runtime.database.transaction(lambda c: runs.finish(c, key, runtime.clock.now(c), {}, work_left=True, error=error))


def now(runtime: Runtime, kind: str, shown_ids: Sequence[str], by: str) -> Done:
    """Run some rules of a kind at once; of each, what is due.

    InvalidInput for a kind that has no rules, NotFound for an id that is none of its.
    """
    if kind not in KINDS:
        raise InvalidInput(
            "type", f"{kind} runs whole, not for one rule or client", hint="leave rule_id and client_id out"
        )
    how = KINDS[kind]
    steps = [*how.before, *(how.only(how.key_of(shown)) for shown in shown_ids)]
    job = Job(how.job.name, steps, how.job.feeds)
    started = _announced(runtime, job.name, by)
    answer = run(job, {"run_id": started.id}, _Moment(), runtime)
    made = runtime.database.transaction(lambda connection: _made(connection, started.id))
    return Done(started, answer["counts"], made)


def owner_of(runtime: Runtime, kind: str, shown_id: str, client: str | None) -> str:
    """The client of a rule. NotFound where there is none, or it is not the given client's.

    InvalidInput for a kind that has no rules.
    """
    if kind not in KINDS:
        raise InvalidInput("type", f"{kind} runs whole", hint="leave rule_id out")
    row = runtime.database.transaction(lambda connection: KINDS[kind].read(connection, KINDS[kind].key_of(shown_id)))
    if row is None or client not in (None, row["client_id"]):
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    return str(row["client_id"])


def of_client(runtime: Runtime, kind: str, client: str) -> list[str]:
    """The shown ids of a client's Active rules of a kind."""
    return KINDS[kind].active(runtime, client) if kind in KINDS else []


def _announced(runtime: Runtime, job: str, by: str) -> Started:
    key = identifiers.once()

    def work(connection: Connection) -> UUID:
        at = runtime.clock.now(connection)
        runs.start(connection, key(at), job, f"hand: {by}", None, at)
        return key(at)

    return Started(job, identifiers.show(identifiers.RUN, runtime.database.transaction(work)))


def _made(connection: Connection, run_id: str) -> list[LogRow]:
    key = identifiers.read(identifiers.RUN, run_id)
    return execution_list.logs(connection, Wanted(EVERYONE, _MOST, run_id=key))
