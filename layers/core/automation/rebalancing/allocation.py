"""How much money each bucket gains or loses within what can be sold, bought and moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.division import load_of
from automation.rebalancing.pouring import poured
from automation.rebalancing.rule import BUY_ONLY, SELL_ONLY, Rule
from automation.rebalancing.wanted import Amounts, Gaps, balanced, gained, gaps, lost, tolerances, total

# Each round leaves a load's share of the error of the one before it.
_ROUNDS: Final = 20
_CLOSE: Final = money.PAISA / 10
BUYING: Final = "buying"
SELLING: Final = "selling"
Limits = Mapping[tuple[str, str], Decimal]


class Means(NamedTuple):
    """The cash that may be used, and the debt (cash below zero) that sales have to pay before anything is bought."""

    usable: Decimal
    debt: Decimal


class Allocation(NamedTuple):
    """Money per bucket, not rounded: what moves, and what could move at most to the targets."""

    moves: Amounts
    full: Amounts


def lost_debt(buckets: Sequence[Bucket], means: Means) -> Decimal:
    """The debt that is lost to the targets: where they count cash, paying it moves money only."""
    return money.ZERO if any(bucket.is_cash for bucket in buckets) else means.debt


def ideal(rule: Rule, buckets: Sequence[Bucket], means: Means) -> Allocation:
    """What would move were there no limits but those of the mode."""
    if rule.mode == BUY_ONLY:
        full = poured(buckets, None)
        return Allocation(full, full)
    loss = money.ZERO if rule.mode == SELL_ONLY else lost_debt(buckets, means)
    found = gaps(rule, buckets, loss)
    if rule.mode == SELL_ONLY:
        return Allocation(_sales_alone(buckets, found.needed), _sales_alone(buckets, found.full))
    return Allocation(balanced(found, loss), found.full)


def allocate(rule: Rule, buckets: Sequence[Bucket], means: Means, limits: Limits) -> Allocation:
    """What moves and adds up: with the loads, the debt and the cash that may be used.

    `limits` has the most that a bucket can buy or sell, by name and side, where that is less than it should.
    """
    if rule.mode == BUY_ONLY:
        moves = poured(buckets, means.usable, [name for name, _ in limits])
        return Allocation(_capped(rule, _possible(buckets, moves, limits)), poured(buckets, None))
    if rule.mode == SELL_ONLY:
        return _sold_down(rule, buckets, limits)
    return _exchanged(rule, buckets, lost_debt(buckets, means), limits)


def _sold_down(rule: Rule, buckets: Sequence[Bucket], limits: Limits) -> Allocation:
    """To its share of today's whole, of which what is sold remains a part only where the targets count cash."""

    def sold(found: Gaps, _: Decimal) -> Amounts:
        return _capped(rule, _possible(buckets, _sales_alone(buckets, found.needed), limits))

    counted = any(bucket.is_cash for bucket in buckets)
    return _after_loads(rule, buckets, money.ZERO, sold, _ROUNDS if counted else 1)


def _exchanged(rule: Rule, buckets: Sequence[Bucket], debt: Decimal, limits: Limits) -> Allocation:
    """Sales that pay for purchases."""

    def exchanged(found: Gaps, loss: Decimal) -> Amounts:
        moves = _matched(rule, buckets, _balanced(buckets, found, loss, limits), debt)
        return moves if rule.rebalance_amount is None else _matched(rule, buckets, _capped(rule, moves), debt)

    return _after_loads(rule, buckets, debt, exchanged, _ROUNDS)


def _after_loads(
    rule: Rule, buckets: Sequence[Bucket], debt: Decimal, moving: Callable[[Gaps, Decimal], Amounts], rounds: int
) -> Allocation:
    """Loads make the whole smaller, and with it what each target is worth: round by round until that is found."""
    loss = debt
    found = gaps(rule, buckets, loss)
    moves = moving(found, loss)
    for _ in range(rounds - 1):
        loads = _loads(rule, buckets, moves)
        if abs(debt + loads - loss) <= _CLOSE:
            break
        loss = debt + loads
        found = gaps(rule, buckets, loss)
        moves = moving(found, loss)
    return Allocation(moves, found.full)


def _balanced(buckets: Sequence[Bucket], found: Gaps, loss: Decimal, limits: Limits) -> Amounts:
    full = _possible(buckets, found.full, limits)
    if found.needed is found.full:
        return full
    needed = [_nearer(need, most) for need, most in zip(_possible(buckets, found.needed, limits), full, strict=True)]
    return balanced(Gaps(full, needed, found.least), loss)


def _nearer(need: Decimal, most: Decimal) -> Decimal:
    """What is needed as far as it is possible: both are sales or both purchases, or nothing."""
    return max(need, most) if most < 0 else min(need, most)


def _sales_alone(buckets: Sequence[Bucket], amounts: Amounts) -> Amounts:
    return [
        money.ZERO if bucket.is_cash else min(amount, money.ZERO)
        for bucket, amount in zip(buckets, amounts, strict=True)
    ]


def _possible(buckets: Sequence[Bucket], amounts: Amounts, limits: Limits) -> Amounts:
    """The amounts as far as they can be bought or sold; those within the rounding are left."""
    return [
        money.ZERO if abs(amount) <= slack or _left_over(bucket, amount, slack) else _limited(bucket, amount, limits)
        for bucket, amount, slack in zip(buckets, amounts, tolerances(buckets), strict=True)
    ]


def _left_over(bucket: Bucket, amount: Decimal, slack: Decimal) -> bool:
    """Whether rounding alone has made a multiple of what was less than one, and was left for that."""
    return any(sink.multiple < amount <= sink.multiple + slack for sink in bucket.sinks)


def _limited(bucket: Bucket, amount: Decimal, limits: Limits) -> Decimal:
    if amount < 0:
        return max(amount, -limits.get((bucket.name, SELLING), bucket.sellable), -bucket.sellable)
    return limits.get((bucket.name, BUYING), amount) if bucket.open else money.ZERO


def _loads(rule: Rule, buckets: Sequence[Bucket], moves: Amounts) -> Decimal:
    sold = zip(buckets, moves, strict=True)
    return total([load_of(bucket, -move, tax_aware=rule.tax_aware) for bucket, move in sold if move < 0])


def _matched(rule: Rule, buckets: Sequence[Bucket], moves: Amounts, debt: Decimal) -> Amounts:
    """Purchases shrunk to what sales pay, or sales to what purchases need."""
    bought = gained(moves)
    paid = lost(moves) - _loads(rule, buckets, moves) - debt
    if 0 < bought > paid:
        part = max(paid, money.ZERO) / bought
        return [move * part if move > 0 else move for move in moves]
    if paid <= bought + money.PAISA * len(moves):
        return moves
    return _sold_less(rule, buckets, moves, bought + debt)


def _sold_less(rule: Rule, buckets: Sequence[Bucket], moves: Amounts, needed: Decimal) -> Amounts:
    """Sales in proportion, so that after loads they pay what is needed."""
    sold = lost(moves)
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
    moved = gained(moves) or lost(moves)
    return moves if cap is None or moved <= cap else [move * cap / moved for move in moves]
