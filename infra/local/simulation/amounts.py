"""Amounts of money as people say them: in lakh and crore where the currency is the rupee."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Final

_RUPEE: Final = "INR"
_SCALES: Final = {
    _RUPEE: ((Decimal(10) ** 7, " crore"), (Decimal(10) ** 5, " lakh")),
    "": ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " m")),
}
_NO_SCALE: Final = (Decimal(1), "")
_IDLE_ZEROS: Final = re.compile(r"(?:\.0+|(\.\d*?)0+)(?= )")
_DIGITS: Final = 3
_ROUNDED: Final = Context(prec=_DIGITS)


def short(amount: Decimal, currency: str) -> str:
    """`₹4.20 crore`, `₹24.5 lakh`, `₹9,500`, `EUR 1.25 m`: three digits, and all of them below a lakh or million."""
    rounded = abs(_ROUNDED.plus(amount))
    scale, unit = next((each for each in _SCALES.get(currency, _SCALES[""]) if rounded >= each[0]), _NO_SCALE)
    mark = "₹" if currency == _RUPEE else f"{currency} "
    return ("-" if amount < 0 else "") + mark + (_figures(rounded / scale) if unit else f"{abs(amount):,.0f}") + unit


def tick(amount: float, currency: str) -> str:
    """The same for the scale of a chart, whose amounts are round: without the digits that say nothing."""
    return _IDLE_ZEROS.sub(r"\1", short(Decimal(str(amount)), currency))


def _figures(number: Decimal) -> str:
    return f"{number:,.{max(_DIGITS - len(str(int(number))), 0)}f}"
