"""Money divided into whole paise, so that the parts sum exactly to the whole: the largest remainder first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final

from automation import money

# Far below a paisa, far above what 28 digits lose: an amount that is whole paise but for that is whole paise.
_NOISE: Final = Decimal("1e-8")


def in_paise(amounts: Sequence[Decimal]) -> list[Decimal]:
    """The same amounts in whole paise, each up to a paisa more or less; together what they are, rounded down."""
    exact = [amount.quantize(_NOISE, ROUND_HALF_UP) for amount in amounts]
    return _filled(exact, rounded_down(sum(amounts, money.ZERO)))


def proportional(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Whole paise divided in proportion to weights, which are not negative and not all zero."""
    whole = sum(weights, money.ZERO)
    return _filled([(total * weight / whole).quantize(_NOISE, ROUND_HALF_UP) for weight in weights], total)


def rounded_up(amount: Decimal) -> Decimal:
    """Whole paise that are enough."""
    return amount.quantize(_NOISE, ROUND_HALF_UP).quantize(money.PAISA, ROUND_UP)


def rounded_down(amount: Decimal) -> Decimal:
    """Whole paise that are there."""
    return money.paid_out(amount.quantize(_NOISE, ROUND_HALF_UP))


def _filled(exact: list[Decimal], total: Decimal) -> list[Decimal]:
    parts = [money.paid_out(part) for part in exact]
    left = int((total - sum(parts, money.ZERO)) / money.PAISA)
    if left > 0:
        for i in sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])[:left]:
            parts[i] += money.PAISA
    return parts
