"""What becomes of one claimed rule: its executions, its orders and its next state. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from automation import identifiers, money, observability
from automation.auto_invest import details
from automation.auto_invest.decision import FAILED, SUCCESS, WAIT, Decision, decide
from automation.auto_invest.due import Due, due
from automation.auto_invest.facts import Facts
from automation.auto_invest.rule import SIP, STP, SWP, Rule
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.schedule import local_date
from automation.engine.auto_invest_facts import Known
from automation.orders.order import AUTO_INVEST, PURCHASE, REDEMPTION, SWITCH, NewOrder
from automation.store.auto_invest import Claimed, Execution, NextState

_ORDER_TYPES = {SIP: PURCHASE, STP: SWITCH, SWP: REDEMPTION}


@dataclass
class Outcome:
    """The rows that one rule's batch writes."""

    state: NextState
    executions: list[Execution] = field(default_factory=list)
    orders: list[NewOrder] = field(default_factory=list)


def settle(claim: Claimed, known: Known) -> Outcome:
    """Decide every due occurrence of a rule, oldest first.

    An error in one rule is that rule's outcome, recorded as Failed; the rest of the batch goes on.
    """
    try:
        return _settle(claim, known)
    except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
        observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, claim.rule.id), error)
        return _set_aside(claim.rule, known, error)


def _settle(claim: Claimed, known: Known) -> Outcome:
    rule = claim.rule
    calendar = known.calendar(rule)
    outcome = Outcome(_state(rule, rule.next_occurrence, rule.next_run_at))
    for each in due(rule, calendar, known.now):
        facts = known.facts(rule, each, claim.cash, calendar)
        decision = decide(rule, facts)
        text = details.write(rule, facts, decision)
        if decision.status == WAIT:
            outcome.state = _waiting(rule, facts, known, text)
            return outcome
        _log(outcome, rule, facts, decision, text, known, calendar)
        rule = _advanced(rule, each, decision)
        outcome.state = _state(rule, *_next(each, decision))
        if decision.completes:
            break
    if not outcome.executions:
        moved = occurrences.named(rule.schedule, calendar, rule.next_occurrence)
        outcome.state = _state(rule, rule.next_occurrence, moved.due)
    return outcome


def _log(
    outcome: Outcome,
    rule: Rule,
    facts: Facts,
    decision: Decision,
    text: str,
    known: Known,
    calendar: BusinessCalendar,
) -> None:
    key = _key(rule, facts.nominal)
    outcome.executions.append(
        Execution(
            key,
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
    )
    if decision.status == SUCCESS:
        known.spend(rule, decision.amount or money.ZERO)
        outcome.orders.extend(_orders(rule, facts, decision, key, known.now, calendar))


def _orders(
    rule: Rule, facts: Facts, decision: Decision, execution: UUID, now: datetime, calendar: BusinessCalendar
) -> list[NewOrder]:
    """One order a part; late ones are for today, in business days of the rule's products."""
    day = max(facts.actual, calendar.on_or_after(local_date(now, rule.time_zone)))
    return [
        NewOrder(
            _key(rule, facts.nominal, leg),
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


def _key(rule: Rule, nominal: datetime, *leg: int) -> UUID:
    """The key of an execution, or of one leg's order: a function of rule, occurrence and leg alone."""
    return identifiers.derived(nominal.replace(tzinfo=UTC), rule.id, nominal, *leg)


def _advanced(rule: Rule, each: Due, decision: Decision) -> Rule:
    """The rule after an execution, as the next due occurrence finds it."""
    rule = rule._replace(attempts=0, last_reason=None)
    if rule.paused_until is not None and each.occurrence.due >= rule.paused_until:
        rule = rule._replace(status="Active", status_reason=None, paused_until=None)
    if decision.status == SUCCESS:
        return rule._replace(
            execution_count=rule.execution_count + 1,
            total_invested=rule.total_invested + (decision.amount or money.ZERO),
            consecutive_failures=0,
        )
    if decision.status == FAILED:
        return rule._replace(consecutive_failures=rule.consecutive_failures + 1)
    return rule


def _next(each: Due, decision: Decision) -> tuple[datetime | None, datetime | None, str | None]:
    if decision.completes or each.after is None:
        return None, None, decision.completes
    return each.after.nominal, each.after.due, None


def _waiting(rule: Rule, facts: Facts, known: Known, text: str) -> NextState:
    """The same occurrence again, at the next look, and no later than its last chance."""
    last_chance = facts.period_end if rule.conditional else facts.cut_off
    look = min(known.now + known.settings.look_interval, last_chance)
    return _state(rule._replace(attempts=rule.attempts + 1), facts.nominal, look, last_look=text)


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
    elif rule.consecutive_failures >= rule.failure_limit and status == "Active":
        status, reason = "Paused", "repeated_failures"
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
    message = f"{type(error).__name__}: {error}"
    execution = Execution(
        _key(rule, rule.next_occurrence),
        rule.id,
        rule.version,
        rule.client_id,
        rule.next_occurrence,
        rule.next_run_at,
        FAILED,
        "internal_error",
        None,
        details.write_error(message),
    )
    failed = rule._replace(consecutive_failures=rule.consecutive_failures + 1, attempts=0, last_reason=None)
    try:
        after = occurrences.following(rule.schedule, known.calendar(rule), rule.next_occurrence)
    except (KeyError, ValueError):  # the schedule or its calendar is what is broken
        after = None
    if after is None:
        return Outcome(
            _state(failed._replace(status="Paused"), None, None)._replace(status_reason="internal_error"),
            [execution],
        )
    return Outcome(_state(failed, after.nominal, after.due), [execution])
