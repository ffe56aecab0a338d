"""Exceptions of market calendars to Monday to Friday, from a CSV file with the header `exchange,date,kind`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from automation.calendar.business_days import is_weekend
from automation.feeds import table
from automation.fields import day

_KINDS: Final = {"closed_weekday": "closed", "open_weekend": "session"}


class HolidayRow(NamedTuple):
    """One exception: `kind` is closed (a weekday without business) or session (a weekend day with it)."""

    calendar: str
    date: date
    kind: str


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _kind(text: str) -> str:
    if text not in _KINDS:
        raise ValueError(f"{text!r} is none of: {', '.join(_KINDS)}")
    return _KINDS[text]


_PARSERS: Final[table.Parsers] = {"exchange": _name, "date": day, "kind": _kind}


def read(path: Path) -> list[HolidayRow]:
    """Every exception of a file; InvalidInput names the line and the field that is wrong."""
    rows = table.read(path, _PARSERS, ["exchange", "date"])
    return [_checked(path, line, HolidayRow(row["exchange"], row["date"], row["kind"])) for line, row in rows]


def _checked(path: Path, line: int, row: HolidayRow) -> HolidayRow:
    if is_weekend(row.date) != (row.kind == "session"):
        wanted = "open_weekend" if is_weekend(row.date) else "closed_weekday"
        raise table.refused(path, line, f"{row.date} is a {row.date:%A}: only {wanted} can be said of it", "kind")
    return row
