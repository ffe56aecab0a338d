"""NAVs that jumped: judged as they come in, listed, and confirmed by people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final, NamedTuple

from automation import jumps
from automation.database import Connection
from automation.engine import audit
from automation.errors import Conflict, InvalidInput, NotFound
from automation.jumps import Nav, Verdict
from automation.runtime import Runtime
from automation.store import navs
from automation.store import suspects as store
from automation.store.navs import Key
from automation.store.suspects import Judged, Suspect

_SHOWN: Final = 1000


class Judgement(NamedTuple):
    """How many NAVs were found suspect that are new, and the products of which suspect ones have become good."""

    suspect: int
    freed: frozenset[str]


def judge(connection: Connection, written: Sequence[Key], percent: Decimal) -> Judgement:
    """Judge NAVs that were just written, and the suspect ones around them."""
    starts = store.doubtful(connection, written, percent) if written else []
    return _settle(connection, starts, frozenset(written), percent) if starts else Judgement(0, frozenset())


def find(runtime: Runtime) -> list[Suspect]:
    """Suspect NAVs, those that still hold a price back first, then the newest first."""
    return runtime.database.transaction(lambda connection: store.find(connection, _SHOWN))


def confirm(runtime: Runtime, product: str, day: date, by: str) -> Judgement:
    """Take a suspect NAV for good and judge those after it anew.

    NotFound where the product has no NAV of the day, Conflict where it is not suspect, InvalidInput for a person
    who has the feed's name.
    """
    if not by.strip() or by == jumps.FEED:
        raise InvalidInput("by", f"{by!r} names nobody", hint="say who confirms it")

    def work(connection: Connection) -> Judgement:
        navs.alone(connection)
        suspect = store.confirm(connection, product, day, by)
        if suspect is None:
            raise NotFound(f"{product!r} has no NAV of {day}", hint="list them: automation navs suspect")
        if not suspect:
            raise Conflict(f"the NAV of {product} of {day} is not suspect", hint="list those: automation navs suspect")
        found = _settle(connection, [(product, day)], frozenset(), runtime.settings.nav_jump_percent)
        now = runtime.clock.now(connection)
        navs.wake_triggers_now(connection, {product}, now)
        audit.record(connection, now, by, "nav.confirm", f"{product} {day}", None, {"freed": sorted(found.freed)})
        return found

    return runtime.database.transaction(work)


def _settle(connection: Connection, starts: Sequence[Key], new: Collection[Key], percent: Decimal) -> Judgement:
    rows = store.since_good(connection, starts)
    verdicts = [
        (product, verdict)
        for product, of_product in groupby(rows, key=lambda row: row.product_id)
        for verdict in jumps.judge([_nav(row, new) for row in of_product], percent)
    ]
    store.settle(connection, verdicts)
    return Judgement(
        sum(verdict.suspect and (product, verdict.date) in new for product, verdict in verdicts),
        _freed(rows, verdicts),
    )


def _nav(row: Judged, new: Collection[Key]) -> Nav:
    return Nav(row.date, row.nav, open=row.suspect or (row.product_id, row.date) in new)


def _freed(rows: Sequence[Judged], verdicts: Sequence[tuple[str, Verdict]]) -> frozenset[str]:
    before = {(row.product_id, row.date) for row in rows if row.suspect}
    return frozenset(
        product for product, verdict in verdicts if not verdict.suspect and (product, verdict.date) in before
    )
