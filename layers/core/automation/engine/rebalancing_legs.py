"""A rebalancing execution carried on: the legs that come next, and its end.

A purchase that a redemption pays for is placed when that redemption has been executed, for the money that came of it;
while nothing may be bought it waits. Where a leg failed and left money behind, that money is planned anew from what is
held by then; no leg is ever repeated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from automation import money
from automation.database import Connection
from automation.engine.rebalancing_ends import came_to_nothing
from automation.engine.rebalancing_outcome import AGAIN, EXECUTING, PLACED, PLANNED, actions_of, order_of
from automation.engine.rebalancing_progress import EXECUTED, FAILED, SKIPPED, Action, Progress, load
from automation.orders.order import PURCHASE, NewOrder
from automation.rebalancing.proceeds import spending
from automation.rebalancing.rule import SELL_ONLY
from automation.rebalancing.shares import proportional
from automation.rebalancing.trade import Trade
from automation.runtime import Runtime
from automation.store import drift, notifications
from automation.store import orders as order_store
from automation.store import rebalancing_executions as store
from automation.store.notifications import Message
from automation.store.rebalancing_executions import Change, Ended

MOST_ROUNDS: Final = 3
HELD: Final = "Held"
CANCELLED: Final = "Cancelled"


def carry_on(connection: Connection, runtime: Runtime, execution_id: UUID) -> Counter[str]:
    """Bring an execution as far as its orders allow; what it placed or whether it ended."""
    row = store.lock(connection, execution_id)
    if row is None or row["status"] != EXECUTING:
        return Counter()
    progress = load(connection, runtime, row)
    if progress.rule.status == CANCELLED:
        _skip_planned(progress, "rule_ended")
    else:
        _place_funded(progress)
        if not progress.open and progress.failed and row["rounds"] < MOST_ROUNDS:
            _plan_again(progress)
    order_store.insert(connection, progress.placed, progress.known.now)
    _write(connection, progress)
    return +Counter(orders=len(progress.placed), ended=progress.status != EXECUTING)


def give_up(connection: Connection, runtime: Runtime, row: Action, by: str, why: str) -> bool:
    """End a locked execution that waits for a person, or for what may never be; whether it did.

    Legs whose orders are Held have failed, those that are not placed are skipped. While another order is under way
    nothing is given up.
    """
    progress = load(connection, runtime, row)
    _skip_planned(progress, "given_up")
    for action in progress.actions:
        if action["status"] == PLACED:
            if progress.legs[action["leg"]].status != HELD:
                return False
            action |= {"status": FAILED, "reason": "order_held"}
    _write(connection, progress)
    store.decide(connection, row["id"], progress.status, by, why, progress.known.now)
    return True


def _skip_planned(progress: Progress, reason: str) -> None:
    for action in progress.actions:
        if action["status"] == PLANNED:
            action |= {"status": SKIPPED, "reason": reason}


def _write(connection: Connection, progress: Progress) -> None:
    """How far it has come by now; what has ended is told, and the client's rules look at what is held then."""
    row, known, status = progress.row, progress.known, progress.status
    ids = [*row["order_ids"], *(order.id for order in progress.placed)]
    over = status != EXECUTING
    change = Change(
        row["id"],
        status,
        None,
        row["rounds"],
        ids,
        json.dumps(progress.actions),
        json.dumps(progress.skipped),
        progress.unspent if over else row["unspent"],
        known.now + known.look_interval if progress.waiting else None,
    )
    store.change(connection, change, known.now)
    if over:
        _tell(connection, row, status, known.now)


def _place_funded(progress: Progress) -> None:
    """The purchases whose money has come, each for what has come of it and is there.

    One that is left without enough is skipped; one that may not be bought now waits, and says why.
    """
    by_leg = {action["leg"]: action for action in progress.actions}
    for action in progress.actions:
        if action["status"] != PLANNED:
            continue
        sources = [by_leg[leg] for leg, _ in action["funded_by"]]
        if any(source["status"] in (PLANNED, PLACED) for source in sources):
            continue
        due = _money_for(action, progress.actions, by_leg)
        terms = progress.known.terms(progress.rule.client_id, action["product_id"])
        sized = money.to_multiple(min(due, progress.free_cash), terms.multiple)
        if sized < terms.min_purchase or sized <= 0:
            funded = any(source["status"] == EXECUTED for source in sources)
            short = "insufficient_cash" if progress.free_cash < due else "below_minimum"
            action |= {"status": SKIPPED, "reason": short if funded else "funding_failed"}
        elif reason := progress.known.barred(progress.rule) or progress.known.price_problem(terms):
            action["reason"] = reason
            progress.waiting = True
        else:
            progress.placed.append(_placed(progress, action, sized))


def _placed(progress: Progress, action: Action, amount: Decimal) -> NewOrder:
    row = progress.row
    trade = Trade(action["leg"], PURCHASE, action["product_id"], None, amount, False, amount, money.ZERO, ())
    order = order_of(row["client_id"], row["rule_id"], row["id"], trade, progress.known)
    action |= {"status": PLACED, "order_id": str(order.id), "amount": str(amount), "reason": None}
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


def _plan_again(progress: Progress) -> None:
    """Legs for the money that redemptions brought and nothing spent, planned from what is held by now.

    Nothing of what a house has refused to sell is bought again. While nothing may be bought at all this waits.
    """
    row, rule, known = progress.row, progress.rule, progress.known
    left = min(progress.left, progress.free_cash)
    if left > 0 and rule.mode != SELL_ONLY:
        if known.barred(rule):
            progress.waiting = True
            return
        kept = [*rule.do_not_trade, *_refused(progress)]
        again = spending(rule._replace(do_not_trade=kept), known.portfolio(rule), left)
        first = max(action["leg"] for action in progress.actions) + 1
        again = again._replace(trades=tuple(trade._replace(leg=trade.leg + first) for trade in again.trades))
        orders = [order_of(row["client_id"], row["rule_id"], row["id"], trade, known) for trade in again.trades]
        progress.placed += orders
        progress.actions.extend(action | {AGAIN: True} for action in actions_of(again, orders))
    row["rounds"] += 1


def _refused(progress: Progress) -> list[str]:
    """What a house has refused to sell in this execution."""
    failed = [each for each in progress.actions if each["status"] == FAILED and each["order_type"] == PURCHASE]
    return [each["product_id"] for each in failed if progress.legs[each["leg"]].status == FAILED]


def _tell(connection: Connection, row: Action, status: str, now: datetime) -> None:
    event = "Order Failed" if status == "Failed" else "Rebalancing Executed"
    payload = json.dumps({"status": status, "max_drift": str(row["max_drift"])})
    notifications.insert(connection, [Message(event, row["id"], row["client_id"], payload)], now)
    if status == "Failed":
        came_to_nothing(connection, [Ended(row["id"], row["client_id"])], "order_failed", now)
    else:
        drift.follow(connection, [row["client_id"]], now)
