"""Tables and lines on a terminal, or plain and wide where there is none. NO_COLOR is honoured."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from automation.calendar.occurrences import Occurrence

_WIDE: Final = 200


def console() -> Console:
    """Standard output: as wide as the terminal; without one wide enough that no cell is cut."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE
    return Console(markup=False, highlight=False, emoji=False, width=width)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], wrap: Sequence[str] = ()) -> Table:
    """A table under its title; columns named in `wrap` may break their lines, a tuple in a cell is lines of its own.

    Numbers stand to the right.
    """
    cells = list(rows)
    made = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_header=any(column.strip() for column in columns),
    )
    for number, column in enumerate(columns):
        figures = all(isinstance(row[number], Decimal | int) for row in cells)
        made.add_column(
            Text(column),
            justify="right" if figures else "left",
            overflow="fold",
            no_wrap=column not in wrap,
        )
    for row in cells:
        made.add_row(*map(_cell, row))
    return made


def _cell(value: object) -> Text:
    lines = value if isinstance(value, tuple) else (value,)
    return Text("\n").join(Text(words(line)) for line in lines)


def words(value: object) -> str:
    """A value as people read it: thousands set apart, instants in this machine's time, nothing for None."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}" if value.tzinfo else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal | int):
        return f"{value:,}"
    return "".join(letter if letter.isprintable() else "�" for letter in str(value))


def local(at: datetime | None, zone: str) -> str:
    """An instant in a client's zone."""
    return "-" if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def coming(title: str, occurrences: Sequence[Occurrence], zone: str) -> Table:
    """Occurrences: the planned date, the actual one, and why they differ."""
    rows = [
        (
            f"{each.nominal:%a %Y-%m-%d %H:%M}",
            "skipped" if each.skipped else local(each.due, zone),
            each.note or "as planned",
        )
        for each in occurrences
    ]
    return table(f"{title} ({zone})", ("planned", "actual", "reason"), rows, wrap=("reason",))


def as_json(value: Any) -> str:
    """Data as indented JSON: instants with Z, decimals, dates and times of day as strings, lengths in seconds."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
