"""NAV files to test with, and how they are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import navs.handler
from automation.runtime import using
from tests.builders import BEFORE, Context, World, add_client, add_navs, at

SAMPLE: Final = Path(__file__).parent / "data" / "NAVAll_2026-08-21.txt"
SIX: Final = "Scheme Code;ISIN Div Payout/ ISIN Growth;ISIN Div Reinvestment;Scheme Name;Net Asset Value;Date"
EIGHT: Final = SIX.replace(";Date", ";Repurchase Price;Sale Price;Date")
HOUSE: Final = "Open Ended Schemes(Equity Scheme - Flexi Cap Fund)\r\n\r\nQuiet Mutual Fund\r\n"


def scheme(code: int | str, nav: object = "10.0000", day: str = "05-Jan-2024", *, isins: str = "-;-") -> str:
    """One scheme's line in the layout of six columns."""
    return f"{code};{isins};Scheme {code};{nav};{day}"


def listing(schemes: Iterable[str], *, header: str = SIX, heading: str = HOUSE) -> str:
    """A file of AMFI's layout."""
    return f"{header}\r\n\r\n{heading}" + "".join(f"{line}\r\n" for line in schemes)


@dataclass(frozen=True)
class Desk:
    """Where NAV files come in: a world and a file that changes."""

    world: World
    file: Path

    def load(self, text: str | bytes | None = None, **event: Any) -> dict[str, Any]:
        """Load the file, with new content where given; the answer."""
        if text is not None:
            self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with using(self.world.runtime):
            return navs.handler.handler({"file": str(self.file)} | event, Context())

    def with_settings(self, **changes: Any) -> None:
        """From now on with other settings."""
        runtime = self.world.runtime
        self.world.runtime = replace(runtime, settings=replace(runtime.settings, **changes))

    def counts(self, text: str | bytes | None = None, **event: Any) -> dict[str, int]:
        counts: dict[str, int] = self.load(text, **event)["counts"]
        return counts

    def days(self, *navs: str, product: str = "FUND", first: str = "2024-01-08") -> list[dict[str, int]]:
        """One NAV a day, each loaded in the evening of its own date; the counts of each load."""
        counts = []
        for number, nav in enumerate(navs):
            day = date.fromisoformat(first) + timedelta(days=number)
            self.world.clock.instant = datetime.fromisoformat(f"{day}T15:30:00+00:00")
            counts.append(self.counts(f"scheme,date,nav\n{product},{day},{nav}\n"))
        return counts

    def navs(self, product: str = "FUND", since: str = "2024-01-01") -> list[tuple[str, str, bool, str | None]]:
        """(date, NAV, suspect, confirmed by) of a product."""
        rows = self.world.rows(
            "select date::text as day, trim_scale(nav)::text as nav, suspect, confirmed_by from navs"
            " where product_id = %s and date >= %s order by date",
            product,
            since,
        )
        return [(row["day"], row["nav"], row["suspect"], row["confirmed_by"]) for row in rows]

    def suspects(self, product: str = "FUND") -> list[str]:
        """The NAVs of a product that are suspect."""
        return [nav for _, nav, suspect, _ in self.navs(product) if suspect]

    def due(self, product: str = "FUND") -> Any:
        """When triggers look at the product next."""
        rows = self.world.rows("select due_at from watched_prices where product_id = %s", product)
        return rows[0]["due_at"] if rows else None

    def tables(self) -> list[list[dict[str, Any]]]:
        """All that a NAV file writes, but when it was read."""
        statements = (
            "select * from products order by id",
            "select * from navs order by product_id, date",
            "select * from nav_corrections order by product_id, date, version",
            "select * from watched_prices order by product_id",
        )
        return [self.world.rows(statement) for statement in statements]

    def submitted(self) -> None:
        """An order for FUND waits for its NAV; it is the morning of 5 January."""
        add_client(self.world.connection)
        add_navs(self.world.connection, "FUND", "2024-01-01", "2024-01-04", "10")
        self.world.clock.instant = at(BEFORE)
        self.world.rule()
        self.world.auto_invest("2024-01-05 10:00")
        self.world.orders()

    def last_run(self) -> tuple[str, str | None]:
        """Status and error of the last run."""
        row = self.world.rows("select status, error from automation_runs where job = 'navs' order by id desc limit 1")[
            0
        ]
        return row["status"], row["error"]
