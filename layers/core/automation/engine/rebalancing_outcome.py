"""What becomes of a look at a rebalancing rule: log, execution, the first legs' orders, next state. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Schedule, local_date
from automation.engine import rebalancing_looks
from automation.engine.rebalancing_facts import Known
from automation.orders.order import REBALANCING, NewOrder
from automation.rebalancing import details
from automation.rebalancing.decision import ACTS, Decision, decide
from automation.rebalancing.explanation import explain
from automation.rebalancing.facts import BY_HAND, BY_SCHEDULE, Facts
from automation.rebalancing.rule import Rule
from automation.rebalancing.trade import Plan, Trade
from automation.store.executions import Execution as Logged
from automation.store.notifications import Message
from automation.store.rebalancing import Next
from automation.store.rebalancing_executions import Execution

PENDING, EXECUTING = "Pending", "Executing"
PLANNED, PLACED = "Planned", "Placed"
# Marks the legs for money that others of the execution have left behind.
AGAIN: Final = "again"
_MOST: Final = 100


@dataclass
class Outcome:
    """The rows that one look writes; `rule` is as the look leaves it, `look` what it remembers of it.

    `again` is when it is looked at again because of what stood against acting on its drift now.
    """

    rule: Rule
    now: datetime
    look: dict[str, Any] = field(default_factory=dict)
    logged: list[Logged] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    orders: list[NewOrder] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    again: datetime | None = None

    @property
    def state(self) -> Next:
        """The next state: a pause that is over ends, a calendar that has ended completes what has nothing else."""
        rule, status, until = self.rule, self.rule.status, self.rule.paused_until
        if status == "Paused" and until is not None and until <= self.now:
            status, until = "Active", None
        ended = rule.schedule is not None and rule.next_run_at is None and not rule.watches_drift
        return Next(
            rule.id,
            "Completed" if ended and status == "Active" else status,
            "ended" if ended and status == "Active" else None,
            until,
            rule.next_occurrence,
            rule.next_run_at,
            rule.last_executed_at,
            len(self.executions),
            json.dumps(self.look),
        )


class Made(NamedTuple):
    """An execution with the orders that it places at once."""

    execution: Execution
    orders: list[NewOrder]


def settle(rule: Rule, known: Known, *, drifted: bool) -> Outcome:
    """Decide what is due by a rule's calendar, the oldest first, and where that does nothing its drift."""
    outcome = Outcome(rule, known.now)
    calendar = known.calendar(rule)
    due, coming = _due(rule.schedule, calendar, rule.next_occurrence, known.now)
    for occurrence, missed in due:
        facts = known.facts(outcome.rule, BY_SCHEDULE, occurrence.nominal, occurrence.due, missed=missed)
        decided(outcome, facts._replace(business_day=not occurrence.skipped), known)
    nominal, run_at = (coming.nominal, coming.due) if coming else (None, None)
    outcome.rule = outcome.rule._replace(next_occurrence=nominal, next_run_at=run_at)
    if drifted and rule.watches_drift and not outcome.executions:
        facts = known.of_drift(outcome.rule)
        outcome.again = rebalancing_looks.again(rule, facts, decided(outcome, facts, known).reason, known)
    return outcome


def _due(
    schedule: Schedule | None, calendar: BusinessCalendar, nominal: datetime | None, now: datetime
) -> tuple[list[tuple[Occurrence, bool]], Occurrence | None]:
    """What is due on the calendar as it is now, each with whether it was missed, and what comes after that.

    Only the newest was not missed. A day that was closed at short notice may have moved what was due to another one.
    """
    due: list[tuple[Occurrence, bool]] = []
    current = None if schedule is None or nominal is None else occurrences.named(schedule, calendar, nominal)
    while schedule is not None and current is not None and current.due <= now and len(due) < _MOST:
        after = occurrences.following(schedule, calendar, current.nominal)
        due.append((current, after is not None and after.due <= now))
        current = after
    return due, current


def decided(outcome: Outcome, facts: Facts, known: Known) -> Decision:
    """Decide one occasion. An occurrence of the calendar is logged whatever becomes of it, a drift where it acts."""
    rule = outcome.rule
    decision = decide(rule, facts)
    key = execution_key(rule, facts)
    outcome.look = _look(rule, facts, decision)
    if decision.status == ACTS or facts.initiator == BY_SCHEDULE:
        outcome.logged.append(log_of(rule, facts, decision, key))
    if decision.status == ACTS:
        asks = rule.require_confirmation or not rule.execute_automatically
        made = made_of(rule, facts, decision, key, known, waits=asks and facts.initiator != BY_HAND)
        outcome.executions.append(made.execution)
        outcome.orders += made.orders
        outcome.messages.append(Message("Rebalancing Triggered", key, rule.client_id, _told(decision, made.execution)))
        outcome.rule = rule._replace(last_executed_at=known.now)
        known.occupy(rule.client_id, facts.portfolio.day)
    return decision


def made_of(rule: Rule, facts: Facts, decision: Decision, key: UUID, known: Known, *, waits: bool) -> Made:
    """The execution that a decision makes: a proposal that waits, or one under way with its first orders."""
    plan = decision.plan
    if plan is None or decision.drift is None:
        raise ValueError("a decision that acts has a plan")
    at_once = [] if waits else [trade for trade in plan.trades if not trade.funded_by]
    orders = [order_of(rule.client_id, rule.id, key, trade, known) for trade in at_once]
    execution = Execution(
        key,
        rule.id,
        rule.version,
        rule.client_id,
        facts.initiator,
        facts.nominal,
        facts.portfolio.day,
        PENDING if waits else EXECUTING,
        decision.drift.max_drift,
        decision.drift.portfolio_drift,
        plan.turnover,
        known.now + timedelta(hours=rule.confirm_within_hours) if waits else None,
        [order.id for order in orders],
        json.dumps(details.as_data(decision.drift) | {"targets": rule.target_allocation}),
        json.dumps(actions_of(plan, orders)),
        json.dumps([details.as_data(skipped) for skipped in plan.skipped]),
        json.dumps(
            {each.product_id: [str(each.nav), str(each.nav_date)] for each in facts.portfolio.positions if each.nav}
        ),
        facts.unspent,
    )
    return Made(execution, orders)


def order_of(client: str, rule: UUID, execution: UUID, trade: Trade, known: Known) -> NewOrder:
    """A leg's order, for today where its product is traded; orders go out by id, so of one product by leg."""
    held = {each.product_id: each for each in known.held[client]}
    traded = [held[name] for name in (trade.product_id, trade.target_product_id) if name]
    calendar = known.calendars.of(each.calendar for each in traded)
    return NewOrder(
        identifiers.numbered(execution, trade.leg),
        REBALANCING,
        rule,
        execution,
        trade.leg,
        client,
        trade.order_type,
        trade.product_id,
        trade.target_product_id,
        trade.amount,
        None,
        trade.all_units,
        calendar.on_or_after(local_date(known.now, traded[0].time_zone)),
    )


def actions_of(plan: Plan, orders: Sequence[NewOrder]) -> list[dict[str, Any]]:
    """The planned trades as an execution keeps them: by leg, with the order of each that was placed."""
    placed = {order.leg: str(order.id) for order in orders}
    return [
        details.as_data(trade)
        | {"order_id": placed.get(trade.leg), "status": PLACED if trade.leg in placed else PLANNED}
        for trade in plan.trades
    ]


def execution_key(rule: Rule, facts: Facts) -> UUID:
    """The key of an execution: a function of rule, occasion and what called for it alone."""
    return identifiers.derived(facts.nominal.replace(tzinfo=UTC), rule.id, facts.nominal, facts.initiator)


def log_of(rule: Rule, facts: Facts, decision: Decision, key: UUID) -> Logged:
    """The log of a decision, with every input that it used."""
    return Logged(
        key,
        rule.id,
        rule.version,
        rule.client_id,
        facts.nominal,
        facts.due,
        "Success" if decision.status == ACTS else "Skipped",
        decision.reason,
        details.moved(decision) or None,
        details.write(rule, facts, decision),
    )


def _told(decision: Decision, execution: Execution) -> str:
    drift = decision.drift
    return json.dumps(
        {
            "status": execution.status,
            "max_drift": str(drift.max_drift) if drift else None,
            "trades": len(decision.plan.trades) if decision.plan else 0,
        }
    )


def _look(rule: Rule, facts: Facts, decision: Decision) -> dict[str, Any]:
    drift = decision.drift
    return {
        "at": facts.now.isoformat(),
        "initiator": facts.initiator,
        "reason": decision.reason,
        "told": explain(rule, facts, decision),
        "max_drift": str(drift.max_drift) if drift else None,
        "portfolio_drift": str(drift.portfolio_drift) if drift else None,
    }
