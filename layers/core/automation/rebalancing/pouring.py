"""Cash that fills the lowest buckets first, as water does, each up to the same multiple of its target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from automation import money
from automation.rebalancing.bucket import Bucket
from automation.rebalancing.wanted import Amounts, total


def poured(buckets: Sequence[Bucket], cash: Decimal | None, closed: Collection[str] = ()) -> Amounts:
    """Money per bucket from so much cash, or from as much as it takes; never more than what restores the targets.

    Where the targets count cash, only what is above its target is used. Those that can't buy, and what is `closed`,
    get nothing of a limited amount.
    """
    filled = [each for each in buckets if each.target > 0 and not each.is_cash]
    level = max([each.value / each.target for each in filled], default=money.ZERO)
    for bucket in buckets:
        if bucket.is_cash:
            level = total([each.value for each in buckets]) / money.HUNDRED
            cash = None if cash is None else min(cash, bucket.value - bucket.target * level)
    if cash is not None:
        filled = [each for each in filled if each.sinks and each.name not in closed]
        level = min(level, _level(filled, max(cash, money.ZERO)))
    names = {each.name for each in filled}
    return [max(level * each.target - each.value, money.ZERO) if each.name in names else money.ZERO for each in buckets]


def _level(buckets: Sequence[Bucket], cash: Decimal) -> Decimal:
    """Up to which money per percent the cash fills the buckets."""
    percent = value = level = money.ZERO
    for bucket in sorted(buckets, key=lambda each: each.value / each.target):
        if percent and bucket.value / bucket.target >= level:
            break
        percent += bucket.target
        value += bucket.value
        level = (value + cash) / percent
    return level
