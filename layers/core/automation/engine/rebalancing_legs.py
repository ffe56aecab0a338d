"""A rebalancing execution carried on: what its orders have come to, the legs that come next, and its end.

A purchase that a redemption pays for is placed when that redemption has been executed, for the money that came of it.
Where a leg failed and left money behind, that money is planned anew from what is held by then; no leg is ever repeated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation import money
from automation.database import Connection
from automation.engine.rebalancing_facts import Known, load
from automation.engine.rebalancing_outcome import PLACED, PLANNED, actions_of, order_of
from automation.orders.order import PURCHASE, REDEMPTION, NewOrder
from automation.rebalancing.plan import plan
from automation.rebalancing.rule import BUY_ONLY, CASH, Rule
from automation.rebalancing.shares import proportional
from automation.rebalancing.trade import Trade
from automation.runtime import Runtime
from automation.store import notifications, rebalancing_rules
from automation.store import orders as order_store
from automation.store import rebalancing_executions as store
from automation.store.notifications import Message
from automation.store.rebalancing_executions import Change, Leg

EXECUTED, FAILED, SKIPPED = "Executed", "Failed", "Skipped"
MOST_ROUNDS: Final = 3
_ENDS: Final = {"Executed": EXECUTED, "Settled": EXECUTED, "Failed": FAILED, "Cancelled": FAILED}
Action = dict[str, Any]


def carry_on(connection: Connection, runtime: Runtime, execution_id: UUID) -> Counter[str]:
    """Bring an execution as far as its orders allow; what it placed or whether it ended."""
    row = store.lock(connection, execution_id)
    if row is None or row["status"] != "Executing":
        return Counter()
    now = runtime.clock.now(connection)
    rule = rebalancing_rules.as_rule(rebalancing_rules.lock(connection, row["rule_id"]) or {})
    actions: list[Action] = row["actions"]
    known = load(connection, runtime, [rule], now, [action["product_id"] for action in actions])
    legs = store.legs(connection, execution_id)
    _read_orders(actions, legs)
    orders = _place_funded(row, actions, legs, known)
    rounds = row["rounds"]
    if not _open(actions) and _failed(actions) and rounds < MOST_ROUNDS:
        again, rounds = _plan_again(row, rule, actions, legs, known), rounds + 1
        orders += again
    order_store.insert(connection, orders, now)
    status = "Executing" if _open(actions) else _end(actions, row["skipped_actions"])
    ids = [*row["order_ids"], *(order.id for order in orders)]
    skipped = row["skipped_actions"] + [each for each in actions if each["status"] == SKIPPED]
    change = Change(execution_id, status, None, rounds, ids, json.dumps(actions), json.dumps(_once(skipped)))
    store.change(connection, change, now)
    if status != "Executing":
        _tell(connection, row, status, now)
    return +Counter(orders=len(orders), ended=status != "Executing")


def _read_orders(actions: Sequence[Action], legs: dict[int, Leg]) -> None:
    """What the orders have come to, written beside each placed leg."""
    for action in actions:
        leg = legs.get(action["leg"])
        if action["status"] == PLACED and leg is not None and leg.status in _ENDS:
            action["status"] = _ENDS[leg.status]
            action["executed_amount"] = None if leg.amount is None else str(leg.amount)
            action["reason"] = leg.reason


def _place_funded(row: Action, actions: Sequence[Action], legs: dict[int, Leg], known: Known) -> list[NewOrder]:
    """The purchases whose money has come, each for what has come of it; one that is left without enough is skipped."""
    by_leg = {action["leg"]: action for action in actions}
    orders = []
    for action in actions:
        if action["status"] != PLANNED:
            continue
        sources = [by_leg[leg] for leg, _ in action["funded_by"]]
        if any(source["status"] in (PLANNED, PLACED) for source in sources):
            continue
        amount = _money_for(action, actions, by_leg)
        terms = next(each for each in known.held[row["client_id"]] if each.product_id == action["product_id"])
        sized = money.to_multiple(amount, terms.multiple)
        if sized < terms.min_purchase or sized <= 0:
            funded = any(source["status"] == EXECUTED for source in sources)
            action |= {"status": SKIPPED, "reason": "below_minimum" if funded else "funding_failed"}
            continue
        orders.append(_placed(row, action, sized, known))
    return orders


def _placed(row: Action, action: Action, amount: Decimal, known: Known) -> NewOrder:
    trade = Trade(action["leg"], PURCHASE, action["product_id"], None, amount, False, amount, money.ZERO, ())
    order = order_of(row["client_id"], row["rule_id"], row["id"], trade, known)
    action |= {"status": PLACED, "order_id": str(order.id), "amount": str(amount)}
    return order


def _money_for(action: Action, actions: Sequence[Action], by_leg: dict[int, Action]) -> Decimal:
    """What a purchase has to spend: its part of what each of its redemptions came to, and what comes from cash."""
    promised = {leg: Decimal(part) for leg, part in action["funded_by"]}
    total = Decimal(action["amount"]) - sum(promised.values(), money.ZERO)
    for leg in promised:
        total += _parts(by_leg[leg], actions).get(action["leg"], money.ZERO)
    return total


def _parts(source: Action, actions: Sequence[Action]) -> dict[int, Decimal]:
    """What a redemption came to, split over the purchases that it pays for as it was promised; the parts sum to it."""
    if source["status"] != EXECUTED:
        return {}
    promised = {
        action["leg"]: Decimal(part) for action in actions for leg, part in action["funded_by"] if leg == source["leg"]
    }
    expected = Decimal(source["worth"]) - Decimal(source["load"])
    came = Decimal(source["executed_amount"])
    if came == expected:
        return promised
    kept = max(expected - sum(promised.values(), money.ZERO), money.ZERO)
    shares = proportional(came, [*promised.values(), kept])
    return dict(zip(promised, shares, strict=False))


def _open(actions: Sequence[Action]) -> bool:
    return any(action["status"] in (PLANNED, PLACED) for action in actions)


def _failed(actions: Sequence[Action]) -> bool:
    return any(action["status"] in (FAILED, SKIPPED) for action in actions)


def _plan_again(row: Action, rule: Rule, actions: list[Action], legs: dict[int, Leg], known: Known) -> list[NewOrder]:
    """Legs for the money that redemptions brought and nothing spent, planned from what is held by now."""
    came = sum((leg.amount or money.ZERO for leg in _executed(actions, legs, REDEMPTION)), money.ZERO)
    spent = sum((leg.amount or money.ZERO for leg in _executed(actions, legs, PURCHASE)), money.ZERO)
    left = min(came - spent, known.cash[rule.client_id])
    if left <= 0:
        return []
    portfolio = known.portfolio(rule)
    if CASH not in rule.targets:
        portfolio = portfolio._replace(cash=left)
    again = plan(rule._replace(mode=BUY_ONLY, cash_buffer=money.ZERO, rebalance_amount=left), portfolio)
    first = max(action["leg"] for action in actions) + 1
    again = again._replace(trades=tuple(trade._replace(leg=trade.leg + first) for trade in again.trades))
    orders = [order_of(row["client_id"], row["rule_id"], row["id"], trade, known) for trade in again.trades]
    actions += actions_of(again, orders)
    return orders


def _executed(actions: Sequence[Action], legs: dict[int, Leg], kind: str) -> list[Leg]:
    return [legs[action["leg"]] for action in actions if action["status"] == EXECUTED and action["order_type"] == kind]


def _end(actions: Sequence[Action], skipped: Sequence[Action]) -> str:
    """The truth about how it ended: all of it, some of it, or nothing."""
    done = [action["status"] == EXECUTED for action in actions]
    if not any(done):
        return "Failed"
    return "Executed" if all(done) and not skipped else "Adjusted"


def _once(skipped: Sequence[Action]) -> list[Action]:
    """Each skipped action one time."""
    return [each for number, each in enumerate(skipped) if each not in skipped[:number]]


def _tell(connection: Connection, row: Action, status: str, now: datetime) -> None:
    event = "Order Failed" if status == "Failed" else "Rebalancing Executed"
    payload = json.dumps({"status": status, "max_drift": str(row["max_drift"])})
    notifications.insert(connection, [Message(event, row["id"], row["client_id"], payload)], now)
    if status == "Failed":
        store.fail_log(connection, row["id"])
        rebalancing_rules.forget(connection, row["rule_id"], row["created_at"])
