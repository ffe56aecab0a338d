"""A plan in the making: sales and purchases by product, before they are paired and settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.allocation import BUYING, SELLING, Limits, Means, allocate, lost_debt
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.division import bought, sold
from automation.rebalancing.pairing import Buy
from automation.rebalancing.rule import BUY_ONLY, SELL_ONLY, Rule
from automation.rebalancing.sale import Sale, sale
from automation.rebalancing.settlement import Room, net_of
from automation.rebalancing.shares import in_paise, proportional, rounded_down
from automation.rebalancing.wanted import Amounts, tolerances, total

# A bucket that sells less than it should for its products' minimums may do so again once all sell less.
_TRIES: Final = 5


class Draft(NamedTuple):
    """Sales and purchases in whole paise, each possible by itself, and what cash changes by.

    `moves` is the money per bucket that they come from.
    """

    moves: Amounts
    room: Room
    sales: list[Sale]
    buys: list[Buy]
    cash: Decimal


class _Failure(NamedTuple):
    """A bucket that can trade no more than `limit` of an amount for its products' minimums; `want` is its full gap."""

    key: tuple[str, str]
    amount: Decimal
    limit: Decimal
    bucket: Bucket
    want: Decimal


def drafted(rule: Rule, buckets: Sequence[Bucket], means: Means) -> tuple[Draft, Limits]:
    """The trades of a plan, and the buckets that can't do theirs: what these would have moved, others make up for."""
    limits: dict[tuple[str, str], Decimal] = {}
    tries: Counter[tuple[str, str]] = Counter()
    while True:
        moves, full = allocate(rule, buckets, means, limits)
        sales, failures = _sales(rule, buckets, moves, full)
        failures = [each for each in failures if not each.limit or tries[each.key] < _TRIES]
        paid = _paid(rule, buckets, means, moves, sales)
        buys, more = _buys(buckets, paid, full)
        failures += more
        if _mere_change(rule, buckets, paid):
            return Draft(moves, _room(rule, buckets, full, paid), [], [], money.ZERO), limits
        if not failures:
            cash = _cash(rule, buckets, means, moves, paid)
            return Draft(moves, _room(rule, buckets, full, paid), sales, buys, cash), limits
        found = _hopeless(rule, failures)
        tries.update(found.keys())
        limits |= found


def _mere_change(rule: Rule, buckets: Sequence[Bucket], paid: Amounts) -> bool:
    """Whether the cash to be spent is what a multiple has left over: it waits for more, and goes to nobody else."""
    if rule.mode != BUY_ONLY:
        return False
    needy = zip(buckets, paid, strict=True)
    multiples = [sink.multiple for bucket, part in needy if part > 0 for sink in bucket.sinks]
    return total(paid) < max(multiples, default=money.ZERO) + total(tolerances(buckets))


def _hopeless(rule: Rule, failures: list[_Failure]) -> dict[tuple[str, str], Decimal]:
    """Those that fail whatever they are given, or else the smallest, or else those that can trade a part only.

    Without them the others get more, and may then fail no longer.
    """
    failed = [each for each in failures if not each.limit]
    if not failed:
        return {each.key: each.limit for each in failures}
    never = {each.key: money.ZERO for each in failed if not _possible(rule, each.bucket, each.want)}
    return never or {min(failed, key=lambda each: (each.amount, each.key)).key: money.ZERO}


def _possible(rule: Rule, bucket: Bucket, want: Decimal) -> bool:
    if want < 0:
        return any(sold(bucket.sources, money.nearest(-want), tax_aware=rule.tax_aware))
    return _given(bucket, money.nearest(want)) is not None


def _sales(rule: Rule, buckets: Sequence[Bucket], moves: Amounts, full: Amounts) -> tuple[list[Sale], list[_Failure]]:
    sales: list[Sale] = []
    failures = []
    asked = in_paise(
        [max(-move, money.ZERO) if bucket.sources else money.ZERO for bucket, move in zip(buckets, moves, strict=True)]
    )
    for bucket, amount, gap in zip(buckets, asked, full, strict=True):
        parts = sold(bucket.sources, amount, tax_aware=rule.tax_aware) if amount else []
        found = [sale(source, part) for source, part in zip(bucket.sources, parts, strict=False) if part > 0]
        found = [each for each in found if each.net > 0]
        if (given := total(parts)) < amount:
            failures.append(_Failure((bucket.name, SELLING), amount, given, bucket, gap))
        sales += found
    return sales, failures


def _paid(rule: Rule, buckets: Sequence[Bucket], means: Means, moves: Amounts, sales: list[Sale]) -> Amounts:
    """Whole paise for each bucket that gains, cash included: what sales and cash pay, the debt paid first."""
    if rule.mode == SELL_ONLY:
        return [money.ZERO] * len(buckets)
    weights = [max(move, money.ZERO) for move in moves]
    most = rounded_down(total(weights))
    if rule.mode != BUY_ONLY:
        most = min(most, net_of(sales) + _cash_given(buckets, moves) - lost_debt(buckets, means))
    return proportional(most, weights) if most > 0 else [money.ZERO] * len(buckets)


def _cash_given(buckets: Sequence[Bucket], moves: Amounts) -> Decimal:
    """What the cash that is above its target gives."""
    given = [-move for bucket, move in zip(buckets, moves, strict=True) if bucket.is_cash and move < 0]
    return rounded_down(total(given))


def _cash(rule: Rule, buckets: Sequence[Bucket], means: Means, moves: Amounts, paid: Amounts) -> Decimal:
    """What cash should change by: purchases from it, the way to its target, and any debt before there are purchases."""
    if rule.mode == BUY_ONLY:
        return -total(paid)
    raised = total([part for bucket, part in zip(buckets, paid, strict=True) if bucket.is_cash])
    change = raised - _cash_given(buckets, moves)
    return max(change, means.debt) if means.debt else change


def _room(rule: Rule, buckets: Sequence[Bucket], full: Amounts, paid: Amounts) -> Room:
    """What is not enough for a multiple of one purchase may go to another, unless there is a cap."""
    if rule.rebalance_amount is not None:
        return Room(None, money.ZERO)
    left = [rounded_down(max(gap - part, money.ZERO)) for gap, part in zip(full, paid, strict=True)]
    return Room(left, total([room for bucket, room in zip(buckets, left, strict=True) if bucket.is_cash]))


def _buys(buckets: Sequence[Bucket], paid: Amounts, full: Amounts) -> tuple[list[Buy], list[_Failure]]:
    buys: list[Buy] = []
    failures = []
    for number, (bucket, amount, gap) in enumerate(zip(buckets, paid, full, strict=True)):
        if amount <= 0 or bucket.is_cash:
            continue
        parts = _given(bucket, amount)
        if parts is None:
            failures.append(_Failure((bucket.name, BUYING), amount, money.ZERO, bucket, gap))
        else:
            buys += [Buy(number, sink, part) for sink, part in zip(bucket.sinks, parts, strict=True) if part > 0]
    return buys, failures


def _given(bucket: Bucket, amount: Decimal) -> Amounts | None:
    return bought(bucket.sinks, amount, [sink.weight for sink in bucket.sinks], in_turn=bucket.in_turn)
