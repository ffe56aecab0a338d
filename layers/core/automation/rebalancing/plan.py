"""The plan: the fewest trades that bring a portfolio back to its targets, and that add up to the paisa."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from automation import money
from automation.orders.order import PURCHASE, REDEMPTION, SWITCH
from automation.rebalancing.allocation import Means, ideal
from automation.rebalancing.bucket import Bucket, buckets_of, usable_cash
from automation.rebalancing.draft import Draft, drafted
from automation.rebalancing.funding import funded
from automation.rebalancing.pairing import Buy, Switch, paired
from automation.rebalancing.portfolio import Portfolio
from automation.rebalancing.rule import SELL_ONLY, Rule
from automation.rebalancing.sale import Sale
from automation.rebalancing.savings import savings
from automation.rebalancing.settlement import Settlement, net_of, settled, spent
from automation.rebalancing.shares import rounded_up
from automation.rebalancing.skips import left_out, over_cap, unpriced
from automation.rebalancing.trade import Plan, Skipped, Trade
from automation.rebalancing.wanted import on_target, total

# What is left of a debt where no sale pays it exactly is no trade of its own.
_A_FEW_PAISE: Final = 2 * money.PAISA


def plan(rule: Rule, portfolio: Portfolio) -> Plan:
    """The trades of a rule on a portfolio, whether its condition holds or not; none where a price is missing.

    A portfolio within one rounding step of its targets, or strictly inside its bands where it goes to these, has none
    either, so that a plan that was carried out is followed by none. To buy only goes all the way that cash allows.
    """
    buckets = buckets_of(rule, portfolio)
    unknown = unpriced(buckets)
    worth = total([bucket.value for bucket in buckets])
    if unknown or worth <= 0 or on_target(rule, buckets):
        return Plan(skipped=unknown)
    means = Means(usable_cash(rule, portfolio), max(-portfolio.cash, money.ZERO))
    wanted = ideal(rule, buckets, means).moves
    draft, limits = drafted(rule, buckets, means)
    switches, settlement = _executed(rule, buckets, draft)
    skipped = [*left_out(rule, buckets, means, wanted, limits), *map(_too_small, settlement.failed)]
    skipped += over_cap(rule, buckets, wanted, draft.moves)
    return _planned(rule, worth, means, switches, settlement, skipped)


def _executed(rule: Rule, buckets: Sequence[Bucket], draft: Draft) -> tuple[list[Switch], Settlement]:
    if rule.mode == SELL_ONLY:
        return [], Settlement(draft.sales, [], [])
    pairing = paired(draft.sales, draft.buys, capped=rule.rebalance_amount is not None)
    return pairing.switches, settled(buckets, pairing.sales, pairing.buys, draft.cash, draft.room)


def _too_small(buy: Buy) -> Skipped:
    return Skipped(buy.sink.product_id, PURCHASE, buy.amount, "below_minimum")


def _planned(
    rule: Rule, worth: Decimal, means: Means, switches: list[Switch], settlement: Settlement, skipped: list[Skipped]
) -> Plan:
    sales = [each.sale for each in switches] + settlement.sales
    targets = [each.sink.product_id for each in switches] + [None] * len(settlement.sales)
    trades = [_sold(leg, each, target) for leg, (each, target) in enumerate(zip(sales, targets, strict=True))]
    cash_used = spent(settlement.buys) - net_of(settlement.sales)
    first = len(switches)
    trades += funded(settlement, first, cash_used, means.debt)
    moved = total([each.worth for each in trades]) + net_of([each.sale for each in switches])
    if moved <= _A_FEW_PAISE:
        return Plan(skipped=tuple(skipped))
    turnover = (moved / 2 / worth).quantize(money.UNIT)
    return Plan(tuple(trades), tuple(skipped), cash_used, turnover, savings(sales) if rule.tax_aware else ())


def _sold(leg: int, sold: Sale, target: str | None) -> Trade:
    amount = None if sold.all_units else sold.gross
    kind = SWITCH if target else REDEMPTION
    return Trade(leg, kind, sold.source.product_id, target, amount, sold.all_units, sold.gross, sold.load)


def restoring_deposit(rule: Rule, portfolio: Portfolio) -> Decimal:
    """The smallest deposit that would restore the targets without a sale, rounded up to the paisa.

    What a target of zero covers can't be bought back to it and is left as it is.
    """
    filled = [bucket for bucket in buckets_of(rule, portfolio) if bucket.target > 0]
    level = max([bucket.value / bucket.target for bucket in filled], default=money.ZERO)
    return rounded_up(total([level * bucket.target - bucket.value for bucket in filled]))
