"""What becomes of one claimed rule: its executions, its orders and its next state. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from automation import identifiers, money, observability
from automation.auto_invest import details
from automation.auto_invest.decision import FAILED, SHORT, SUCCESS, WAIT, Decision, decide
from automation.auto_invest.due import Due, due
from automation.auto_invest.facts import Facts
from automation.auto_invest.rule import SIP, STP, SWP, Rule
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.schedule import local_date
from automation.engine.auto_invest_facts import Known
from automation.orders.order import AUTO_INVEST, PURCHASE, REDEMPTION, SWITCH, NewOrder
from automation.store.auto_invest import NextState
from automation.store.executions import Execution
from automation.store.notifications import Message

_ORDER_TYPES = {SIP: PURCHASE, STP: SWITCH, SWP: REDEMPTION}


@dataclass
class Outcome:
    """The rows that one rule's batch writes."""

    state: NextState
    executions: list[Execution] = field(default_factory=list)
    orders: list[NewOrder] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


def settle(rule: Rule, known: Known) -> Outcome:
    """Decide every due occurrence of a rule, oldest first.

    An error in one rule is that rule's outcome, recorded as Failed; the rest of the batch goes on.
    """
    orders: list[NewOrder] = []
    try:
        return _settle(rule, known, orders)
    except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
        known.spend(rule, -sum((order.amount or money.ZERO for order in orders), money.ZERO))
        observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule.id), error)
        return _set_aside(rule, known, error)


def _settle(rule: Rule, known: Known, orders: list[NewOrder]) -> Outcome:
    calendar = known.calendar(rule)
    state = None
    executions, messages = [], []
    for each in due(rule, calendar, known.now, known.skips.get(rule.id, ())):
        facts = known.facts(rule, each, calendar)
        decision = decide(rule, facts)
        text = details.write(rule, facts, decision)
        if decision.status == WAIT:
            state = _waiting(rule, facts, known, decision.reason, text)
            break
        execution = _execution(rule, facts, decision, text)
        executions.append(execution)
        if decision.status == SUCCESS:
            orders += _orders(rule, facts, decision, execution.id, calendar)
            known.spend(rule, decision.amount or money.ZERO)
        rule = _advanced(rule, each, decision)
        messages += _messages(rule, execution)
        state = _state(rule, *_next(each, decision))
        if decision.completes:
            break
    return Outcome(state or _moved(rule, calendar), executions, orders, messages)


def _moved(rule: Rule, calendar: BusinessCalendar) -> NextState:
    """Nothing is due any more, since the calendar was corrected: the same occurrence at its new instant."""
    moved = occurrences.named(rule.schedule, calendar, rule.next_occurrence)
    return _state(rule, rule.next_occurrence, moved.due)


def _execution(rule: Rule, facts: Facts, decision: Decision, text: str) -> Execution:
    return Execution(
        execution_key(rule, facts.nominal),
        rule.id,
        rule.version,
        rule.client_id,
        facts.nominal,
        facts.due,
        decision.status,
        decision.reason,
        decision.amount,
        text,
    )


def _messages(rule: Rule, execution: Execution) -> list[Message]:
    """Tell the client of an execution if it did or should have done something, and of a pause, come or to come."""
    if execution.status == SUCCESS:
        return [Message("Auto-Invest Executed", execution.id, rule.client_id)]
    if execution.status == FAILED:
        payload = {
            "failures": rule.consecutive_failures,
            "pauses_at": rule.failure_limit,
            "paused": rule.status == "Paused",
        }
        return [Message("Auto-Invest Failed", execution.id, rule.client_id, json.dumps(payload))]
    return []


def _orders(
    rule: Rule, facts: Facts, decision: Decision, execution: UUID, calendar: BusinessCalendar
) -> list[NewOrder]:
    """One order a part; late ones are for today, in business days of the rule's products."""
    day = max(facts.actual, calendar.on_or_after(local_date(facts.now, rule.time_zone)))
    return [
        NewOrder(
            identifiers.beside(execution, leg),
            AUTO_INVEST,
            rule.id,
            execution,
            leg,
            rule.client_id,
            _ORDER_TYPES[rule.plan],
            rule.source_product_id or part.product_id,
            part.product_id if rule.source_product_id else None,
            part.amount,
            None,
            False,
            day,
        )
        for leg, part in enumerate(decision.parts)
        if part.amount > 0
    ]


def execution_key(rule: Rule, nominal: datetime) -> UUID:
    """The key of an execution: a function of rule and occurrence alone, as those of its orders are with their leg."""
    return identifiers.derived(nominal.replace(tzinfo=UTC), rule.id, nominal)


def _advanced(rule: Rule, each: Due, decision: Decision) -> Rule:
    """The rule after an execution, as the next due occurrence finds it."""
    if rule.paused_until is not None and each.occurrence.due >= rule.paused_until:
        rule = rule._replace(status="Active", status_reason=None, paused_until=None)
    if decision.status == SUCCESS:
        return rule._replace(
            attempts=0,
            last_reason=None,
            execution_count=rule.execution_count + 1,
            total_invested=rule.total_invested + (decision.amount or money.ZERO),
            consecutive_failures=0,
        )
    rule = rule._replace(attempts=0, last_reason=None)
    return _failed(rule) if decision.status == FAILED else rule


def _failed(rule: Rule) -> Rule:
    """The rule with one more failure in a row; with too many of them it pauses itself."""
    failures = rule.consecutive_failures + 1
    rule = rule._replace(consecutive_failures=failures)
    if failures < rule.failure_limit or rule.status != "Active":
        return rule
    return rule._replace(status="Paused", status_reason="repeated_failures")


def _next(each: Due, decision: Decision) -> tuple[datetime | None, datetime | None, str | None]:
    if decision.completes or each.after is None:
        return None, None, decision.completes
    return each.after.nominal, each.after.due, None


def _waiting(rule: Rule, facts: Facts, known: Known, reason: str | None, text: str) -> NextState:
    """The same occurrence again, at the next look, and no later than its last chance; only tries are counted."""
    look = min(known.now + known.settings.look_interval, facts.cut_off)
    tried = rule.attempts + (reason in SHORT)
    return _state(rule._replace(attempts=tried), facts.nominal, look, last_look=text)


def _state(
    rule: Rule,
    nominal: datetime | None,
    run_at: datetime | None,
    completes: str | None = None,
    last_look: str | None = None,
) -> NextState:
    status, reason = rule.status, rule.status_reason
    if completes:
        status, reason = "Completed", completes
    return NextState(
        rule.id,
        status,
        reason,
        rule.paused_until if status == "Paused" else None,
        rule.execution_count,
        rule.total_invested,
        rule.consecutive_failures,
        nominal,
        run_at,
        rule.attempts,
        last_look,
    )


def _set_aside(rule: Rule, known: Known, error: Exception) -> Outcome:
    """A failed execution that names the error; the rule goes on with its next occurrence, if it can be told."""
    try:
        after = occurrences.following(rule.schedule, known.calendar(rule), rule.next_occurrence)
    except (KeyError, ValueError):  # the schedule or its calendar is what is broken
        after = None
    if after is None:
        return parked(rule, error)
    failed = _failed(rule._replace(attempts=0, last_reason=None))
    return _with_failure(failed, _state(failed, after.nominal, after.due), error)


def parked(rule: Rule, error: Exception) -> Outcome:
    """A failed execution that names the error; the rule pauses, and goes on from here when a person resumes it."""
    failed = _failed(rule._replace(attempts=0, last_reason=None))
    paused = failed._replace(status="Paused", status_reason="internal_error", paused_until=None)
    return _with_failure(paused, _state(paused, None, None), error)


def _with_failure(rule: Rule, state: NextState, error: Exception) -> Outcome:
    execution = Execution(
        execution_key(rule, rule.next_occurrence),
        rule.id,
        rule.version,
        rule.client_id,
        rule.next_occurrence,
        rule.next_run_at,
        FAILED,
        "internal_error",
        None,
        details.write_error(f"{type(error).__name__}: {error}"),
    )
    return Outcome(state, [execution], messages=_messages(rule, execution))
