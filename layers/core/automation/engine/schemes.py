"""What a listing of all schemes does to products: feeds them, makes new ones, closes those whose NAVs have ceased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from automation.calendar.schedule import instant
from automation.database import Connection
from automation.engine.product_status import tell
from automation.feeds.amfi import Listing, SchemeRow
from automation.store import schemes as store
from automation.store.navs import Row
from automation.store.schemes import Fed

# A scheme without a NAV for longer, seen from the newest NAV of the listing, is closed.
PATIENCE: Final = timedelta(days=30)


def match(connection: Connection, listing: Listing) -> tuple[list[Fed], int]:
    """The products that the schemes feed, and how many of them are new: made of schemes with a NAV that fed none."""
    store.follow(connection, listing.schemes)
    fed = store.fed(connection, listing.schemes)
    places = {each.place for each in fed}
    lonely = [place for place, row in enumerate(listing.schemes) if row.nav is not None and place not in places]
    added = store.add(connection, [listing.schemes[place] for place in lonely])
    new = [Fed(listing.schemes[place].code, store.DEFAULT_ZONE, place) for place in lonely]
    return fed + new, added


def navs(listing: Listing, fed: Sequence[Fed], known_at: time | None, now: datetime) -> list[Row]:
    """The NAV of each product that has one: known from now, or at `known_at` on its own date."""
    rows: list[Row] = []
    for product, zone, place in fed:
        nav, day = listing.schemes[place].nav, listing.schemes[place].date
        if nav is not None and day is not None:
            rows.append((product, day, nav, instant(day, known_at, zone) if known_at else now))
    return rows


def close_and_reopen(connection: Connection, listing: Listing, fed: Sequence[Fed], now: datetime) -> Counter[str]:
    """Close products whose NAVs have ceased, and make those Active again whose NAVs are back; how many of each."""
    oldest = max(row.date for row in listing.schemes if row.date) - PATIENCE

    def is_stale(row: SchemeRow) -> bool:
        return row.date is None or row.date < oldest

    stale = [each.product_id for each in fed if is_stale(listing.schemes[each.place])]
    closed = store.close(connection, stale, [each.product_id for each in fed], oldest)
    tell(connection, closed, "closed", now)
    return Counter(closed=len(closed), reopened=store.reopen(connection, oldest))
