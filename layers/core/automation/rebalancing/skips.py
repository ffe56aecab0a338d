"""What a plan leaves out, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from automation import money
from automation.orders.order import PURCHASE, REDEMPTION
from automation.rebalancing.allocation import BUYING, SELLING, Limits, Means
from automation.rebalancing.bucket import Bucket, closed
from automation.rebalancing.portfolio import Position
from automation.rebalancing.rule import BUY_ONLY, SELL_ONLY, Rule
from automation.rebalancing.trade import Skipped
from automation.rebalancing.wanted import Amounts, tolerances, total


def unpriced(buckets: Sequence[Bucket]) -> tuple[Skipped, ...]:
    """What is held without a price, so that nothing can be weighed."""
    members = [each for bucket in buckets for each in bucket.members if each.units and not each.nav]
    return tuple([Skipped(each.product_id, REDEMPTION, money.ZERO, "no_price") for each in members])


def left_out(rule: Rule, buckets: Sequence[Bucket], means: Means, gaps: Amounts, limits: Limits) -> Iterator[Skipped]:
    """Of what each bucket should gain or lose, what it can't."""
    for bucket, gap, slack in zip(buckets, gaps, tolerances(buckets), strict=True):
        if bucket.is_cash or abs(gap) <= slack:
            continue
        if gap > 0 and rule.mode != SELL_ONLY:
            yield from _not_bought(rule, bucket, money.nearest(gap), means, limits)
        elif gap < 0 and rule.mode != BUY_ONLY:
            yield from _not_sold(rule, bucket, money.nearest(-gap), limits)


def _not_bought(rule: Rule, bucket: Bucket, gap: Decimal, means: Means, limits: Limits) -> Iterator[Skipped]:
    if not bucket.sinks:
        name, code = _no_sink(rule, bucket)
        yield Skipped(name, PURCHASE, gap, code)
    elif (bucket.name, BUYING) in limits:
        yield Skipped(bucket.sinks[0].product_id, PURCHASE, gap, "below_minimum")
    elif rule.mode == BUY_ONLY and means.usable <= 0:
        yield Skipped(bucket.sinks[0].product_id, PURCHASE, gap, "insufficient_cash")


def _no_sink(rule: Rule, bucket: Bucket) -> tuple[str, str]:
    """The product that can't be bought and why, or the target that has none."""
    for each in bucket.members:
        if (each.value > 0 or each.product_id in (bucket.name, *rule.preferred_products)) and (
            code := closed(each, rule.do_not_trade)
        ):
            return each.product_id, code
    return bucket.name, "no_product"


def _not_sold(rule: Rule, bucket: Bucket, gap: Decimal, limits: Limits) -> Iterator[Skipped]:
    short = gap - bucket.sellable
    for each in bucket.members:
        kept = min(short, _kept_back(each, bucket))
        if kept >= money.PAISA:
            yield Skipped(each.product_id, REDEMPTION, kept, _why_kept(rule, each))
            short -= kept
    if (bucket.name, SELLING) in limits and bucket.sources:
        left = min(gap, bucket.sellable) - limits[bucket.name, SELLING]
        if left > 0:
            yield Skipped(bucket.sources[0].product_id, REDEMPTION, left, "below_minimum")


def _kept_back(position: Position, bucket: Bucket) -> Decimal:
    """What is held of a product and may not be sold."""
    worth = total([each.worth for each in bucket.sources if each.product_id == position.product_id])
    return money.paid_out(position.units * (position.nav or money.ZERO)) - worth


def _why_kept(rule: Rule, position: Position) -> str:
    if position.product_id in rule.do_not_trade:
        return "do_not_trade"
    return "product_closed" if position.status != "Active" else "locked_in"


def over_cap(rule: Rule, buckets: Sequence[Bucket], gaps: Amounts, moves: Amounts) -> Iterator[Skipped]:
    """What the cap on the money moved leaves out."""
    cap, sign = rule.rebalance_amount, -1 if rule.mode == SELL_ONLY else 1
    if cap is None or total([sign * move for move in moves if sign * move > 0]) < cap - money.PAISA:
        return
    for bucket, gap, move in zip(buckets, gaps, moves, strict=True):
        if not bucket.is_cash and sign * move > 0 and (short := money.nearest(sign * (gap - move))) > 0:
            yield Skipped(bucket.name, REDEMPTION if sign < 0 else PURCHASE, short, "cap")
