"""Products that a listing of all schemes feeds: found, made, and closed when their NAVs cease.

A product is the feed's own if the feed has made it: its id is the scheme's code, and it has a category, which
nothing else writes. Its name, house, ISIN and category follow the feed; terms are left to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from psycopg.rows import args_row

from automation.database import Connection
from automation.feeds.amfi import SchemeRow, asset_class
from automation.store.arrays import columns

STALE: Final = "no NAV since "
# What a person has reopened stays open, until fresh NAVs make it a product like any other.
REOPENED: Final = "reopened by "
DEFAULT_ZONE: Final = "Asia/Kolkata"


class Fed(NamedTuple):
    """A product, its zone, and the place of the scheme that feeds it."""

    product_id: str
    time_zone: str
    place: int


def fed(connection: Connection, schemes: Sequence[SchemeRow]) -> list[Fed]:
    """Each product with the scheme whose code is its id, else with the one that has its ISIN, growth before other."""
    lines = [(row.code, row.isin, row.isin_reinvest) for row in schemes]
    with connection.cursor(row_factory=args_row(Fed)) as cursor:
        return cursor.execute(
            """
            with lines as (
                select * from unnest(%b::text[], %b::text[], %b::text[])
                    with ordinality as l (code, isin, reinvest, place)
            ), found as (
                select p.id, p.time_zone, 1 as rank, l.place from lines l join products p on p.id = l.code
                union all
                select p.id, p.time_zone, 2, l.place from lines l join products p on p.isin = l.isin
                union all
                select p.id, p.time_zone, 3, l.place from lines l join products p on p.isin = l.reinvest
            )
            select distinct on (id) id, time_zone, place::int - 1 from found order by id, rank, place
            """,
            columns(lines, 3),
        ).fetchall()


def add(connection: Connection, schemes: Sequence[SchemeRow]) -> int:
    """Make products of schemes that feed none, with default terms; how many."""
    rows = [
        (row.code, row.name, row.isin or row.isin_reinvest, row.amc, asset_class(row.category), row.category)
        for row in schemes
    ]
    return connection.execute(
        """
        insert into products (id, name, isin, amc, asset_class, category)
        select * from unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[])
        on conflict (id) do nothing
        """,
        columns(rows, 6),
    ).rowcount


def follow(connection: Connection, schemes: Sequence[SchemeRow]) -> None:
    """Let the feed's own products have the name, ISIN, house and category that it now gives; blanks change nothing."""
    rows = [(row.code, row.name, row.isin or row.isin_reinvest, row.amc, row.category) for row in schemes]
    connection.execute(
        """
        update products p
        set name = l.name, isin = coalesce(l.isin, p.isin), amc = coalesce(nullif(l.amc, ''), p.amc),
            category = coalesce(nullif(l.category, ''), p.category)
        from unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[]) as l (code, name, isin, amc, category)
        where p.id = l.code and p.category is not null
          and (p.name, p.isin, p.amc, p.category) is distinct from
              (l.name, coalesce(l.isin, p.isin), coalesce(nullif(l.amc, ''), p.amc),
               coalesce(nullif(l.category, ''), p.category))
        """,
        columns(rows, 5),
    )


def close(connection: Connection, stale: Sequence[str], listed: Sequence[str], before: date) -> list[str]:
    """Close Active products whose last NAV is of before a date; which.

    Looked at are those that the listing shows without a fresh NAV (`stale`), and the feed's own that are not `listed`.
    """
    closed = connection.execute(
        """
        update products p set status = 'Closed', status_reason = %(stale_since)s || last.date
        from (select id from products
              where id = any(%(stale)s)
                 or (category is not null and id ~ '^[0-9]+$' and not id = any(%(listed)s))) looked_at
        cross join lateral (
            select date from navs where product_id = looked_at.id order by date desc limit 1) last
        where p.id = looked_at.id and p.status = 'Active' and last.date < %(before)s
          and not starts_with(coalesce(p.status_reason, ''), %(reopened)s)
        returning p.id
        """,
        {"stale_since": STALE, "reopened": REOPENED, "stale": list(stale), "listed": list(listed), "before": before},
    )
    return [row[0] for row in closed]


def reopen(connection: Connection, since: date) -> int:
    """Make products Active again that were closed for want of NAVs and have one of since a date; how many.

    Those that a person has reopened need nobody's word any more once they have.
    """
    connection.execute(
        """
        update products p set status_reason = null
        where p.status = 'Active' and starts_with(p.status_reason, %s)
          and exists (select from navs where product_id = p.id and date >= %s)
        """,
        (REOPENED, since),
    )
    return connection.execute(
        """
        update products p set status = 'Active', status_reason = null
        where p.status = 'Closed' and starts_with(p.status_reason, %s)
          and exists (select from navs where product_id = p.id and date >= %s)
        """,
        (STALE, since),
    ).rowcount
