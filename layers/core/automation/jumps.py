"""The jump guard: whether a NAV can be believed that is far from the one before it. No I/O.

A NAV that moves by more than a set percent against the last good one is suspect. The next one that is back in the
range of the last good one is good, and what lies between stays suspect for ever: it was a spike. Two more that stay
in the range of the first suspect one make all three good: face values change, units are given as bonus.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money

FEED: Final = "feed"


class Nav(NamedTuple):
    """One NAV of a product; `open` where it is to be judged: it is new, corrected, or has been suspect so far."""

    date: date
    nav: Decimal
    open: bool


class Verdict(NamedTuple):
    """What an open NAV is; `confirmed_by` is FEED where the NAVs after it have confirmed it."""

    date: date
    suspect: bool
    confirmed_by: str | None = None


def judge(navs: Sequence[Nav], percent: Decimal) -> list[Verdict]:
    """The verdict on each open NAV of one product, all in the order of their dates.

    What is not open is good and stays so. The first NAV has nothing to be compared with, and is good.
    """
    verdicts: dict[date, Verdict] = {}
    good: Decimal | None = None
    doubted: list[Nav] = []  # the last two since the last good one
    for nav in navs:
        trio = [*doubted, nav]
        if not nav.open or good is None or within(nav.nav, good, percent):
            found = [Verdict(nav.date, suspect=False)] if nav.open else []
        elif len(trio) == 3 and all(within(each.nav, trio[0].nav, percent) for each in trio):
            found = [Verdict(each.date, suspect=False, confirmed_by=FEED) for each in trio]
        else:
            verdicts[nav.date] = Verdict(nav.date, suspect=True)
            doubted = trio[-2:]
            continue
        verdicts |= {verdict.date: verdict for verdict in found}
        good, doubted = nav.nav, []
    return list(verdicts.values())


def within(nav: Decimal, other: Decimal, percent: Decimal) -> bool:
    """Whether a NAV has moved by no more than a percent of another."""
    return abs(nav - other) * money.HUNDRED <= other * percent
