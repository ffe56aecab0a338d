"""Money, units and percents: exact decimals, rounded once, at the edge, in a named direction.

Money has 2 decimals, units 4, NAV 4, percents 4. Nothing here is ever a float.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final

PAISA: Final = Decimal("0.01")
UNIT: Final = Decimal("0.0001")
ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)

_STRICT = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,8})?")


def parse(text: str) -> Decimal:
    """Read a plain decimal: digits, one optional point, an optional minus; no exponent, space, sign or NaN.

    Raises ValueError on anything else, `-0` included.
    """
    if not _STRICT.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain decimal such as 1500 or 1500.50")
    value = Decimal(text)
    if value == 0 and text.startswith("-"):
        raise ValueError(f"{text!r} is not a plain decimal: zero has no sign")
    return value


def paid_out(amount: Decimal) -> Decimal:
    """Money that leaves the portfolio, in whole paise: rounded down."""
    return amount.quantize(PAISA, ROUND_DOWN)


def nearest(amount: Decimal) -> Decimal:
    """Money that is neither bought nor paid, such as a stepped-up instalment: to the nearest paisa."""
    return amount.quantize(PAISA, ROUND_HALF_UP)


def bought(amount: Decimal, nav: Decimal) -> Decimal:
    """Units that an amount buys at a NAV: rounded down."""
    return (amount / nav).quantize(UNIT, ROUND_DOWN)


def sold(amount: Decimal, nav: Decimal) -> Decimal:
    """Units that must be redeemed to be worth at least an amount at a NAV: rounded up."""
    return (amount / nav).quantize(UNIT, ROUND_UP)


def to_multiple(amount: Decimal, multiple: Decimal) -> Decimal:
    """The largest multiple that is not above the amount."""
    return amount - amount % multiple


def split(amount: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """Split whole paise by percents that sum to 100, so that the parts sum exactly to the amount.

    Largest remainder: each part is rounded down, the paise left over go to the largest remainders, the
    earlier part first where two are equal.
    """
    exact = [amount * percent / HUNDRED for percent in percents]
    parts = [paid_out(part) for part in exact]
    left = int((amount - sum(parts, ZERO)) / PAISA)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[:left]:
        parts[i] += PAISA
    return parts


def percent_of(part: Decimal, whole: Decimal) -> Decimal:
    """A part in percent of the whole, to 4 decimals."""
    return (part / whole * HUNDRED).quantize(UNIT, ROUND_HALF_UP)
