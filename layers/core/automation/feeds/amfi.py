"""AMFI's `NAVAll.txt`: every scheme of every fund house with its last NAV, below lines that name category and house.

Source: https://www.amfiindia.com/net-asset-value, "Latest NAV".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from automation import money
from automation.errors import InvalidInput

_FIRST: Final = ("Scheme Code", "ISIN Div Payout/ ISIN Growth", "ISIN Div Reinvestment", "Scheme Name")
SIX: Final = (*_FIRST, "Net Asset Value", "Date")
EIGHT: Final = (*_FIRST, "Net Asset Value", "Repurchase Price", "Sale Price", "Date")

# A file is refused when more of its lines are bad than both of these.
_BAD_LINES: Final = 10
_BAD_PERCENT: Final = 1

_SECTION: Final = re.compile(r".*\bschemes?\s*\((?P<category>.+)\)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_NO_NAV: Final = frozenset({"", "-", "NA", "BC"})
_HIGHEST: Final = Decimal(10) ** 14 - 1
_LOWEST: Final = money.UNIT / 2  # what is less is zero to 4 decimals
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_NAME: Final = 400

# The first word that a category holds decides; what holds none is other.
_CLASSES: Final = (
    ("liquid", "liquid"),
    ("overnight", "liquid"),
    ("gold etf", "gold"),
    ("hybrid", "hybrid"),
    ("balanced", "hybrid"),
    ("debt", "debt"),
    ("income", "debt"),
    ("gilt", "debt"),
    ("money market", "debt"),
    ("floating rate", "debt"),
    ("equity", "equity"),
    ("elss", "equity"),
    ("growth", "equity"),
)


class SchemeRow(NamedTuple):
    """One scheme, with the line that it stood on; `nav` and `date` are None where the file has no NAV of it."""

    line: int
    code: str
    isin: str | None
    isin_reinvest: str | None
    name: str
    amc: str
    category: str
    nav: Decimal | None
    date: date | None


class Skipped(NamedTuple):
    """A line that was left out, and why."""

    line: int
    why: str


class Listing(NamedTuple):
    """A whole reading of the file."""

    schemes: Sequence[SchemeRow]
    skipped: Sequence[Skipped]


class _Heading(NamedTuple):
    """The category and the house below whose lines a scheme stands."""

    category: str = ""
    amc: str = ""


def parse(path: Path, data: bytes, latest: date | None) -> Listing:
    """Every scheme of a file's content; a bad line is left out, a NAV of after `latest` makes one.

    InvalidInput refuses the whole file: other columns than the known ones or in another order, an end in the middle
    of a line, too many bad lines, no NAV at all.
    """
    lines = data.decode("utf-8-sig", errors="replace").split("\n")
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), len(lines))
    width = _width(path, first, lines[first - 1])
    listing = _distinct(_read(lines, first, width, latest))
    _check(path, lines, listing)
    return listing


def asset_class(category: str) -> str:
    """The class that a category belongs to: liquid, gold, hybrid, debt, equity or other."""
    words = category.lower()
    return next((found for word, found in _CLASSES if word in words), "other")


def _width(path: Path, line: int, header: str) -> int:
    """How many fields a line has; InvalidInput where the header is not one of the two that are known."""
    found = [_plain(name) for name in header.split(";")]
    known = EIGHT if len(found) == len(EIGHT) else SIX
    wanted = [_plain(name) for name in known]
    if found == wanted:
        return len(known)
    hint = f"the header is {';'.join(SIX)}, or with Repurchase Price;Sale Price before Date"
    if len(found) != len(wanted):
        raise InvalidInput(f"{path.name} line {line}", f"has {len(found)} columns, not 6 or 8", hint=hint)
    place = next(place for place, (one, other) in enumerate(zip(found, wanted, strict=True)) if one != other)
    what = f"has {header.split(';')[place].strip()!r} as column {place + 1} where {known[place]!r} is due"
    raise InvalidInput(f"{path.name} line {line}", what, hint=hint)


def _plain(name: str) -> str:
    """A column's name without what may differ: case, spaces, punctuation."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _read(lines: Sequence[str], first: int, width: int, latest: date | None) -> Iterator[SchemeRow | Skipped]:
    heading = _Heading()
    for number, text in enumerate(lines[first:], first + 1):
        line = text.strip()
        if not line:
            continue
        try:
            if ";" in line:
                yield _scheme(number, line, width, heading, latest)
            else:
                heading = _below(heading, line)
        except ValueError as error:
            yield Skipped(number, str(error))


def _below(heading: _Heading, line: str) -> _Heading:
    """The heading from a line without fields on. A category's first house follows it."""
    section = _SECTION.fullmatch(line)
    if section:
        return _Heading(_tidy(section["category"]))
    if "fund" not in line.lower():
        raise ValueError(f"{line[:40]!r} is neither a scheme nor a category nor a fund house")
    return heading._replace(amc=_tidy(line))


def _scheme(number: int, line: str, width: int, heading: _Heading, latest: date | None) -> SchemeRow:
    """The scheme of one line; ValueError says what is wrong with it."""
    fields = [field.strip() for field in line.split(";")]
    if len(fields) != width:
        raise ValueError(f"has {len(fields)} fields where the header has {width}")
    code, isin, reinvest, name, nav = fields[:5]
    if not (code.isascii() and code.isdecimal() and len(code) <= 12):
        raise ValueError(f"scheme code {code[:40]!r} is not a number")
    if not name or len(name) > _LONGEST_NAME or "\ufffd" in name or "\0" in name:
        raise ValueError("has no scheme name that can be read")
    value = _nav(nav)
    day = None if value is None else _date(fields[-1])
    if day and latest and day > latest:
        raise ValueError(f"{day} is still to come")
    category, amc = heading
    return SchemeRow(number, code, _isin(isin), _isin(reinvest), _tidy(name), amc, category, value, day)


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _isin(text: str) -> str | None:
    return text if _ISIN.fullmatch(text) else None


def _nav(text: str) -> Decimal | None:
    """A NAV to 4 decimals; None where the field says that there is none, as a NAV of zero does."""
    if text.upper().replace(".", "").replace("/", "") in _NO_NAV:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"NAV {text[:40]!r} is not a number")
    value = Decimal(text)
    if value >= _HIGHEST:
        raise ValueError(f"NAV {text[:40]} is too large")
    return value.quantize(money.UNIT, ROUND_HALF_UP) if value >= _LOWEST else None


@lru_cache(maxsize=1024)
def _date(text: str) -> date:
    """The date of `21-Aug-2026`, whatever the language of the machine."""
    day, _, rest = text.partition("-")
    month, _, year = rest.partition("-")
    sound = day.isascii() and day.isdecimal() and year.isascii() and year.isdecimal() and len(year) == 4
    if not sound or month.lower() not in _MONTHS:
        raise ValueError(f"date {text[:40]!r} is not written as 21-Aug-2026")
    try:
        return date(int(year), _MONTHS.index(month.lower()) + 1, int(day))
    except ValueError as error:
        raise ValueError(f"date {text!r} does not exist") from error


def _distinct(rows: Iterator[SchemeRow | Skipped]) -> Listing:
    """Each code once; one that comes again with another NAV is a bad line."""
    schemes: dict[str, SchemeRow] = {}
    skipped: list[Skipped] = []
    for row in rows:
        if isinstance(row, Skipped):
            skipped.append(row)
            continue
        earlier = schemes.setdefault(row.code, row)
        if (earlier.nav, earlier.date) != (row.nav, row.date):
            skipped.append(Skipped(row.line, f"gives scheme {row.code} another NAV than line {earlier.line}"))
    return Listing(list(schemes.values()), skipped)


def _check(path: Path, lines: Sequence[str], listing: Listing) -> None:
    """InvalidInput where a file can't be taken for whole."""
    bad = listing.skipped
    last = lines[-1].strip()
    if last and (";" not in last or (bad and bad[-1].line == len(lines))):
        what = "ends in the middle of a line: the file is truncated"
        raise InvalidInput(f"{path.name} line {len(lines):,}", what, hint="fetch it again")
    total = len(listing.schemes) + len(bad)
    if len(bad) > _BAD_LINES and len(bad) * 100 > total * _BAD_PERCENT:
        first = "; ".join(f"line {line:,}: {why}" for line, why in bad[:3])
        hint = "fetch it again, or look at what has changed in the file"
        raise InvalidInput(path.name, f"{len(bad):,} of {total:,} lines are bad: {first}; …", hint=hint)
    if not any(scheme.nav for scheme in listing.schemes):
        raise InvalidInput(path.name, "holds no NAV", hint="fetch it again")
