"""An auto-invest rule that buys after a fall, against a loop over the same file: the first such day of each month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from infra.local.simulation.ledger import Execution
from tests.e2e.conftest import Simulate
from tests.e2e.crossings import prices
from tests.e2e.independent import Market, monthly
from tests.e2e.scenarios import client, scenario, sip

FUND = "HDFC_EQUITY"
MARKET = Market([FUND], date(2007, 6, 1), date(2009, 12, 31))
MONTH, WEEK = timedelta(days=30), timedelta(days=7)


def change(day: date) -> Decimal | None:
    """A day's price against that of 30 days before, or the last within a week before that, in percent."""
    known = dict(prices(FUND))
    past = max((each for each in known if day - MONTH - WEEK < each <= day - MONTH), default=None)
    return None if past is None else (known[day] - known[past]) * 100 / known[past]


def first_days(direction: str, percent: int) -> list[tuple[date, date]]:
    """(nominal date, the first day of its period on which the price has moved so far)."""
    dated = MARKET.dated(monthly(MARKET, 5))
    found = []
    for (nominal, start), (_, end) in pairwise([*dated, (date.max, date.max)]):
        moves = [(day, change(day)) for day in MARKET.days if start <= day < end]
        met = [
            day for day, by in moves if by is not None and (by <= -percent if direction == "fall" else by >= percent)
        ]
        found += [(nominal, day) for day in met[:1]]
    return found


MOVES = [("fall", 5), ("fall", 10), ("fall", 20), ("rise", 10)]


@pytest.fixture(scope="module")
def played(simulated: Simulate) -> Sequence[Execution]:
    """A rule for each move."""
    rules = [
        sip(
            MARKET,
            name=f"{direction} {percent}",
            amount="1000",
            trigger_type="Market Condition",
            trigger_config={"nav_change_percent": str(percent), "direction": direction, "lookback_days": 30},
        )
        for direction, percent in MOVES
    ]
    return simulated(scenario(MARKET, client("C1", *rules))).clients["C1"].executions


@pytest.mark.parametrize(("direction", "percent"), MOVES)
def test_it_buys_on_the_first_day_of_each_period_on_which_the_price_has_moved_so_far(
    played: Sequence[Execution], direction: str, percent: int
) -> None:
    mine = [row for row in played if row.rule == f"{direction} {percent}"]
    bought = [(row.occurrence.date(), row.on) for row in mine if row.status == "Success"]
    assert bought == first_days(direction, percent)
    assert len(bought) > 1
    assert {row.reason for row in mine if row.status != "Success"} == {"condition_not_met"}
