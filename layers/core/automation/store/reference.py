"""Reference data that people load: products and the exceptions of business calendars."""

from __future__ import annotations

from collections.abc import Sequence

from automation.database import Connection
from automation.feeds.holidays import HolidayRow
from automation.feeds.products import ProductRow
from automation.store.arrays import columns


def upsert_products(connection: Connection, rows: Sequence[ProductRow]) -> int:
    """Add products or give them new terms; how many are new or otherwise than before. Other columns stay."""
    return connection.execute(
        """
        insert into products as p (id, name, amc, asset_class, min_purchase, purchase_multiple, min_redemption,
                                   exit_load_percent, exit_load_days, lock_in_days, cut_off_time, calendar,
                                   settlement_days)
        select *
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[],
                    %s::numeric[], %s::int[], %s::int[], %s::time[], %s::text[], %s::smallint[])
        on conflict (id) do update
        set name = excluded.name, amc = excluded.amc, asset_class = excluded.asset_class,
            min_purchase = excluded.min_purchase, purchase_multiple = excluded.purchase_multiple,
            min_redemption = excluded.min_redemption, exit_load_percent = excluded.exit_load_percent,
            exit_load_days = excluded.exit_load_days, lock_in_days = excluded.lock_in_days,
            cut_off_time = excluded.cut_off_time, calendar = excluded.calendar,
            settlement_days = excluded.settlement_days
        where (p.name, p.amc, p.asset_class, p.min_purchase, p.purchase_multiple, p.min_redemption,
               p.exit_load_percent, p.exit_load_days, p.lock_in_days, p.cut_off_time, p.calendar, p.settlement_days)
           is distinct from (excluded.name, excluded.amc, excluded.asset_class, excluded.min_purchase,
               excluded.purchase_multiple, excluded.min_redemption, excluded.exit_load_percent,
               excluded.exit_load_days, excluded.lock_in_days, excluded.cut_off_time, excluded.calendar,
               excluded.settlement_days)
        """,
        tuple(columns(rows, len(ProductRow._fields))),
    ).rowcount


def calendars_without_exceptions(connection: Connection, names: Sequence[str]) -> list[str]:
    """Those of the named calendars that have no exception at all, in order."""
    rows = connection.execute(
        """
        select distinct name from unnest(%s::text[]) as wanted (name)
        where not exists (select from market_holidays where calendar = wanted.name)
        order by name
        """,
        (list(names),),
    ).fetchall()
    return [name for (name,) in rows]


def upsert_holidays(connection: Connection, rows: Sequence[HolidayRow]) -> int:
    """Add exceptions or change their kind; how many are new or otherwise than before."""
    return connection.execute(
        """
        insert into market_holidays as h (calendar, date, kind)
        select * from unnest(%s::text[], %s::date[], %s::text[])
        on conflict (calendar, date) do update set kind = excluded.kind
        where h.kind <> excluded.kind
        """,
        tuple(columns(rows, len(HolidayRow._fields))),
    ).rowcount
