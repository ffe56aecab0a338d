"""The auto-invest job: claim due rules, load their facts, decide, record, all in one transaction a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from automation import identifiers, observability
from automation.auto_invest.rule import Rule
from automation.database import Connection
from automation.engine.auto_invest_facts import load
from automation.engine.auto_invest_outcome import Outcome, parked, settle
from automation.engine.parts import write_in_parts
from automation.engine.run import Job, Run, Step
from automation.errors import DatabaseUnavailable, DataRefused
from automation.orders.order import AUTO_INVEST
from automation.runtime import Runtime
from automation.store import auto_invest as store
from automation.store import executions, notifications, runs

# What a rule's own data can lead to: refused by the database, or not to be read, found or reckoned with.
OF_ITS_DATA: Final = (DataRefused, ArithmeticError, LookupError, OSError, TypeError, ValueError)


def batch(run: Run) -> Counter[str]:
    """Bring one batch of due rules forward; what it did by outcome, empty where nothing was due."""
    try:
        return run.runtime.database.transaction(lambda connection: _batch(connection, run, None))
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001 - the edge of a batch: each rule's own error is recorded below
        return _one_by_one(run)


def _one_by_one(run: Run) -> Counter[str]:
    """A batch again that broke as a whole: each rule by itself, and those whose own data break it are set aside.

    An error that is not of a rule's data is raised when all have had their turn.
    """
    database = run.runtime.database
    counts: Counter[str] = Counter()
    ours: Exception | None = None
    for rule_id in database.transaction(lambda connection: _due(connection, run)):
        try:
            counts += _alone(run, rule_id)
        except DatabaseUnavailable:
            raise
        except OF_ITS_DATA as error:
            observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule_id), error)
            _park(run, rule_id, error)
            counts += Counter(parked=1)
        except Exception as error:  # noqa: BLE001 - raised below
            ours = ours or error
    if ours is not None:
        raise ours
    return counts


def _alone(run: Run, rule_id: UUID) -> Counter[str]:
    return run.runtime.database.transaction(lambda connection: _batch(connection, run, rule_id))


def only(rule_id: UUID) -> Step:
    """A step that brings one rule forward, if it is due."""

    def step(run: Run) -> Counter[str]:
        try:
            return _alone(run, rule_id)
        except OF_ITS_DATA as error:
            observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule_id), error)
            _park(run, rule_id, error)
            return Counter(parked=1)

    return step


def _park(run: Run, rule_id: UUID, error: Exception) -> None:
    """Log the failure and pause the rule; where even the log refuses it, pause it alone."""
    database, clock = run.runtime.database, run.runtime.clock
    try:
        database.transaction(lambda connection: _log_failure(connection, run, rule_id, error))
    except DataRefused:
        database.transaction(lambda connection: store.park(connection, rule_id, clock.now(connection)))


def _log_failure(connection: Connection, run: Run, rule_id: UUID, error: Exception) -> None:
    now = run.runtime.clock.now(connection)
    for rule in store.claim(connection, now, 1, rule_id):
        outcome = parked(rule, error)
        executions.insert(connection, AUTO_INVEST, outcome.executions, now, run.id)
        notifications.insert(connection, outcome.messages, now)
        store.advance(connection, [outcome.state], now)


def _due(connection: Connection, run: Run) -> list[UUID]:
    return store.due(connection, run.runtime.clock.now(connection), run.runtime.settings.batch_size)


def _batch(connection: Connection, run: Run, only: UUID | None) -> Counter[str]:
    runtime = run.runtime
    now = runtime.clock.now(connection)
    claimed = store.claim(connection, now, runtime.settings.batch_size, only)
    if not claimed and only is None and _due(connection, run):
        if store.wait(connection, now):
            claimed = store.claim(connection, now, runtime.settings.batch_size)
        elif due := _due(connection, run):
            run.left["locked"] = len(due)
    if not claimed:
        return Counter()
    known = load(connection, runtime, run.job, claimed, now)

    def move(part: Sequence[Outcome]) -> None:
        store.advance(connection, [one.state for one in part], now)

    settled = (settle(rule, known) for rule in claimed)
    return _counted(write_in_parts(connection, AUTO_INVEST, settled, now, run.id, move))


def close(connection: Connection, runtime: Runtime, rule: Mapping[str, Any]) -> None:
    """Record as skipped all that is due of a rule that is being cancelled, also what waits for its next look.

    `rule` is its row; it and its client are locked.
    """
    now = runtime.clock.now(connection)
    if rule["next_run_at"] is None or (rule["next_run_at"] > now and rule["last_look"] is None):
        return
    outcomes = [
        outcome
        for claimed in store.claim(connection, rule["next_run_at"], 1, rule["id"])
        for outcome in _given_up(connection, runtime, claimed._replace(status="Cancelled"), now)
    ]
    if outcomes:
        run_id = identifiers.new(now)
        runs.start(connection, run_id, JOB.name, "hand", None, now)
        executions.insert(connection, AUTO_INVEST, [each for one in outcomes for each in one.executions], now, run_id)
        notifications.insert(connection, [each for one in outcomes for each in one.messages], now)
        runs.finish(connection, run_id, now, _counted(outcomes), work_left=False, error=None)


def _given_up(connection: Connection, runtime: Runtime, rule: Rule, now: datetime) -> Iterator[Outcome]:
    """What becomes of all due occurrences of a cancelled rule, one claim's worth after the other."""
    try:
        known = load(connection, runtime, JOB.name, [rule], now)
    except OF_ITS_DATA as error:
        yield parked(rule, error)
        return
    while (outcome := settle(rule, known)).executions:
        yield outcome
        nominal, run_at = outcome.state.next_occurrence, outcome.state.next_run_at
        if nominal is None or run_at is None:
            return
        rule = rule._replace(next_occurrence=nominal, next_run_at=run_at, attempts=0, last_reason=None)


def _counted(outcomes: list[Outcome]) -> Counter[str]:
    counts = Counter(rules=len(outcomes), orders=sum(len(outcome.orders) for outcome in outcomes))
    counts.update(execution.status.lower() for outcome in outcomes for execution in outcome.executions)
    return counts


def resume(run: Run) -> Counter[str]:
    """Make rules Active again whose pause is over."""
    runtime = run.runtime
    resumed = runtime.database.transaction(lambda c: store.resume_paused(c, runtime.clock.now(c)))
    return Counter(resumed=resumed) if resumed else Counter()


JOB = Job(
    "auto_invest", (batch, resume), feeds={"orders": ["orders"], "notifications": ["success", "failed", "parked"]}
)
