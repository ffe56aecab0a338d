"""A platform of realistic size, filled by set-based SQL: products with NAVs, clients with cash, rules that fall due."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, LiteralString
from zoneinfo import ZoneInfo

from automation.database import Connection
from automation.migrations.apply import migrate

ROOT: Final = Path(__file__).resolve().parents[2]
ZONE: Final = ZoneInfo("Asia/Kolkata")
FIRST_DAY: Final = date(2026, 7, 6)
NAV_WEEKS: Final = 8


@dataclass(frozen=True)
class Size:
    """How much is held: `rules` in all, of which at least `due` fall on each of the coming days."""

    rules: int
    due: int
    products: int = 5_000

    @property
    def clients(self) -> int:
        return max(self.rules * 3 // 10, 1)

    @property
    def days(self) -> int:
        return max(self.rules // self.due, 1)


def fill(connection: Connection, size: Size) -> None:
    """Migrate an empty database and fill it: one rule in eight is quarterly, one in five steps up."""
    migrate(connection, ROOT / "infra" / "migrations")
    _holidays(connection)
    days = [day(number) for number in range(size.days)]
    connection.execute(_PRODUCTS, {"products": size.products})
    for week in range(NAV_WEEKS):
        publish(connection, FIRST_DAY - timedelta(days=1 + 7 * week))
    connection.execute(_CLIENTS, {"clients": size.clients})
    for start in range(0, size.rules, 250_000):
        connection.execute(
            _RULES,
            {
                "start": start,
                "end": min(start + 250_000, size.rules) - 1,
                "days": days,
                "clients": size.clients,
                "products": size.products,
            },
        )
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")


def begin(connection: Connection, number: int) -> datetime:
    """Bring the database to a day (0 is the first) on which rules are due; the instant when all of them are.

    The orders of the days before are gone, and the latest NAVs are known.
    """
    connection.execute("truncate orders")
    publish(connection, day(number) - timedelta(days=1))
    return tick(number)


def publish(connection: Connection, until: date) -> None:
    """Write the NAVs up to a date, each as known since the evening of its own."""
    connection.execute(_NAVS, {"start": until - timedelta(days=7), "end": until})


def day(number: int) -> date:
    """The days on which rules are due, from 0: Mondays to Fridays of weeks without a holiday."""
    weeks, weekday = divmod(number, 5)
    return FIRST_DAY + timedelta(weeks=weeks, days=weekday)


def tick(number: int) -> datetime:
    """The instant at which everything of a day has fallen due, and nothing of the next."""
    return datetime.combine(day(number), time(14, 0), ZONE).astimezone(UTC)


def _holidays(connection: Connection) -> None:
    with (ROOT / "infra/local/data/market_calendar_exceptions.csv").open() as file:
        rows = [
            (row["exchange"], row["date"], "closed" if row["kind"] == "closed_weekday" else "session")
            for row in csv.DictReader(file)
        ]
    with connection.cursor() as cursor:
        cursor.executemany("insert into market_holidays (calendar, date, kind) values (%s, %s, %s)", rows)


_PRODUCTS: Final[LiteralString] = """
    insert into products (id, name, isin, amc, asset_class, min_purchase, purchase_multiple, min_redemption)
    select 'P' || lpad(i::text, 5, '0'), 'Scheme ' || i || ' - Direct Plan - Growth', 'INF' || lpad(i::text, 9, '0'),
           'AMC ' || i %% 45, (array['equity', 'debt', 'hybrid', 'gold', 'liquid'])[1 + i %% 5],
           (array[100, 500, 1000])[1 + i %% 3], 1, 500
    from generate_series(0, %(products)s - 1) i
"""

_NAVS: Final[LiteralString] = """
    insert into navs (product_id, date, nav, observed_at, source)
    select p.id, d, 10 + abs(hashtext(p.id) %% 1000) + (d - date '2020-01-01') * 0.01, d + interval '16 hours', 'fill'
    from products p
    cross join lateral (select d::date from generate_series(%(start)s::date, %(end)s, interval '1 day') d) s
    where extract(isodow from d) < 6
    on conflict (product_id, date) do nothing
"""

_CLIENTS: Final[LiteralString] = """
    insert into clients (id, name, email, phone, cash_balance, kyc_status)
    select 'C' || lpad(i::text, 7, '0'), 'Client ' || i, 'client' || i || '@example.com', '+91' || 9000000000 + i,
           1000000 + i, 'Verified'
    from generate_series(0, %(clients)s - 1) i
"""

# Rules as they come to be: clients and products mixed, keys in the order of creation, dates spread over the days.
_RULES: Final[LiteralString] = """
    insert into auto_invest_rules (
        id, client_id, name, product_id, amount, frequency, day_of_month, at_time, start_date, instalments,
        step_up_percent, step_up_every_months, first_occurrence, next_occurrence, next_run_at, execution_count,
        total_invested, created_by, created_at, updated_at)
    select (lpad(to_hex(1577836800000 + i * 60000), 12, '0') || '7' || substr(m, 1, 3) || '8' || substr(m, 4, 15)
            )::uuid,
           'C' || lpad((abs(hashint8(i) / 2) %% %(clients)s)::text, 7, '0'), 'Plan ' || i,
           'P' || lpad((abs(hashint8(-i - 1) / 2) %% %(products)s)::text, 5, '0'), (1000 + i %% 40 * 250)::numeric,
           case when i %% 8 = 0 then 'Quarterly' else 'Monthly' end, extract(day from day),
           at, day - interval '1 year', case when i %% 3 = 0 then 120 end,
           case when i %% 5 = 0 then 10 end, case when i %% 5 = 0 then 12 end,
           day - interval '1 year', day + at, (day + at) at time zone 'Asia/Kolkata', 12, 12 * (1000 + i %% 40 * 250),
           'fill', to_timestamp(1577836800 + i * 60), to_timestamp(1577836800 + i * 60)
    from generate_series(%(start)s::bigint, %(end)s) i
    cross join lateral (
        select md5(i::text) as m, (%(days)s::date[])[1 + i * 31 %% cardinality(%(days)s::date[])] as day,
               time '09:00' + i %% 13 * interval '15 minutes' as at) d
"""
