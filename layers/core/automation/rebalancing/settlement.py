"""Redemptions that pay for purchases: to the paisa, never with money that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.rebalancing.bucket import Bucket, Sink
from automation.rebalancing.division import bought, rounded, takes
from automation.rebalancing.pairing import Buy
from automation.rebalancing.sale import Sale, paying, sale
from automation.rebalancing.shares import proportional


class Room(NamedTuple):
    """What each bucket, and cash, can still gain on its way to its target, None where nothing more may be bought."""

    buckets: Sequence[Decimal] | None
    cash: Decimal


class Settlement(NamedTuple):
    """Redemptions and purchases; `failed` are the purchases that have become too small."""

    sales: list[Sale]
    buys: list[Buy]
    failed: list[Buy]


def net_of(sales: Sequence[Sale]) -> Decimal:
    return sum([each.net for each in sales], money.ZERO)


def spent(buys: Sequence[Buy]) -> Decimal:
    return sum([each.amount for each in buys], money.ZERO)


def settled(buckets: Sequence[Bucket], sales: list[Sale], buys: list[Buy], cash: Decimal, room: Room) -> Settlement:
    """Purchases fitted to what is there, then sales to what is bought. `cash` is what it should change by.

    What neither side can use stays in cash: less than a multiple, or what the smallest sales pay too much.
    """
    budget = net_of(sales) - cash
    fitted, failed = _fitted(buckets, [each for each in buys if each.amount > 0], budget)
    left = budget - spent(fitted)
    if left > 0 and room.buckets is not None:
        switched = [each for each in buys if not each.amount]
        fitted, left = _topped_up(fitted + switched, left, _still(room.buckets, buys, fitted))
    left -= max(-cash, money.ZERO) + room.cash
    if left <= 0:
        return Settlement(sales, fitted, failed)
    step = sum([bucket.step for bucket in buckets], money.ZERO)
    grain = sum([each.sink.multiple + money.PAISA * len(sales) for each in fitted], step)
    return Settlement(_sold_less(sales, left, grain), fitted, failed)


def _fitted(buckets: Sequence[Bucket], buys: list[Buy], budget: Decimal) -> tuple[list[Buy], list[Buy]]:
    """The purchases in multiples within the budget, and those that are too small for that."""
    wants: dict[int, list[Buy]] = {}
    for buy in buys:
        wants.setdefault(buy.bucket, []).append(buy)
    amounts = [spent(each) for each in wants.values()]
    if sum(amounts, money.ZERO) > budget:
        amounts = proportional(max(budget, money.ZERO), amounts)
    fitted: list[Buy] = []
    failed: list[Buy] = []
    for (number, want), amount in zip(wants.items(), amounts, strict=True):
        found = _spread(number, {each.sink: each.amount for each in want}, amount)
        found = found or _spread(number, {sink: sink.weight for sink in buckets[number].sinks}, amount)
        fitted += found
        failed += [] if found else want
    return fitted, failed


def _spread(bucket: int, weights: dict[Sink, Decimal], amount: Decimal) -> list[Buy]:
    """The amount in multiples of some sinks, pro rata to their weights; none where that is below every minimum."""
    sinks = list(weights)
    parts = bought(sinks, amount, list(weights.values()), in_turn=False)
    made = rounded(sinks, parts) if parts else []
    return [Buy(bucket, sink, part) for sink, part in zip(sinks, made, strict=False) if part > 0]


def _still(room: Sequence[Decimal], meant: list[Buy], made: list[Buy]) -> list[Decimal]:
    """The room of each bucket with what was meant for it and is not bought."""
    there = list(room)
    for buy in meant:
        there[buy.bucket] += buy.amount
    for buy in made:
        there[buy.bucket] -= buy.amount
    return there


def _topped_up(buys: list[Buy], left: Decimal, there: list[Decimal]) -> tuple[list[Buy], Decimal]:
    """What multiples have left over goes, the largest first, to purchases of buckets that have room for it.

    A few paise, which loads in whole paise leave, do so wherever that is.
    """
    few = money.PAISA * 2 * len(buys)
    topped = list(buys)
    for i in sorted(range(len(buys)), key=lambda i: -buys[i].amount):
        buy = buys[i]
        more = money.to_multiple(min(left, there[buy.bucket] + (few if buy.amount else money.ZERO)), buy.sink.multiple)
        if buy.amount or takes(buy.sink, more):
            there[buy.bucket] -= more
            left -= more
            topped[i] = buy._replace(amount=buy.amount + more)
    return [each for each in topped if each.amount], left


def _sold_less(sales: list[Sale], excess: Decimal, grain: Decimal) -> list[Sale]:
    """Sales without an excess of net money: the largest first, that of all units last and not for a mere rounding."""
    kept: list[Sale] = []
    for each in sorted(sales, key=lambda each: (each.whole, -each.gross)):
        less = _less(each, excess) if excess > (grain if each.whole else money.ZERO) else each
        excess -= each.net - (less.net if less else money.ZERO)
        if less is not None and less.net > 0:
            kept.append(less)
    return kept


def _less(sold: Sale, excess: Decimal) -> Sale | None:
    """A sale that pays so much less, or as little as it may; None where it pays nothing else."""
    if sold.net <= excess:
        return None
    less = paying(sold.source, sold.net - excess)
    if less.gross < sold.source.least:
        return sale(sold.source, min(sold.source.least, sold.gross))
    return less
