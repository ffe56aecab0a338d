"""The rebalancing job: measure the portfolios whose prices moved, decide, carry out leg by leg, let proposals expire.

newer prices ─► drift of those who hold them, in the database ─► rules that drifted are lined up ─commit
due by calendar or lined up ─► facts ─► decide (pure) ─► execution, log, first orders, messages ─commit
an order of an execution moved on ─► place the legs that its money was for, plan anew what failed, or end ─commit
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from automation import identifiers, observability
from automation.database import Connection
from automation.engine.rebalancing_ends import came_to_nothing
from automation.engine.rebalancing_facts import JOB as NAME
from automation.engine.rebalancing_facts import load
from automation.engine.rebalancing_legs import carry_on
from automation.engine.rebalancing_outcome import Outcome, settle
from automation.engine.run import LAST, Job, Run, Step
from automation.errors import DatabaseUnavailable
from automation.orders.order import REBALANCING
from automation.store import drift, executions, notifications
from automation.store import orders as order_store
from automation.store import rebalancing as store
from automation.store import rebalancing_executions as execution_store
from automation.store.notifications import Message


def screen(run: Run) -> Counter[str]:
    """End proposals that nobody confirmed in time, and measure the portfolios whose prices moved."""
    return run.runtime.database.transaction(lambda connection: _screen(connection, run))


def _screen(connection: Connection, run: Run) -> Counter[str]:
    now = run.runtime.clock.now(connection)
    expired = execution_store.expire(connection, now)
    came_to_nothing(connection, expired, "not_confirmed", now)
    told = [Message("Portfolio Alert", each.id, each.client_id, '{"status": "Expired"}') for each in expired]
    notifications.insert(connection, told, now)
    screened = drift.screen(connection, now)
    return +Counter({"expired": len(expired), "prices": screened.products, "drifted": screened.rules, LAST: 1})


def look(run: Run) -> Counter[str]:
    """Decide one batch of rules; one that can't be decided is set aside, and the others go on."""
    database = run.runtime.database
    try:
        return database.transaction(lambda connection: _batch(connection, run))
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001 - the edge of a batch: each rule's own error is recorded below
        ids = database.transaction(lambda connection: _due(connection, run))
        return sum((_alone(run, rule_id) for rule_id in ids), Counter[str]())


def _due(connection: Connection, run: Run) -> list[UUID]:
    return store.due(connection, run.runtime.clock.now(connection), run.runtime.settings.batch_size)


def _batch(connection: Connection, run: Run) -> Counter[str]:
    """What others have locked is theirs: without a rule of its own the run has found its end."""
    ids = _due(connection, run)
    counts = _look(connection, run, ids) if ids else Counter[str]()
    return counts + Counter({LAST: int(len(ids) < run.runtime.settings.batch_size or not counts)})


def only(rule_id: UUID) -> Step:
    """A step that decides one rule, if it is due by its calendar or has drifted."""

    def step(run: Run) -> Counter[str]:
        clock = run.runtime.clock
        due = run.runtime.database.transaction(lambda c: store.is_due(c, rule_id, clock.now(c)))
        return (_alone(run, rule_id) if due else Counter[str]()) + Counter({LAST: 1})

    return step


def _alone(run: Run, rule_id: UUID) -> Counter[str]:
    database, clock = run.runtime.database, run.runtime.clock
    try:
        return database.transaction(lambda connection: _look(connection, run, [rule_id]))
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        observability.set_aside("rule", identifiers.show(identifiers.REBALANCING, rule_id), error)
        said = f"{type(error).__name__}: {error}"
        database.transaction(lambda connection: store.park(connection, rule_id, said, clock.now(connection)))
        return Counter(parked=1)


def _look(connection: Connection, run: Run, ids: Sequence[UUID]) -> Counter[str]:
    now = run.runtime.clock.now(connection)
    rules = store.claim(connection, ids)
    if not rules:
        return Counter()
    drifted = store.drifted(connection, [rule.id for rule in rules], now)
    known = load(connection, run.runtime, rules, now)
    outcomes = [settle(rule, known, drifted=rule.id in drifted) for rule in rules]
    record(connection, run.id, outcomes, now)
    made = [execution for outcome in outcomes for execution in outcome.executions]
    orders = sum(len(outcome.orders) for outcome in outcomes)
    return +Counter(rules=len(outcomes), executions=len(made), orders=orders)


def record(connection: Connection, run_id: UUID, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write what became of looks."""
    logged = [row for outcome in outcomes for row in outcome.logged]
    if logged:
        executions.insert(connection, REBALANCING, logged, now, run_id)
    execution_store.insert(connection, [row for outcome in outcomes for row in outcome.executions], now)
    order_store.insert(connection, [order for outcome in outcomes for order in outcome.orders], now)
    notifications.insert(connection, [message for outcome in outcomes for message in outcome.messages], now)
    store.advance(connection, [outcome.state for outcome in outcomes], now)
    again = [(outcome.rule.id, outcome.again) for outcome in outcomes if outcome.again is not None]
    store.look_later(connection, again)


def proceed(run: Run) -> Counter[str]:
    """Carry on one batch of executions whose orders have moved on, each by itself."""
    database, clock = run.runtime.database, run.runtime.clock
    ids = database.transaction(lambda c: execution_store.due(c, clock.now(c), run.runtime.settings.batch_size))
    counts: Counter[str] = Counter()
    for execution_id in ids:
        counts += _carry_on(run, execution_id)
    return counts + Counter({LAST: int(not counts)})


def _carry_on(run: Run, execution_id: UUID) -> Counter[str]:
    """Carry one on; where that can't be done it waits for the next look, and the others go on."""
    runtime = run.runtime
    try:
        return runtime.database.transaction(lambda connection: carry_on(connection, runtime, execution_id))
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
        shown = identifiers.show(identifiers.REBALANCING_EXECUTION, execution_id)
        observability.set_aside("execution", shown, error)
        wait = runtime.settings.look_interval
        runtime.database.transaction(lambda c: execution_store.postpone(c, execution_id, runtime.clock.now(c) + wait))
        return Counter(postponed=1)


# What has ended is out of the way of what is looked at.
_TOLD = ("executions", "expired", "ended")
JOB = Job(NAME, (screen, proceed, look), feeds={"orders": ["orders"], "notifications": _TOLD})
