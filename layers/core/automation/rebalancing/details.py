"""The record of a decision as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from automation import money, records
from automation.orders.order import PURCHASE, REDEMPTION
from automation.portfolio.lots import Lot
from automation.rebalancing.decision import ACTS, GUARDS, Decision
from automation.rebalancing.drift import Drift
from automation.rebalancing.facts import Facts
from automation.rebalancing.portfolio import Portfolio, Position
from automation.rebalancing.rule import Rule
from automation.rebalancing.trade import Plan, Saving, Skipped, Trade

_GUARDS: Final = records.passed_and_stopped([name for name, _ in GUARDS])
_text: Final = records.writer(Rule, Facts, Portfolio, Position, Lot, Decision, Drift, Plan, Trade, Skipped, Saving)


def write(rule: Rule, facts: Facts, decision: Decision) -> str:
    """`{"rule", "facts", "guards", "decision"}`: what is null is left out, decimals and instants are strings.

    Lots, of which there may be thousands, are in it where the decision came to a plan: nothing else asks for them.
    """
    if decision.plan is None:
        facts = facts._replace(portfolio=_without_lots(facts.portfolio))
    guarded = f'"guards":{records.json_text(guards(decision))},"decision":{_text(decision)}'
    return f'{{"rule":{_text(rule)},"facts":{_text(facts)},{guarded}}}'


def _without_lots(portfolio: Portfolio) -> Portfolio:
    return portfolio._replace(positions=tuple([each._replace(lots=()) for each in portfolio.positions]))


def as_data(row: Trade | Skipped | Plan | Drift) -> Any:
    """A part of a decision as it is recorded."""
    return json.loads(_text(row))


def moved(decision: Decision) -> Decimal:
    """The money that a decision buys or sells for, whichever is more; zero where it does not act."""
    trades = decision.plan.trades if decision.status == ACTS and decision.plan is not None else ()
    sold = sum((trade.worth for trade in trades if trade.order_type != PURCHASE), money.ZERO)
    bought = sum((trade.worth for trade in trades if trade.order_type != REDEMPTION), money.ZERO)
    return max(sold, bought)


def guards(decision: Decision) -> list[list[str]]:
    """The guards that the decision came to, in order, each with pass or stop."""
    return _GUARDS[decision.guards]


def read(record: dict[str, Any]) -> tuple[Rule, Facts]:
    """The rule and facts that `write` recorded; KeyError or ValueError where they are not whole."""
    facts, portfolio = dict(record["facts"]), dict(record["facts"]["portfolio"])
    portfolio["positions"] = tuple(_position(each) for each in portfolio["positions"])
    facts["portfolio"] = records.read(Portfolio, portfolio)
    return records.read(Rule, record["rule"]), records.read(Facts, facts)


def _position(record: dict[str, Any]) -> Position:
    return records.read(Position, record | {"lots": tuple(records.read(Lot, lot) for lot in record["lots"])})
