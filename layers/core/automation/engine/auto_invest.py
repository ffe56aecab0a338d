"""The auto-invest job: claim due rules, load their facts, decide, record, all in one transaction a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from automation import identifiers, observability
from automation.auto_invest.rule import Rule
from automation.database import Connection
from automation.engine.auto_invest_facts import Known, load
from automation.engine.auto_invest_outcome import Outcome, parked, settle
from automation.engine.run import Job, Run
from automation.errors import DatabaseUnavailable, DataRefused
from automation.orders.order import AUTO_INVEST
from automation.runtime import Runtime
from automation.store import auto_invest as store
from automation.store import executions, notifications, portfolio, runs
from automation.store import orders as order_store
from automation.store.executions import Execution


def batch(run: Run) -> Counter[str]:
    """Bring one batch of due rules forward; what it did by outcome, empty where nothing was due."""
    try:
        return run.runtime.database.transaction(lambda connection: _batch(connection, run, None))
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001 - the edge of a batch: each rule's own error is recorded below
        return _one_by_one(run)


def _one_by_one(run: Run) -> Counter[str]:
    """A batch again that broke as a whole: each rule by itself, and those that break again are set aside.

    Where every one of several rules breaks, the fault is not the rules': the first error is raised.
    """
    database = run.runtime.database
    counts: Counter[str] = Counter()
    broken: list[tuple[UUID, Exception]] = []
    for rule_id in database.transaction(lambda connection: _due(connection, run)):
        try:
            counts += _alone(run, rule_id)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            broken.append((rule_id, error))
    if len(broken) > 1 and not counts:
        raise broken[0][1]
    for rule_id, cause in broken:
        observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule_id), cause)
        _park(run, rule_id, cause)
    return counts + Counter(parked=len(broken))


def _alone(run: Run, rule_id: UUID) -> Counter[str]:
    return run.runtime.database.transaction(lambda connection: _batch(connection, run, rule_id))


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
    if not claimed:
        return Counter()
    known = load(connection, runtime, run.job, claimed, now)
    outcomes: list[Outcome] = []
    executions.insert(connection, AUTO_INVEST, _settled(claimed, known, outcomes), now, run.id)
    _record(connection, known, outcomes)
    return _counted(outcomes)


def _settled(rules: Sequence[Rule], known: Known, outcomes: list[Outcome]) -> Iterator[Execution]:
    """Settle rule after rule and give out their executions, which are written while the next rule is settled."""
    for rule in rules:
        outcome = settle(rule, known)
        outcomes.append(outcome)
        yield from outcome.executions


def close(connection: Connection, runtime: Runtime, rule: Mapping[str, Any]) -> None:
    """Record as skipped what is due of a rule that is being cancelled, also what waits for its next look.

    `rule` is its row, locked.
    """
    now = runtime.clock.now(connection)
    if rule["next_run_at"] is None:
        return
    portfolio.lock_clients(connection, [rule["client_id"]])
    claimed = store.claim(connection, rule["next_run_at"], 1, rule["id"])
    known = load(connection, runtime, JOB.name, claimed, now)
    outcomes = [settle(each._replace(status="Cancelled"), known) for each in claimed]
    skipped = [execution for outcome in outcomes for execution in outcome.executions]
    if skipped:
        run_id = identifiers.new(now)
        runs.start(connection, run_id, JOB.name, "hand", None, now)
        executions.insert(connection, AUTO_INVEST, skipped, now, run_id)
        runs.finish(connection, run_id, now, _counted(outcomes), work_left=False, error=None)


def _record(connection: Connection, known: Known, outcomes: list[Outcome]) -> None:
    order_store.insert(connection, [order for outcome in outcomes for order in outcome.orders], known.now)
    messages = [message for outcome in outcomes for message in outcome.messages]
    notifications.insert(connection, messages, known.now)
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


JOB = Job("auto_invest", (batch, resume), feeds={"orders": "orders"})
