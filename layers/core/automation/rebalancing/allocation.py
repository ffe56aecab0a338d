"""How much money each bucket gains or loses within what can be sold, bought and moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.division import load_of
from automation.rebalancing.rule import BUY_ONLY, SELL_ONLY, Rule
from automation.rebalancing.wanted import Amounts, has_band, to_target, tolerances, total, wanted, width

# Each round leaves a load's share of the error of the one before it.
_ROUNDS: Final = 20
_CLOSE: Final = money.PAISA / 10
BUYING: Final = "buying"
SELLING: Final = "selling"
Barred = Collection[tuple[str, str]]


class Means(NamedTuple):
    """The cash that may be used, and the debt (cash below zero) that sales have to pay before anything is bought."""

    usable: Decimal
    debt: Decimal


def allocate(rule: Rule, buckets: Sequence[Bucket], means: Means, barred: Barred) -> Amounts:
    """Money per bucket, not rounded, that adds up: with the loads, the debt and the cash that may be used.

    `barred` are buckets that can't buy or sell what they should, by name and side.
    """
    if rule.mode == BUY_ONLY:
        return _capped(rule, _within(buckets, poured(buckets, means.usable, barred), barred))
    if rule.mode == SELL_ONLY:
        return _capped(rule, _within(buckets, overweights(rule, buckets), barred))
    return _exchanged(rule, buckets, lost_debt(buckets, means), barred)


def lost_debt(buckets: Sequence[Bucket], means: Means) -> Decimal:
    """The debt that is lost to the targets: where they count cash, paying it moves money only."""
    return money.ZERO if any(bucket.is_cash for bucket in buckets) else means.debt


def _exchanged(rule: Rule, buckets: Sequence[Bucket], debt: Decimal, barred: Barred) -> Amounts:
    """Sales that pay for purchases. Loads make the whole smaller, and with it what each target is worth."""
    loss = debt
    for _ in range(_ROUNDS):
        moves = _within(buckets, wanted(rule, buckets, loss), barred)
        found = debt + _loads(rule, buckets, moves)
        if abs(found - loss) <= _CLOSE:
            break
        loss = found
    moves = _matched(rule, buckets, moves, debt)
    return moves if rule.rebalance_amount is None else _matched(rule, buckets, _capped(rule, moves), debt)


def _within(buckets: Sequence[Bucket], gaps: Amounts, barred: Barred) -> Amounts:
    """The gaps as far as they can be bought or sold; those within the rounding are left."""
    return [
        money.ZERO if abs(gap) <= slack else _possible(bucket, gap, barred)
        for bucket, gap, slack in zip(buckets, gaps, tolerances(buckets), strict=True)
    ]


def _possible(bucket: Bucket, gap: Decimal, barred: Barred) -> Decimal:
    if (bucket.name, SELLING if gap < 0 else BUYING) in barred:
        return money.ZERO
    if gap < 0:
        return -min(-gap, bucket.sellable)
    return gap if bucket.open else money.ZERO


def _loads(rule: Rule, buckets: Sequence[Bucket], moves: Amounts) -> Decimal:
    sold = zip(buckets, moves, strict=True)
    return total([load_of(bucket, -move, tax_aware=rule.tax_aware) for bucket, move in sold if move < 0])


def _matched(rule: Rule, buckets: Sequence[Bucket], moves: Amounts, debt: Decimal) -> Amounts:
    """Purchases shrunk to what sales pay, or sales to what purchases need."""
    sold = -total([move for move in moves if move < 0])
    bought = total([move for move in moves if move > 0])
    paid = sold - _loads(rule, buckets, moves) - debt
    if paid < bought:
        part = max(paid, money.ZERO) / bought
        return [move * part if move > 0 else move for move in moves]
    if paid <= bought + money.PAISA * len(moves):
        return moves
    return _sold_less(rule, buckets, moves, bought + debt)


def _sold_less(rule: Rule, buckets: Sequence[Bucket], moves: Amounts, needed: Decimal) -> Amounts:
    sold = -total([move for move in moves if move < 0])
    less, load = moves, money.ZERO
    for _ in range(_ROUNDS):
        part = (needed + load) / sold
        less = [move * part if move < 0 else move for move in moves]
        found = _loads(rule, buckets, less)
        if abs(found - load) <= _CLOSE:
            break
        load = found
    return less


def _capped(rule: Rule, moves: Amounts) -> Amounts:
    """All in proportion, so that what is bought, or where nothing is bought what is sold, is within the cap."""
    cap = rule.rebalance_amount
    moved = total([move for move in moves if move > 0]) or -total(moves)
    return moves if cap is None or moved <= cap else [move * cap / moved for move in moves]


def overweights(rule: Rule, buckets: Sequence[Bucket]) -> Amounts:
    """What each bucket has above its target, or above its band, of today's whole; cash is not sold."""
    whole = total([bucket.value for bucket in buckets])
    margin = total(tolerances(buckets)) if has_band(rule) else money.ZERO
    found = []
    for bucket, gap in zip(buckets, to_target(buckets, whole), strict=True):
        kept = max(width(rule, bucket, whole) - margin, money.ZERO) if has_band(rule) else money.ZERO
        found.append(money.ZERO if bucket.is_cash else min(gap + kept, money.ZERO))
    return found


def poured(buckets: Sequence[Bucket], cash: Decimal, barred: Barred) -> Amounts:
    """Cash that fills the lowest buckets first, as water does, each up to the same multiple of its target.

    Never beyond what restores the targets. Where they count cash, only what is above its target is used.
    """
    filled = [each for each in buckets if not each.is_cash and each.target > 0]
    level = max([each.value / each.target for each in filled], default=money.ZERO)
    for bucket in buckets:
        if bucket.is_cash:
            level = total([each.value for each in buckets]) / money.HUNDRED
            cash = min(cash, bucket.value - bucket.target * level)
    able = {each.name: each for each in filled if each.sinks and (each.name, BUYING) not in barred}
    level = min(level, _level(able.values(), max(cash, money.ZERO)))
    return [max(level * each.target - each.value, money.ZERO) if each.name in able else money.ZERO for each in buckets]


def _level(buckets: Collection[Bucket], cash: Decimal) -> Decimal:
    """Up to which money per percent the cash fills the buckets."""
    percent = value = level = money.ZERO
    for bucket in sorted(buckets, key=lambda each: each.value / each.target):
        if percent and bucket.value / bucket.target >= level:
            break
        percent += bucket.target
        value += bucket.value
        level = (value + cash) / percent
    return level
