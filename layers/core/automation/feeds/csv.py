"""Prices from CSV files with the header `scheme,date,nav` or `instrument,date,price`, in any order of columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from automation import money
from automation.errors import InvalidInput
from automation.feeds import content, table
from automation.feeds.table import refused
from automation.fields import day as read_day

_SCHEMES: Final = ("scheme", "date", "nav")
_INSTRUMENTS: Final = ("instrument", "date", "price")
_HIGHEST: Final = Decimal(10) ** 14


class NavRow(NamedTuple):
    """One NAV, or the price of another instrument, with the line that it stood on."""

    line: int
    product_id: str
    date: date
    nav: Decimal


def read(path: Path) -> list[NavRow]:
    """Every NAV of a file, gzip allowed; InvalidInput as `parse` has it, or for a file that can't be read."""
    return parse(path, content.read(path))


def parse(path: Path, data: bytes) -> list[NavRow]:
    """Every NAV of a file's content, or InvalidInput naming the first line that can't be read: whole or not at all."""
    return list(_rows(path, table.lines(path, data)))


def _rows(path: Path, lines: Iterator[tuple[int, list[str]]]) -> Iterator[NavRow]:
    _, first = next(lines, (1, []))
    header = [name.strip().lower() for name in first]
    columns = _columns(path, header)
    places = [header.index(name) for name in columns]
    seen: dict[tuple[str, date], int] = {}
    for line, fields in lines:
        if len(fields) != len(header):
            raise refused(path, line, f"has {len(fields)} fields where the header has {len(header)}")
        row = _row(path, line, [fields[place].strip() for place in places], columns)
        earlier = seen.setdefault((row.product_id, row.date), row.line)
        if earlier != row.line:
            raise refused(path, row.line, f"repeats {row.product_id} {row.date} of line {earlier}")
        yield row


def _columns(path: Path, header: Sequence[str]) -> Sequence[str]:
    columns = _INSTRUMENTS if {"instrument", "price"} & set(header) else _SCHEMES
    missing = [name for name in columns if name not in header]
    if missing:
        hint = f"the header is {','.join(_SCHEMES)} or {','.join(_INSTRUMENTS)}"
        raise InvalidInput(f"{path.name} line 1", f"has no column {missing[0]!r}", hint=hint)
    return columns


def _row(path: Path, line: int, fields: Sequence[str], columns: Sequence[str]) -> NavRow:
    product, day, price = fields
    if not product:
        raise refused(path, line, f"has no {columns[0]}")
    try:
        value = money.parse(price)
        when = read_day(day)
    except ValueError as error:
        raise refused(path, line, str(error)) from error
    if not 0 < value < _HIGHEST or value != value.quantize(money.UNIT):
        raise refused(path, line, f"{columns[2]} {price} is not above zero with at most 4 decimals")
    return NavRow(line, product, when, value)
