"""How far a rebalancing execution has come: its legs, what their orders came to, and the money that is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from automation import money
from automation.database import Connection
from automation.engine import rebalancing_facts as facts
from automation.engine.rebalancing_facts import Known
from automation.engine.rebalancing_outcome import EXECUTING, PLACED, PLANNED
from automation.orders.order import PURCHASE, REDEMPTION, NewOrder
from automation.rebalancing.proceeds import are_to_be_spent
from automation.rebalancing.rule import CASH, Rule
from automation.runtime import Runtime
from automation.store import rebalancing_executions as store
from automation.store import rebalancing_rules
from automation.store.rebalancing_executions import Leg

EXECUTED, FAILED, SKIPPED = "Executed", "Failed", "Skipped"
_ENDS: Final = {"Executed": EXECUTED, "Settled": EXECUTED, "Failed": FAILED, "Cancelled": FAILED}
Action = dict[str, Any]


@dataclass
class Progress:
    """A locked execution with its rule, what is known of its client, and its orders by leg.

    `placed` are the orders that are placed now. `waiting` says that it has to be looked at again by itself: something
    keeps it from buying what is to be bought.
    """

    row: dict[str, Any]
    rule: Rule
    known: Known
    legs: dict[int, Leg]
    placed: list[NewOrder] = field(default_factory=list)
    waiting: bool = False

    @property
    def actions(self) -> list[Action]:
        actions: list[Action] = self.row["actions"]
        return actions

    @property
    def open(self) -> bool:
        return any(action["status"] in (PLANNED, PLACED) for action in self.actions)

    @property
    def failed(self) -> bool:
        return any(action["status"] in (FAILED, SKIPPED) for action in self.actions)

    @property
    def free_cash(self) -> Decimal:
        """The client's cash that no order has claimed, less what is claimed now."""
        claimed = (order.amount or money.ZERO for order in self.placed if order.order_type == PURCHASE)
        return self.known.cash[self.rule.client_id] - sum(claimed, money.ZERO)

    @property
    def left(self) -> Decimal:
        """The money that redemptions brought and no purchase has spent, with what was left over before."""
        came = sum((self._came_to(action) for action in self._executed(REDEMPTION)), money.ZERO)
        spent = sum((self._spent(action) for action in self._executed(PURCHASE)), money.ZERO)
        return Decimal(self.row["unspent"]) + came - spent

    @property
    def unspent(self) -> Decimal:
        """What of it is still to be bought with."""
        return max(self.left, money.ZERO) if are_to_be_spent(self.rule) else money.ZERO

    @property
    def status(self) -> str:
        """The truth about how it stands: under way, or all of it, some of it, or nothing done."""
        if self.open or self.waiting:
            return EXECUTING
        done = [action["status"] == EXECUTED for action in self.actions]
        if not any(done):
            return "Failed"
        return "Executed" if all(done) and not self.row["skipped_actions"] else "Adjusted"

    @property
    def skipped(self) -> list[Action]:
        """What was left out of the plan and what was skipped since, each one time."""
        found = self.row["skipped_actions"] + [each for each in self.actions if each["status"] == SKIPPED]
        return [each for number, each in enumerate(found) if each not in found[:number]]

    def _executed(self, kind: str) -> Sequence[Action]:
        return [each for each in self.actions if each["status"] == EXECUTED and each["order_type"] == kind]

    def _came_to(self, action: Action) -> Decimal:
        return self.legs[action["leg"]].amount or money.ZERO

    def _spent(self, action: Action) -> Decimal:
        """What a purchase took of the redemptions' money; only where cash is a target is it paid from other as well."""
        other = money.ZERO
        if CASH in self.rule.targets and not action.get("again"):
            other = Decimal(action["worth"]) - sum((Decimal(part) for _, part in action["funded_by"]), money.ZERO)
        return max(self._came_to(action) - other, money.ZERO)


def load(connection: Connection, runtime: Runtime, row: dict[str, Any]) -> Progress:
    """How far a locked execution has come by now."""
    rule = rebalancing_rules.as_rule(rebalancing_rules.lock(connection, row["rule_id"]) or {})
    products = [action["product_id"] for action in row["actions"]]
    known = facts.load(connection, runtime, [rule], runtime.clock.now(connection), products)
    progress = Progress(row, rule, known, store.legs(connection, row["id"]))
    for action in progress.actions:
        _read_order(action, progress.legs.get(action["leg"]))
    return progress


def _read_order(action: Action, leg: Leg | None) -> None:
    """What the order of a placed leg has come to, written beside it."""
    if action["status"] == PLACED and leg is not None and leg.status in _ENDS:
        action["status"] = _ENDS[leg.status]
        action["executed_amount"] = None if leg.amount is None else str(leg.amount)
        action["reason"] = leg.reason
