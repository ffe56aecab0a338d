"""A file of NAVs kept: all of it in one transaction, with all that follows from it, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Final, NamedTuple

from automation.adapters.http import Version
from automation.calendar.schedule import instant, local_date
from automation.database import Connection
from automation.engine import schemes, suspects
from automation.errors import InvalidInput
from automation.feeds.amfi import Listing
from automation.feeds.csv import NavRow
from automation.store import nav_feeds, prices
from automation.store import navs as store
from automation.store.nav_feeds import Reading
from automation.store.navs import Row, Written

_CHUNK: Final = 20_000
_SHORT: Final = 80  # percent of the last reading's rows


class NavFile(NamedTuple):
    """A file that was read: where it is from, its own name, its content, and how it is to be taken."""

    source: str
    name: str
    content: Listing | list[NavRow]
    version: Version
    known_at: time | None
    accept_short: bool


def keep(connection: Connection, file: NavFile, now: datetime, percent: Decimal) -> Counter[str]:
    """Write a file's NAVs and what follows from them; what there was of each kind.

    InvalidInput where the file is much shorter than the last one of its source, or a line of a CSV file can't be kept.
    """
    store.alone(connection)
    reading = _reading(file)
    _check_length(file, reading, nav_feeds.last(connection, file.source))
    counts: Counter[str] = Counter()
    if isinstance(file.content, Listing):
        fed, counts["new_products"] = schemes.match(connection, file.content)
        rows = schemes.navs(file.content, fed, file.known_at, now)
        counts.update(_written(connection, file, rows, now, percent))
        if file.known_at is None:
            counts.update(schemes.close_and_reopen(connection, file.content, fed, now))
        counts["skipped"] = len(file.content.skipped)
        counts["without_nav"] = sum(row.nav is None for row in file.content.schemes)
    else:
        rows = _dated(connection, file.name, file.content, file.known_at, now)
        counts.update(_written(connection, file, rows, now, percent))
    nav_feeds.record(connection, file.source, reading, now)
    return counts


def _reading(file: NavFile) -> Reading:
    rows = file.content.schemes if isinstance(file.content, Listing) else file.content
    return Reading(*file.version, len(rows), max(row.date for row in rows if row.date))


def _check_length(file: NavFile, reading: Reading, last: Reading | None) -> None:
    """InvalidInput for a listing that may have been cut off between two lines; a CSV may hold a day's NAVs only."""
    if not isinstance(file.content, Listing):
        return
    if last and reading.rows * 100 < last.rows * _SHORT and not file.accept_short:
        raise InvalidInput(
            file.name,
            f"has {reading.rows:,} rows where the last reading of {file.source} had {last.rows:,}",
            hint='fetch it again; if it is right, load it with --accept-short (event: "accept_short": true)',
        )


def _dated(
    connection: Connection, name: str, found: Sequence[NavRow], known_at: time | None, now: datetime
) -> list[Row]:
    """The rows with the instant from which each is known; every product must exist, no date may be to come."""
    zones = store.zones(connection, {row.product_id for row in found})
    for row in found:
        place = f"{name} line {row.line:,}"
        if row.product_id not in zones:
            hint = "create the product first, then load the file again"
            raise InvalidInput(place, f"scheme {row.product_id!r} is not a product", hint=hint)
        if known_at is None and row.date > local_date(now, zones[row.product_id]):
            raise InvalidInput(place, f"{row.date} is still to come", hint="correct the date and load again")
    return [
        (row.product_id, row.date, row.nav, instant(row.date, known_at, zones[row.product_id]) if known_at else now)
        for row in found
    ]


def _written(
    connection: Connection, file: NavFile, rows: Sequence[Row], now: datetime, percent: Decimal
) -> Counter[str]:
    """Write the NAVs, judge those that are no history, and wake who waits for them."""
    written: list[Written] = []
    for at in range(0, len(rows), _CHUNK):
        written += store.write(connection, rows[at : at + _CHUNK], file.name, now)
    keys = [nav.key for nav in written]
    suspect, freed = suspects.judge(connection, [] if file.known_at else keys, percent)
    store.wake_triggers(connection, keys)
    if corrected := sorted({nav.product_id for nav in written if nav.corrected}):
        prices.forget_best(connection, corrected)
    store.wake_triggers_now(connection, freed, now)
    return Counter(
        navs=len(rows),
        changed=len(written),
        corrected=sum(nav.corrected for nav in written),
        suspect=suspect,
        orders=store.wake_orders(connection, {nav.product_id for nav in written}, now),
    )
