"""Money that redemptions brought and no purchase has spent: it is bought with before anything more is sold."""

from __future__ import annotations

from decimal import Decimal

from automation import money
from automation.orders.order import REDEMPTION
from automation.rebalancing.plan import plan
from automation.rebalancing.portfolio import Portfolio
from automation.rebalancing.rule import BUY_ONLY, CASH, FULL, Rule
from automation.rebalancing.trade import Plan


def are_to_be_spent(rule: Rule) -> bool:
    """Whether a rule sells in order to buy: money that stays in cash is then not where it is meant to be."""
    return rule.mode == FULL and CASH not in rule.targets


def planned(rule: Rule, portfolio: Portfolio, unspent: Decimal) -> Plan:
    """The plan of a rule where so much money is still to be spent.

    Where that alone buys half or more of what is to be bought, nothing is sold: else a purchase that is refused time
    after time would turn what pays for it into cash. Less is what multiples leave over, and nothing waits for that.
    """
    whole = plan(rule, portfolio)
    if unspent <= 0 or not are_to_be_spent(rule):
        return whole
    first = spending(rule, portfolio, unspent)
    return first if first.trades and 2 * _bought(first) >= _bought(whole) else whole


def _bought(made: Plan) -> Decimal:
    return sum((trade.worth for trade in made.trades if trade.order_type != REDEMPTION), money.ZERO)


def spending(rule: Rule, portfolio: Portfolio, left: Decimal) -> Plan:
    """The plan that buys with so much money, of which none was in cash before, and sells nothing."""
    if CASH not in rule.targets:
        portfolio = portfolio._replace(cash=left)
    most = left if rule.rebalance_amount is None else min(left, rule.rebalance_amount)
    return plan(rule._replace(mode=BUY_ONLY, cash_buffer=money.ZERO, rebalance_amount=most), portfolio)
