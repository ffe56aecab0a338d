"""A file of prices, in whichever of the known formats its content shows it to be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from automation.errors import InvalidInput
from automation.feeds import amfi, content, csv
from automation.feeds.amfi import Listing
from automation.feeds.csv import NavRow


def read(path: Path, limit: int, latest: date | None) -> Listing | list[NavRow]:
    """AMFI's listing of all schemes, or the rows of a CSV file; both as `.gz` too.

    InvalidInput where the file is neither, holds more than `limit` bytes, or is refused by its format; `latest` is
    the last date that a NAV of the listing may have.
    """
    data = content.read(path, limit)
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    header = start.partition(b"\n")[0]
    if start.startswith(b"<"):
        raise InvalidInput(path.name, "is an HTML page, not data", hint="check the address that it is from")
    if b";" in header:
        return amfi.parse(path, data, latest)
    if b"," in header:
        return _some(path, csv.parse(path, data))
    what = "has a header that is not known" if header else "is empty"
    hint = "the header is that of AMFI's NAVAll.txt, scheme,date,nav or instrument,date,price"
    raise InvalidInput(f"{path.name} line 1", what, hint=hint)


def _some(path: Path, rows: list[NavRow]) -> list[NavRow]:
    if not rows:
        raise InvalidInput(path.name, "holds no NAV", hint="put a line below the header and load it again")
    return rows
