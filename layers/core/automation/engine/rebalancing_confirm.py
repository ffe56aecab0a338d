"""Proposals that people confirm or cancel, and rebalancings that they ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.engine import audit
from automation.engine.rebalancing import record
from automation.engine.rebalancing_ends import came_to_nothing
from automation.engine.rebalancing_facts import Known, load
from automation.engine.rebalancing_legs import give_up
from automation.engine.rebalancing_outcome import EXECUTING, Made, Outcome, decided, log_of, made_of
from automation.errors import Conflict, NotFound
from automation.rebalancing.decision import ACTS, Decision, decide
from automation.rebalancing.facts import BY_HAND, Facts
from automation.rebalancing.proposal import Leg, Proposal, is_another
from automation.rebalancing.rule import Rule
from automation.runtime import Runtime
from automation.store import executions, rebalancing_rules, runs
from automation.store import orders as order_store
from automation.store import rebalancing_executions as store
from automation.store.rebalancing_executions import Ended

# A proposal that was planned anew once is the client's own wish when it is confirmed, whatever the drift.
REPRICED: Final = "repriced"


class Preview(NamedTuple):
    """What a rebalancing would do now, decided and not written."""

    rule: Rule
    facts: Facts
    decision: Decision


def preview(runtime: Runtime, rule_key: UUID) -> Preview:
    """What a rule would do if somebody asked for it now; nothing is written."""

    def work(connection: Connection) -> Preview:
        rule, known = _loaded(connection, runtime, rule_key)
        facts = known.by_hand(rule, BY_HAND)
        return Preview(rule, facts, decide(rule, facts))

    return runtime.database.transaction(work)


def rebalance(runtime: Runtime, rule_key: UUID, by: str) -> str:
    """Rebalance now because somebody asks for it: the shown id of the execution that this makes.

    Bands, calendar, cooldown, a confirmation and the one automatic execution a day do not count. While one that was
    asked for is not over, asking again is answered with it. Conflict where something else stops it, or nothing is to
    be traded.
    """

    def work(connection: Connection) -> str:
        rule, known = _loaded(connection, runtime, rule_key)
        outcome = Outcome(rule, known.now)
        decision = decided(outcome, known.by_hand(rule, BY_HAND), known)
        if decision.reason == "execution_live" and (same := _asked_for(connection, rule)):
            return same
        if decision.status != ACTS:
            raise Conflict(f"there is nothing to do: {decision.reason}", hint="look at it with --dry-run, or why")
        run_id = identifiers.new(known.now)
        runs.start(connection, run_id, "rebalancing", f"hand: {by}", None, known.now)
        record(connection, run_id, [outcome], known.now)
        orders = {"orders": len(outcome.orders)}
        runs.finish(connection, run_id, known.now, orders, work_left=False, error=None)
        made = identifiers.show(identifiers.REBALANCING_EXECUTION, outcome.executions[0].id)
        row = {"id": rule.id, "client_id": rule.client_id}
        audit.changed(connection, known.now, by, "rebalancing.execute", row, orders | {"execution": made})
        return made

    shown = runtime.database.transaction(work)
    _poke(runtime)
    return shown


def _asked_for(connection: Connection, rule: Rule) -> str | None:
    """The shown id of the rule's execution that somebody asked for and that is not over."""
    live = store.live(connection, rule.client_id)
    if live is None or live.rule_id != rule.id or live.initiator != BY_HAND:
        return None
    return identifiers.show(identifiers.REBALANCING_EXECUTION, live.id)


def _poke(runtime: Runtime) -> None:
    runtime.poke("orders", runtime.database.transaction(runtime.clock.now))


def _loaded(connection: Connection, runtime: Runtime, rule_key: UUID) -> tuple[Rule, Known]:
    row = rebalancing_rules.lock(connection, rule_key)
    if row is None:
        shown = identifiers.show(identifiers.REBALANCING, rule_key)
        raise NotFound(f"there is no rebalancing rule {shown}", hint="list the rebalancing rules to see their ids")
    rule = rebalancing_rules.as_rule(row)
    return rule, load(connection, runtime, [rule], runtime.clock.now(connection))


class NewPlan(Conflict):
    """The proposal is no longer what it was: it was planned anew, and waits to be confirmed as it is now."""

    code = "new_plan"

    def __init__(self, message: str, plan: Mapping[str, Any]) -> None:
        super().__init__(message, hint="look at the new plan, and confirm again")
        self.plan = plan


def confirm(runtime: Runtime, shown_id: str, by: str, why: str | None = None, *, dry_run: bool = False) -> list[str]:
    """Carry out a proposal: the shown ids of the orders that are placed at once. Twice is once.

    NewPlan, with the plan, where it is another one by now, or the drift no longer asks for it; the new plan takes the
    place of the old. Conflict where it is too late, or something stops it now. With `dry_run` nothing is written.
    """

    def work(connection: Connection) -> list[str] | NewPlan:
        row = _proposal(connection, shown_id)
        if row["status"] in (EXECUTING, "Executed", "Adjusted", "Failed"):
            return [identifiers.show(identifiers.ORDER, key) for key in row["order_ids"]]
        _still_pending(row, shown_id, runtime, connection)
        rule, known = _loaded(connection, runtime, row["rule_id"])
        initiator = BY_HAND if row["reason"] == REPRICED else row["initiator"]
        facts = known.again(rule, initiator, row["occurrence"])
        decision = decide(rule, facts)
        if decision.status != ACTS and decision.reason not in ("within_band", "on_target"):
            raise Conflict(f"{shown_id} can't be carried out now: {decision.reason}", hint="confirm again later")
        trades = decision.plan.trades if decision.plan else ()
        if decision.status != ACTS or is_another(_proposed(row), rule, facts.portfolio, facts.unspent, trades):
            return _planned_anew(connection, row, rule, facts, known, by)
        return _carried_out(connection, row, _Again(rule, facts, decision, known), by, why)

    done = runtime.database.transaction(work, dry_run=dry_run)
    if isinstance(done, NewPlan):
        raise done
    if not dry_run:
        _poke(runtime)
    return done


class _Again(NamedTuple):
    """A proposal's occasion decided again."""

    rule: Rule
    facts: Facts
    decision: Decision
    known: Known


def _carried_out(connection: Connection, row: Mapping[str, Any], again: _Again, by: str, why: str | None) -> list[str]:
    made = _made(connection, row, again, None, waits=False)
    store.decide(connection, row["id"], EXECUTING, by, why, again.known.now)
    order_store.insert(connection, made.orders, again.known.now)
    shown = [identifiers.show(identifiers.ORDER, order.id) for order in made.orders]
    told = {"status": [row["status"], EXECUTING], "orders": shown, "reason": why}
    audit.changed(connection, again.known.now, by, "rebalancing_execution.confirm", row, told)
    return shown


def _made(connection: Connection, row: Mapping[str, Any], again: _Again, reason: str | None, *, waits: bool) -> Made:
    """The execution as it is decided now, in the place of what it was, and of what its log says."""
    rule, facts, decision, known = again
    made = made_of(rule, facts, decision, row["id"], known, waits=waits)
    store.reprice(connection, made.execution, reason, known.now)
    executions.redecide(connection, log_of(rule, facts, decision, row["id"]))
    return made


def _planned_anew(
    connection: Connection, row: Mapping[str, Any], rule: Rule, facts: Facts, known: Known, by: str
) -> NewPlan:
    """Another plan in the place of the proposal's; with nothing to trade it is cancelled by what has happened."""
    by_hand = facts._replace(initiator=BY_HAND)
    decision = decide(rule, by_hand)
    if decision.status != ACTS:
        store.decide(connection, row["id"], "Cancelled", "system", f"nothing to trade: {decision.reason}", known.now)
        came_to_nothing(connection, [Ended(row["id"], rule.client_id)], "nothing_to_trade", known.now)
        told = {"status": [row["status"], "Cancelled"], "reason": decision.reason}
        audit.changed(connection, known.now, by, "rebalancing_execution.plan_anew", row, told)
        return NewPlan("there is nothing to trade any more: the proposal is cancelled", {"trades": []})
    made = _made(connection, row, _Again(rule, by_hand, decision, known), REPRICED, waits=True)
    audit.changed(connection, known.now, by, "rebalancing_execution.plan_anew", row)
    return NewPlan(
        "prices, holdings or targets have changed since the plan was made",
        {"trades": json.loads(made.execution.actions)},
    )


def _proposed(row: Mapping[str, Any]) -> Proposal:
    legs = [
        Leg(each["order_type"], each["product_id"], each.get("target_product_id"), Decimal(each["worth"]))
        for each in row["actions"]
    ]
    return Proposal(legs, {product: Decimal(nav) for product, (nav, _) in row["navs"].items()})


def cancel(runtime: Runtime, shown_id: str, why: str, by: str) -> None:
    """Give up a proposal, or the rest of an execution of which no order is under way; who and why are recorded.

    Conflict where an order is under way, or it is over.
    """

    def work(connection: Connection) -> None:
        row = _proposal(connection, shown_id)
        if row["status"] == "Cancelled":
            return
        now = runtime.clock.now(connection)
        if row["status"] != EXECUTING or not give_up(connection, runtime, row, by, why):
            _still_pending(row, shown_id, runtime, connection)
            store.decide(connection, row["id"], "Cancelled", by, why, now)
            came_to_nothing(connection, [Ended(row["id"], row["client_id"])], "declined", now)
        told = {"status": row["status"], "reason": why}
        audit.changed(connection, now, by, "rebalancing_execution.cancel", row, told)

    runtime.database.transaction(work)


def _still_pending(row: Mapping[str, Any], shown_id: str, runtime: Runtime, connection: Connection) -> None:
    if row["status"] != "Pending":
        hint = "only what is Pending can be confirmed, and given up what is Pending or has no order under way"
        raise Conflict(f"{shown_id} is {row['status']}", hint=hint)
    if row["expires_at"] is not None and row["expires_at"] <= runtime.clock.now(connection):
        raise Conflict(f"{shown_id} was to be confirmed by {row['expires_at']}", hint="wait for the next proposal")


def _proposal(connection: Connection, shown_id: str) -> dict[str, Any]:
    row = store.lock(connection, key_of(shown_id))
    if row is None:
        raise NotFound(f"there is no execution {shown_id}", hint="list the executions to see their ids")
    return row


def key_of(shown_id: str) -> UUID:
    """The key of a shown execution id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.REBALANCING_EXECUTION, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the executions to see their ids") from error
