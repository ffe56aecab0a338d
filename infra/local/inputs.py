"""What people write on the command line or in files, read strictly; InvalidInput names what is wrong."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from automation import money
from automation.calendar.schedule import instant as local_instant
from automation.errors import InvalidInput
from automation.fields import distinct
from infra.local.database_url import LAST_PORT


def json_object(source: str, stdin: TextIO) -> dict[str, Any]:
    """A JSON object from a file, or from standard input where the source is `-`."""
    name = "standard input" if source == "-" else source
    try:
        text = stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        found = json.loads(text, object_pairs_hook=distinct)
    except json.JSONDecodeError as error:
        place = f"{name} line {error.lineno}"
        raise InvalidInput(place, f"is no JSON: {error.msg}", hint="correct it and try again") from error
    except (OSError, UnicodeDecodeError) as error:
        hint = "name a JSON file, or - for standard input"
        raise InvalidInput(name, f"can't be read: {error}", hint=hint) from error
    if not isinstance(found, dict):
        raise InvalidInput(name, "is no JSON object", hint='write an object: {"…": …}')
    return found


def day(field: str, text: str) -> date:
    """A date, as 2026-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field, f"{text!r} is not a date", hint="write it as 2026-01-31") from error


def instant(field: str, text: str, zone: str | None = None) -> datetime:
    """An aware instant; with a zone also a local time, or a date for its first moment."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            field, f"{text!r} is not an instant", hint="write it as 2026-01-05T10:00:00+05:30"
        ) from error
    if found.tzinfo is not None:
        return found.astimezone(ZoneInfo("UTC"))
    if zone is None:
        raise InvalidInput(field, f"{text!r} has no zone", hint="write it as 2026-01-05T10:00:00+05:30, or with Z")
    return local_instant(found.date(), found.time(), zone)


def amount(field: str, text: str) -> Decimal:
    """A plain decimal."""
    try:
        return money.parse(text)
    except ValueError as error:
        raise InvalidInput(field, str(error), hint="write it as 1500.50") from error


def port(field: str, number: int) -> int:
    """A TCP port that a server can be told to listen on."""
    if not 1 <= number <= LAST_PORT:
        raise InvalidInput(field, f"{number} is no port", hint=f"name one from 1 to {LAST_PORT}, or none: any free one")
    return number


def person() -> str:
    """Who is at the keyboard, as the record of what people change has it: `cli:` and the user of the system."""
    return f"cli:{os.environ.get('USER') or os.environ.get('USERNAME') or 'unknown'}"
