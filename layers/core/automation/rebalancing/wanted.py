"""How much money each bucket should gain or lose: to its target, and what of that its band calls for.

Money per bucket is a list in the order of the buckets, positive for what is to be bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.drift import outside
from automation.rebalancing.rule import DRIFT, TO_BAND, Rule

Amounts = list[Decimal]


class Gaps(NamedTuple):
    """What brings each bucket to its target (`full`), and what of it has to be done (`needed`).

    `least` is how much has to be bought of whatever it is, where the drift of the portfolio counts.
    """

    full: Amounts
    needed: Amounts
    least: Decimal = money.ZERO


def total(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, money.ZERO)


def gained(amounts: Sequence[Decimal]) -> Decimal:
    return total([amount for amount in amounts if amount > 0])


def lost(amounts: Sequence[Decimal]) -> Decimal:
    return -total([amount for amount in amounts if amount < 0])


def on_target(rule: Rule, buckets: Sequence[Bucket]) -> bool:
    """Whether there is nothing to do: all within what rounding makes of it or, to the band, strictly inside."""
    whole = total([bucket.value for bucket in buckets])
    if has_band(rule):
        off = {each.name: each.value * money.HUNDRED - each.target * whole for each in buckets}
        return not outside(rule, off, whole)
    slack = total(tolerances(buckets))
    return all(abs(gap) <= slack for gap in to_target(buckets, whole))


def has_band(rule: Rule) -> bool:
    """Whether the rule stops at its band; without a threshold there is none."""
    return rule.rebalance_to == TO_BAND and rule.threshold_percent is not None


def tolerances(buckets: Sequence[Bucket]) -> Amounts:
    """The money by which rounding may keep each bucket from its target: its own steps and its share of all."""
    steps = total([bucket.step for bucket in buckets])
    return [bucket.step + bucket.target * steps / money.HUNDRED for bucket in buckets]


def to_target(buckets: Sequence[Bucket], whole: Decimal) -> Amounts:
    """What brings each bucket to its percents of a whole."""
    return [bucket.target * whole / money.HUNDRED - bucket.value for bucket in buckets]


def gaps(rule: Rule, buckets: Sequence[Bucket], loss: Decimal) -> Gaps:
    """The gaps in a whole that loses some money on the way to loads or a debt."""
    whole = total([bucket.value for bucket in buckets]) - loss
    full = to_target(buckets, whole)
    if not has_band(rule):
        return Gaps(full, full)
    slack = _slack(buckets)
    if rule.strategy == DRIFT:
        allowed = max((rule.threshold_percent or money.ZERO) * whole / money.HUNDRED - 2 * slack, money.ZERO)
        return Gaps(full, [money.ZERO] * len(full), _beyond(gained(full), allowed, slack))
    widths = [max(width(rule, bucket, whole) - 2 * slack, money.ZERO) for bucket in buckets]
    return Gaps(full, [_beyond(gap, wide, slack) for gap, wide in zip(full, widths, strict=True)])


def _beyond(gap: Decimal, width: Decimal, slack: Decimal) -> Decimal:
    """What of a gap is beyond a width; what is so little that a plan before may have left it is nothing."""
    beyond = gap - max(-width, min(gap, width))
    return beyond if abs(beyond) > slack else money.ZERO


def _slack(buckets: Sequence[Bucket]) -> Decimal:
    """How far from the edge of a band rounding and multiples may take a trade that is meant for it.

    Twice that far inside is meant, so that once that far inside is come to.
    """
    multiples = [max([sink.multiple for sink in bucket.sinks], default=money.ZERO) for bucket in buckets]
    return total(tolerances(buckets)) + total(multiples)


def width(rule: Rule, bucket: Bucket, whole: Decimal) -> Decimal:
    """Half the money between the edges of a bucket's band: the threshold, or the relative band where it is narrower."""
    points = rule.threshold_percent or money.ZERO
    if rule.relative_band_percent is not None and bucket.target > 0:
        points = min(points, rule.relative_band_percent * bucket.target / money.HUNDRED)
    return points * whole / money.HUNDRED


def balanced(gaps: Gaps, loss: Decimal) -> Amounts:
    """What is needed and, where that is one-sided, the other side further toward its targets, pro rata to what is left.

    Sales that pay for the purchases and the loss; fewer of either where the full gaps have no more.
    """
    full, needed, least = gaps
    if full is needed:
        return full
    bought = max(gained(needed), lost(needed) - loss, least)
    sold = max(lost(needed), min(bought, gained(full)) + loss)
    more, less = (
        _part(sum_of(full) - sum_of(needed), wanted - sum_of(needed))
        for sum_of, wanted in ((gained, bought), (lost, sold))
    )
    return [need + (gap - need) * (more if gap > 0 else less) for gap, need in zip(full, needed, strict=True)]


def _part(there: Decimal, wanted: Decimal) -> Decimal:
    return min(max(wanted, money.ZERO) / there, Decimal(1)) if there > 0 else money.ZERO
