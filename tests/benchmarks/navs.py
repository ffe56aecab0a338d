"""The navs handler on AMFI's whole listing, against a loop that takes the same file line by line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg.rows import DictRow

import navs.handler
from automation.clock import SettableClock
from automation.feeds import amfi
from automation.feeds.amfi import SIX, SchemeRow, asset_class
from automation.runtime import Runtime, assemble, using
from automation.settings import Settings
from tests.benchmarks import row_by_row
from tests.benchmarks.engine import Batches
from tests.benchmarks.measuring import Sample, interleaved, ratio, timed
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show

HANDLER = "navs handler, a day's whole listing"
LOOP = "row-by-row loop, a transaction a line"
AT_ONCE = "row-by-row loop, one transaction"
FIRST_DAY = date(2026, 1, 5)
KNOWN = time(17)
HOUSES, CATEGORIES = 50, ("Equity Scheme - Flexi Cap Fund", "Debt Scheme - Liquid Fund", "Other Scheme - Index Funds")


@dataclass
class Desk:
    """Where a file comes in each evening; `evenings` is how many have been."""

    file: Path
    runtime: Runtime
    clock: SettableClock
    rows: psycopg.Connection[DictRow]
    lines: int
    evenings: int = 0

    def evening(self) -> date:
        """Another day's listing lies there; every NAV in it is new."""
        day = FIRST_DAY + timedelta(days=self.evenings)
        self.evenings += 1
        self.clock.instant = datetime.combine(day, KNOWN, UTC)
        self.file.write_text(listing(self.lines, day), encoding="utf-8")
        return day


def nav_file(url: str, plan: Plan) -> list[Row]:
    """Each round has three evenings, one for each side. The first, on which every product is new, is not measured."""
    with _desk(url, plan) as desk:
        first = _handled(desk)
        sides = {
            HANDLER: lambda: _handled(desk),
            LOOP: lambda: _looped(desk, plan.loop),
            AT_ONCE: lambda: _looped(desk, plan.loop, at_once=True),
        }
        rates = interleaved(sides, plan.rounds)
    show(f"NAVs of a listing of {plan.lines:,} lines; the first, whole: {first.seconds:.2f} s", rates, "lines/s")
    return [Row("NAVs of a listing / row-by-row loop", ratio(rates[HANDLER], rates[LOOP]), 10)]


@contextmanager
def _desk(url: str, plan: Plan) -> Iterator[Desk]:
    clock = SettableClock(datetime.combine(FIRST_DAY, KNOWN, UTC))
    with TemporaryDirectory() as directory, row_by_row.connect(url) as rows:
        file = Path(directory) / "NAVAll.txt"
        settings = Settings(database_url=url, nav_file=str(file))
        runtime = assemble(settings, clock=clock, poke=lambda job, at: None)
        with runtime.database:
            yield Desk(file, runtime, clock, rows, plan.lines)


def listing(lines: int, day: date) -> str:
    """A file of AMFI's layout, with so many schemes of 50 houses."""
    made = [";".join(SIX)]
    for number in range(lines):
        if number % (lines // len(CATEGORIES) + 1) == 0:
            made.append(f"\nOpen Ended Schemes({CATEGORIES[number % len(CATEGORIES)]})\n")
        if number % (lines // HOUSES + 1) == 0:
            made.append(f"\nHouse {number} Mutual Fund\n")
        nav = 10 + number % 997 + day.toordinal() % 7 / 100
        made.append(f"{100000 + number};INF{number:06}K01;-;A fund of many - Growth {number};{nav:.4f};{day:%d-%b-%Y}")
    return "\r\n".join([*made, ""])


def _handled(desk: Desk) -> Sample:
    """The handler reads, writes and commits the day's file; its settings name it."""
    desk.evening()
    with using(desk.runtime):
        return timed(lambda: int(navs.handler.handler({}, Batches(2))["counts"]["changed"]))


def _looped(desk: Desk, count: int, *, at_once: bool = False) -> Sample:
    """So many lines of the day's file, upserted one by one."""
    desk.evening()

    # It is given its lines already read: the handler pays for reading them as well.
    schemes = amfi.parse(desk.file, desk.file.read_bytes(), None).schemes[:count]

    def loop() -> int:
        if at_once:
            with desk.rows.transaction():
                return sum(_upsert(desk, scheme) for scheme in schemes)
        return sum(_committed(desk, scheme) for scheme in schemes)

    return timed(loop)


def _committed(desk: Desk, scheme: SchemeRow) -> int:
    with desk.rows.transaction():
        return _upsert(desk, scheme)


def _upsert(desk: Desk, scheme: SchemeRow) -> int:
    """What everybody writes first: the scheme, then its NAV."""
    desk.rows.execute(
        """
        insert into products (id, name, isin, amc, asset_class, category) values (%s, %s, %s, %s, %s, %s)
        on conflict (id) do update set name = excluded.name, isin = excluded.isin, amc = excluded.amc,
            category = excluded.category
        """,
        (scheme.code, scheme.name, scheme.isin, scheme.amc, asset_class(scheme.category), scheme.category),
    )
    return desk.rows.execute(
        """
        insert into navs (product_id, date, nav, observed_at, source) values (%s, %s, %s, %s, %s)
        on conflict (product_id, date) do update set nav = excluded.nav, observed_at = excluded.observed_at
        """,
        (scheme.code, scheme.date, scheme.nav, desk.clock.instant, desk.file.name),
    ).rowcount
