"""NAVs that are suspect, and those that a jump may make so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection
from automation.jumps import Verdict
from automation.store.arrays import columns
from automation.store.navs import Key


def doubtful(connection: Connection, written: Sequence[Key], percent: Decimal) -> list[Key]:
    """The first NAV of each product from which on its NAVs have to be judged.

    Only products with a NAV that jumps against the one before, or that has suspect ones around it, are among them:
    the NAVs of all the others are good.
    """
    rows = connection.execute(
        """
        select n.product_id, min(n.date)
        from unnest(%b::text[], %b::date[]) as w (product_id, date)
        join navs n on n.product_id = w.product_id and n.date = w.date
        cross join lateral (
            select date, nav from navs
            where product_id = w.product_id and date < w.date and not suspect
            order by date desc limit 1) good
        where abs(n.nav - good.nav) * 100 > good.nav * %s
           or exists (select from navs s where s.product_id = w.product_id and s.suspect and s.date > good.date)
        group by n.product_id
        """,
        (*columns(written, 2), percent),
    )
    return rows.fetchall()


class Judged(NamedTuple):
    """A NAV as it stands."""

    product_id: str
    date: date
    nav: Decimal
    suspect: bool


def since_good(connection: Connection, starts: Sequence[Key]) -> list[Judged]:
    """By product and date, every NAV from the last good one before each start on."""
    with connection.cursor(row_factory=args_row(Judged)) as cursor:
        return cursor.execute(
            """
            select n.product_id, n.date, n.nav, n.suspect
            from unnest(%s::text[], %s::date[]) as s (product_id, date)
            join navs n on n.product_id = s.product_id
            where n.date >= coalesce((
                select date from navs
                where product_id = s.product_id and date < s.date and not suspect
                order by date desc limit 1), s.date)
            order by n.product_id, n.date
            """,
            columns(starts, 2),
        ).fetchall()


def settle(connection: Connection, verdicts: Sequence[tuple[str, Verdict]]) -> None:
    """Give each product's NAVs what was found of them."""
    connection.execute(
        """
        update navs n set suspect = v.suspect, confirmed_by = v.confirmed_by
        from unnest(%s::text[], %s::date[], %s::bool[], %s::text[]) as v (product_id, date, suspect, confirmed_by)
        where n.product_id = v.product_id and n.date = v.date
          and (n.suspect, n.confirmed_by) is distinct from (v.suspect, v.confirmed_by)
        """,
        columns([(product, *verdict) for product, verdict in verdicts], 4),
    )


class Suspect(NamedTuple):
    """A suspect NAV beside the last good one before it; `passed` where a good one has followed it."""

    product_id: str
    name: str
    day: date
    nav: Decimal
    good: Decimal | None
    good_on: date | None
    move: Decimal | None
    passed: bool


def find(connection: Connection, limit: int) -> list[Suspect]:
    """Suspect NAVs, those that still hold a price back first, then the newest first; `move` is in percent."""
    with connection.cursor(row_factory=args_row(Suspect)) as cursor:
        return cursor.execute(
            """
            select s.product_id, p.name, s.date, s.nav, g.nav, g.date,
                   round((s.nav - g.nav) * 100 / g.nav, 2), later.passed
            from navs s
            join products p on p.id = s.product_id
            left join lateral (
                select nav, date from navs
                where product_id = s.product_id and date < s.date and not suspect
                order by date desc limit 1) g on true
            cross join lateral (
                select exists (select from navs
                               where product_id = s.product_id and date > s.date and not suspect) as passed) later
            where s.suspect
            order by later.passed, s.date desc, s.product_id
            limit %s
            """,
            (limit,),
        ).fetchall()


def confirm(connection: Connection, product_id: str, day: date, by: str) -> bool | None:
    """Make a suspect NAV good; False where it is not suspect, None where there is none."""
    row = connection.execute(
        """
        with before as (
            select suspect from navs where product_id = %(product)s and date = %(date)s for update
        ), made_good as (
            update navs set suspect = false, confirmed_by = %(by)s
            where product_id = %(product)s and date = %(date)s and suspect
        )
        select suspect from before
        """,
        {"product": product_id, "date": day, "by": by},
    ).fetchone()
    return None if row is None else row[0]
