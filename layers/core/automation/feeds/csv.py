"""NAVs from CSV files with the header `scheme,date,nav`, in any order of columns, gzip allowed."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from automation import money
from automation.errors import InvalidInput

_COLUMNS: Final = ("scheme", "date", "nav")
_HIGHEST: Final = Decimal(10) ** 14
_GZIP: Final = b"\x1f\x8b"


class NavRow(NamedTuple):
    """One NAV, with the line that it stood on."""

    line: int
    product_id: str
    date: date
    nav: Decimal


def read(path: Path) -> list[NavRow]:
    """Every NAV of a file, or InvalidInput naming the first line that can't be read: a file is taken whole or not."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == _GZIP
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if zipped
            else path.open(encoding="utf-8", newline="") as file
        ):
            return list(_rows(path, file))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise InvalidInput(str(path), f"can't be read: {error}", hint="name a CSV file, gzip allowed") from error


def _rows(path: Path, file: Iterator[str]) -> Iterator[NavRow]:
    reader = csv.reader(file)
    header = [name.strip().lstrip("\ufeff").lower() for name in next(reader, [])]
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise InvalidInput(f"{path.name} line 1", f"has no column {missing[0]!r}", hint="the header is scheme,date,nav")
    places = [header.index(name) for name in _COLUMNS]
    seen: dict[tuple[str, date], int] = {}
    end = reader.line_num
    for fields in reader:
        # A quote that is never closed swallows lines: the row is named by the first of them.
        line, end = end + 1, reader.line_num
        if not fields:
            continue
        row = _row(path, line, fields, places, len(header))
        earlier = seen.setdefault((row.product_id, row.date), row.line)
        if earlier != row.line:
            raise _refused(path, row.line, f"repeats {row.product_id} {row.date} of line {earlier}")
        yield row


def _row(path: Path, line: int, fields: list[str], places: list[int], width: int) -> NavRow:
    if len(fields) != width:
        raise _refused(path, line, f"has {len(fields)} fields where the header has {width}")
    scheme, day, nav = (fields[place].strip() for place in places)
    if not scheme:
        raise _refused(path, line, "has no scheme")
    try:
        value = money.parse(nav)
        when = date.fromisoformat(day)
    except ValueError as error:
        raise _refused(path, line, str(error)) from error
    if not 0 < value < _HIGHEST or value != value.quantize(money.UNIT):
        raise _refused(path, line, f"nav {nav} is not above zero with at most 4 decimals")
    return NavRow(line, scheme, when, value)


def _refused(path: Path, line: int, message: str) -> InvalidInput:
    return InvalidInput(f"{path.name} line {line:,}", message, hint="correct the line and load the file again")
