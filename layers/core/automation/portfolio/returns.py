"""The money-weighted return of dated flows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

_LOWEST: Final = -0.99
_HIGHEST: Final = 1e6


def xirr(flows: Sequence[tuple[date, Decimal]]) -> float | None:
    """The annual effective rate at which the flows (money paid in negative) are worth nothing today, ACT/365.

    None where it is undefined: no flow of one sign, or no rate between -99 % and 10,000,000 % does it.
    """
    if not any(amount > 0 for _, amount in flows) or not any(amount < 0 for _, amount in flows):
        return None
    start = min(day for day, _ in flows)
    dated = [((day - start).days / 365, float(amount)) for day, amount in flows]
    low, high = _LOWEST, 1.0
    while _value(dated, low) * _value(dated, high) > 0:
        high *= 10
        if high > _HIGHEST:
            return None
    return _root(dated, low, high)


def _value(flows: Sequence[tuple[float, float]], rate: float) -> float:
    return math.fsum(amount / (1 + rate) ** years for years, amount in flows)


def _root(flows: Sequence[tuple[float, float]], low: float, high: float) -> float:
    """Bisection: slower than Newton's way, and never lost."""
    rising = _value(flows, low) < 0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (_value(flows, middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
