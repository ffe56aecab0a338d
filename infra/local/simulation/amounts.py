"""Amounts of money as people say them: in lakh and crore where the currency is the rupee."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_RUPEE: Final = "INR"
_SCALES: Final = {
    _RUPEE: ((Decimal(10) ** 7, " crore"), (Decimal(10) ** 5, " lakh"), (Decimal(1), "")),
    "": ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " m"), (Decimal(1), "")),
}
_DIGITS: Final = 3


def short(amount: Decimal, currency: str) -> str:
    """`₹4.20 crore`, `₹24.5 lakh`, `₹9,500`, `EUR 1.25 m`: three digits, or all below the smallest unit."""
    sign = "-" if amount < 0 else ""
    scale, unit = next(
        (each for each in _SCALES.get(currency, _SCALES[""]) if abs(amount) >= each[0]), (Decimal(1), "")
    )
    mark = "₹" if currency == _RUPEE else f"{currency} "
    return f"{sign}{mark}{_figures(abs(amount) / scale, whole=not unit)}{unit}"


def tick(amount: float, currency: str) -> str:
    """The same for an axis: no digits that say nothing."""
    text = short(Decimal(str(round(amount, 6))), currency)
    number, space, unit = text.partition(" ") if currency == _RUPEE else text.rpartition(" ")
    return text if "." not in text else _trimmed(number, space, unit)


def _trimmed(number: str, space: str, unit: str) -> str:
    return number.rstrip("0").rstrip(".") + space + unit


def _figures(number: Decimal, *, whole: bool) -> str:
    digits = len(str(int(number)))
    decimals = 0 if whole else max(_DIGITS - digits, 0)
    return f"{number:,.{decimals}f}"
