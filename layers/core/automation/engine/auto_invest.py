"""The auto-invest job: claim due rules, load their facts, decide, record, all in one transaction a batch."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from automation import identifiers, observability
from automation.database import Connection
from automation.engine.auto_invest_facts import Known, load
from automation.engine.auto_invest_outcome import Outcome, settle
from automation.engine.run import Job, Run
from automation.errors import DataRefused
from automation.store import auto_invest as store
from automation.store import notifications
from automation.store import orders as order_store


def batch(run: Run) -> Counter[str]:
    """Bring one batch of due rules forward; what it did by outcome, empty where nothing was due."""
    try:
        return run.runtime.database.transaction(lambda connection: _batch(connection, run, None))
    except DataRefused:
        return _one_by_one(run)


def _one_by_one(run: Run) -> Counter[str]:
    """A batch again whose rows the database refused: each rule by itself, those that are refused again parked."""
    runtime = run.runtime
    counts: Counter[str] = Counter()
    for rule_id in runtime.database.transaction(lambda c: _due(c, run)):
        try:
            counts += _alone(run, rule_id)
        except DataRefused as error:
            observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule_id), error)
            _park(run, rule_id)
            counts["parked"] += 1
    return counts


def _alone(run: Run, rule_id: UUID) -> Counter[str]:
    return run.runtime.database.transaction(lambda connection: _batch(connection, run, rule_id))


def _park(run: Run, rule_id: UUID) -> None:
    clock = run.runtime.clock
    run.runtime.database.transaction(lambda connection: store.park(connection, rule_id, clock.now(connection)))


def _due(connection: Connection, run: Run) -> list[UUID]:
    return store.due(connection, run.runtime.clock.now(connection), run.runtime.settings.batch_size)


def _batch(connection: Connection, run: Run, only: UUID | None) -> Counter[str]:
    runtime = run.runtime
    now = runtime.clock.now(connection)
    claimed = store.claim(connection, now, runtime.settings.batch_size, only)
    if not claimed:
        return Counter()
    known = load(connection, runtime, run.job, claimed, now)
    outcomes = [settle(claim, known) for claim in claimed]
    _record(connection, run, known, outcomes)
    return _counted(outcomes)


def _record(connection: Connection, run: Run, known: Known, outcomes: list[Outcome]) -> None:
    executions = [execution for outcome in outcomes for execution in outcome.executions]
    store.insert_executions(connection, executions, known.now, run.id)
    order_store.insert(connection, [order for outcome in outcomes for order in outcome.orders], known.now)
    notifications.insert_for_executions(connection, executions, known.now)
    store.advance(connection, [outcome.state for outcome in outcomes], known.now)


def _counted(outcomes: list[Outcome]) -> Counter[str]:
    counts = Counter(rules=len(outcomes), orders=sum(len(outcome.orders) for outcome in outcomes))
    counts.update(execution.status.lower() for outcome in outcomes for execution in outcome.executions)
    return counts


def resume(run: Run) -> Counter[str]:
    """Make rules Active again whose pause is over."""
    runtime = run.runtime
    resumed = runtime.database.transaction(lambda c: store.resume_paused(c, runtime.clock.now(c)))
    return Counter(resumed=resumed) if resumed else Counter()


JOB = Job("auto_invest", (batch, resume), feeds="orders")
