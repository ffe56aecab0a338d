"""Products (schemes) with the terms that orders need, from a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from automation import money
from automation.feeds import table
from automation.rebalancing.rule import CASH

_LARGEST: Final = Decimal(10) ** 16
_LONGEST_DAYS: Final = 36_500


class ProductRow(NamedTuple):
    """A scheme's terms: money in its currency with 2 decimals, the load in percent, days, the cut-off's local time."""

    id: str
    name: str
    amc: str
    asset_class: str
    min_purchase: Decimal
    purchase_multiple: Decimal
    min_redemption: Decimal
    exit_load_percent: Decimal
    exit_load_days: int
    lock_in_days: int
    cut_off_time: time
    calendar: str
    settlement_days: int


def _text(text: str) -> str:
    if not text or len(text) > 200:
        raise ValueError("is empty" if not text else "is longer than 200 characters")
    return text


def _name(text: str) -> str:
    if text.lower() == CASH:
        raise ValueError(f"{text!r} is what targets call the client's balance: name it otherwise, as liquid")
    return _text(text)


def _amount(text: str) -> Decimal:
    value = money.parse(text)
    if not 0 < value < _LARGEST or value != value.quantize(money.PAISA):
        raise ValueError(f"{text} is not above zero with at most 2 decimals")
    return value


def _percent(text: str) -> Decimal:
    value = money.parse(text)
    if not 0 <= value < money.HUNDRED or value != value.quantize(money.UNIT):
        raise ValueError(f"{text} is not from 0 to below 100 with at most 4 decimals")
    return value


def _days(most: int) -> Callable[[str], int]:
    def days(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= most):
            raise ValueError(f"{text!r} is not a whole number of days from 0 to {most:,}")
        return int(text)

    return days


def _time(text: str) -> time:
    if len(text) != len("15:00"):
        raise ValueError(f"{text!r} is not a time, written as 15:00")
    return time.fromisoformat(text)


_PARSERS: Final[table.Parsers] = {
    "id": _name,
    "name": _text,
    "amc": _text,
    "asset_class": _name,
    "min_purchase": _amount,
    "purchase_multiple": _amount,
    "min_redemption": _amount,
    "exit_load_percent": _percent,
    "exit_load_days": _days(_LONGEST_DAYS),
    "lock_in_days": _days(_LONGEST_DAYS),
    "cut_off_time": _time,
    "calendar": _text,
    "settlement_days": _days(30),
}


def read(path: Path) -> list[ProductRow]:
    """Every product of a file; InvalidInput names the line and the field that is wrong."""
    return [ProductRow(**row) for _, row in table.read(path, _PARSERS, ["id"])]
