"""CSV files with named columns that people keep: read whole or refused with the line and the field."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from automation.errors import InvalidInput

Parsers = Mapping[str, Callable[[str], Any]]


def read(path: Path, parsers: Parsers, key: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Every row with its line number, each field as its column's parser makes it of the text.

    The header has exactly the columns of `parsers`, in any order; `key` names those that tell rows apart.
    InvalidInput says which line and field is wrong, or repeats an earlier row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_distinct(path, _rows(path, file, parsers), key))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(str(path), f"can't be read: {error}", hint="name a CSV file") from error


def _rows(path: Path, file: Iterator[str], parsers: Parsers) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(file)
    header = [name.strip().lower() for name in next(reader, [])]
    _check_header(path, header, parsers)
    for fields in reader:
        if not fields:
            continue
        if len(fields) != len(header):
            raise refused(path, reader.line_num, f"has {len(fields)} fields where the header has {len(header)}")
        pairs = zip(header, fields, strict=True)
        yield reader.line_num, {name: _parsed(path, reader.line_num, name, text, parsers) for name, text in pairs}


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
    return InvalidInput(place, message, hint="correct the line and load the file again: nothing of it was kept")
