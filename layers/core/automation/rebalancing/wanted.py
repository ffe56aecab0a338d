"""How much money each bucket should gain or lose, were there no limits: to the targets or just inside the bands.

Money per bucket is a list in the order of the buckets, positive for what is to be bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from automation import money
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.drift import outside
from automation.rebalancing.rule import DRIFT, TO_BAND, Rule

Amounts = list[Decimal]


def total(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, money.ZERO)


def on_target(rule: Rule, buckets: Sequence[Bucket]) -> bool:
    """Whether there is nothing to do: all within what rounding makes of it or, to the band, strictly inside."""
    whole = total([bucket.value for bucket in buckets])
    if has_band(rule):
        off = {each.name: each.value * money.HUNDRED - each.target * whole for each in buckets}
        return not outside(rule, off, whole)
    return all(abs(gap) <= slack for gap, slack in zip(to_target(buckets, whole), tolerances(buckets), strict=True))


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


def wanted(rule: Rule, buckets: Sequence[Bucket], loss: Decimal) -> Amounts:
    """What brings each bucket to where it should be of a whole that loses some money on the way; summed, less that."""
    whole = total([bucket.value for bucket in buckets]) - loss
    gaps = to_target(buckets, whole)
    if not has_band(rule):
        return gaps
    margin = total(tolerances(buckets))
    if rule.strategy == DRIFT:
        return _to_drift(rule, gaps, whole, margin)
    return _to_bands(gaps, [max(width(rule, each, whole) - margin, money.ZERO) for each in buckets])


def width(rule: Rule, bucket: Bucket, whole: Decimal) -> Decimal:
    """Half the money between the edges of a bucket's band: the threshold, or the relative band where it is narrower."""
    points = rule.threshold_percent or money.ZERO
    if rule.relative_band_percent is not None and bucket.target > 0:
        points = min(points, rule.relative_band_percent * bucket.target / money.HUNDRED)
    return points * whole / money.HUNDRED


def _to_bands(gaps: Amounts, widths: Amounts) -> Amounts:
    """Clip each gap to its band; what is then bought or sold too much goes on toward the targets, pro rata."""
    left = [max(-wide, min(gap, wide)) for gap, wide in zip(gaps, widths, strict=True)]
    under = total([gap for gap in left if gap > 0])
    over = -total([gap for gap in left if gap < 0])
    kept = min(under, over)
    return [
        gap - (rest * kept / (under if rest > 0 else over) if rest else money.ZERO)
        for gap, rest in zip(gaps, left, strict=True)
    ]


def _to_drift(rule: Rule, gaps: Amounts, whole: Decimal, margin: Decimal) -> Amounts:
    """All gaps in proportion, so far that the portfolio's drift is below the threshold."""
    drift = total([abs(gap) for gap in gaps]) / 2
    allowed = max((rule.threshold_percent or money.ZERO) * whole / money.HUNDRED - margin, money.ZERO)
    return [gap * max(drift - allowed, money.ZERO) / drift if drift else money.ZERO for gap in gaps]
