"""CSV files with named columns that people keep: read whole or refused with the line and the field."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from automation.errors import InvalidInput

_LONGEST: Final = 300
Parsers = Mapping[str, Callable[[str], Any]]


def read(path: Path, parsers: Parsers, key: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Every row with its line number, each field as its column's parser makes it of the text.

    The header has exactly the columns of `parsers`, in any order; `key` names those that tell rows apart.
    InvalidInput says which line and field is wrong, or repeats an earlier row.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(str(path), f"can't be read: {error}", hint="name a CSV file") from error
    return list(_distinct(path, _rows(path, data, parsers), key))


def lines(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The header and the rows of a CSV file's content, each with the line that it begins on; empty lines are left out.

    InvalidInput names the line that is no UTF-8 or no CSV. A quote that is never closed swallows lines: its row is
    named by the first of them.
    """
    reader = csv.reader(io.StringIO(_decoded(path, data), newline=""))
    end = 0
    try:
        for fields in reader:
            begin, end = end + 1, reader.line_num
            if fields:
                yield begin, fields
    except csv.Error as error:
        raise refused(path, end + 1, f"is no CSV: {error}") from error


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(error.object[: error.start + 1].splitlines())
        raise refused(path, line, f"holds the byte 0x{error.object[error.start]:02X}, which is no UTF-8") from error


def _rows(path: Path, data: bytes, parsers: Parsers) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = lines(path, data)
    _, first = next(rows, (1, []))
    header = [name.strip().lower() for name in first]
    _check_header(path, header, parsers)
    for line, fields in rows:
        if len(fields) != len(header):
            raise refused(path, line, f"has {len(fields)} fields where the header has {len(header)}")
        yield line, {name: _parsed(path, line, name, text, parsers) for name, text in zip(header, fields, strict=True)}


def _check_header(path: Path, header: list[str], parsers: Parsers) -> None:
    hint = f"the header is {','.join(parsers)}"
    missing = [name for name in parsers if name not in header]
    if missing:
        raise InvalidInput(f"{path.name} line 1", f"has no column {missing[0]!r}", hint=hint)
    unknown = [name for name in header if name not in parsers]
    if unknown or len(set(header)) < len(header):
        what = f"has a column {unknown[0]!r}, which is not known" if unknown else "names a column twice"
        raise InvalidInput(f"{path.name} line 1", what, hint=hint)


def _parsed(path: Path, line: int, name: str, text: str, parsers: Parsers) -> Any:
    try:
        return parsers[name](text.strip())
    except ValueError as error:
        raise refused(path, line, str(error), name) from error


def _distinct(
    path: Path, rows: Iterator[tuple[int, dict[str, Any]]], key: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    seen: dict[tuple[Any, ...], int] = {}
    for line, row in rows:
        named = tuple(row[name] for name in key)
        if named in seen:
            raise refused(path, line, f"repeats {' '.join(map(str, named))} of line {seen[named]:,}")
        seen[named] = line
        yield line, row


def refused(path: Path, line: int, message: str, field: str = "") -> InvalidInput:
    """The error for one line, and where known one field of it."""
    place = f"{path.name} line {line:,}" + (f" {field}" if field else "")
    return InvalidInput(place, _cut(message), hint="correct the line and load the file again: nothing of it was kept")


def _cut(message: str) -> str:
    """A message that quotes what an unclosed quote has swallowed is too long to be read."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
