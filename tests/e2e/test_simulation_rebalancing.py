"""Twenty years of rebalancing against a loop over the same files: the same dates, the same worth."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from automation.errors import InvalidInput
from infra.local.simulation.outcome import Outcome
from tests.e2e import backtest
from tests.e2e.backtest import TARGETS, WORTH, Calls
from tests.e2e.conftest import Simulate
from tests.e2e.crossings import FILES

TIME: dict[str, Any] = {"strategy": "Time-Based", "day_of_month": 1, "start_date": backtest.START.isoformat()}
BAND: dict[str, Any] = {"strategy": "Threshold-Based"}
CASES: dict[str, tuple[dict[str, Any], Calls]] = {
    "monthly": (TIME | {"frequency": "Monthly"}, backtest.every(1)),
    "quarterly": (TIME | {"frequency": "Quarterly"}, backtest.every(3)),
    "yearly": (TIME | {"frequency": "Yearly"}, backtest.every(12)),
    "5 points": (BAND | {"threshold_percent": "5"}, backtest.out_of_band(5)),
    "10 points": (BAND | {"threshold_percent": "10"}, backtest.out_of_band(10)),
    "25 percent": (BAND | {"threshold_percent": "100", "relative_band_percent": "25"},
                   backtest.out_of_relative_band(25)),
    "drift": (BAND | {"strategy": "Drift-Based", "threshold_percent": "4"}, backtest.drifted(4)),
    "hybrid": (TIME | {"strategy": "Hybrid", "frequency": "Quarterly", "min_drift_percent": "3",
                       "threshold_percent": "8"}, backtest.either(backtest.quarters(), 3, 8)),
}  # fmt: skip


@pytest.fixture(scope="module")
def played(simulated: Simulate) -> Outcome:
    """A client for each kind of rule; every fund is of a house of its own, so each rebalancing sells before it buys."""
    holdings = [{"product": fund, "amount": str(int(WORTH * percent / 100))} for fund, percent in TARGETS.items()]
    common = {"name": "rule", "target_allocation": {fund: str(int(percent)) for fund, percent in TARGETS.items()},
              "execute_automatically": True, "require_confirmation": False}  # fmt: skip
    return simulated({
        "from": backtest.START.isoformat(),
        "to": backtest.END.isoformat(),
        "fill": "observed",
        "navs": list(FILES),
        "products": [{"code": fund, "calendar": "navs"} for fund in TARGETS],
        "clients": [{"code": name, "holdings": holdings, "rebalancing": [common | rule]}
                    for name, (rule, _) in CASES.items()],
    })  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_rebalances_on_the_dates_of_the_loop(played: Outcome, name: str) -> None:
    expected = backtest.play(CASES[name][1])
    assert [each.on for each in played.clients[name].rebalances] == expected.dates
    assert len(expected.dates) > 5


@pytest.mark.parametrize("name", CASES)
def test_in_the_end_it_is_worth_what_the_loop_says(played: Outcome, name: str) -> None:
    client = played.clients[name]
    assert float(client.value + client.cash) == pytest.approx(backtest.play(CASES[name][1]).worth, rel=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_drift_and_turnover_are_those_of_the_loop(played: Outcome, name: str) -> None:
    found = [(float(each.max_drift), float(each.turnover)) for each in played.clients[name].rebalances]
    expected = [(drift, turnover) for _, drift, turnover in backtest.play(CASES[name][1]).rebalanced]
    for (drift, turnover), (drift_expected, turnover_expected) in zip(found, expected, strict=True):
        assert drift == pytest.approx(drift_expected, abs=2e-4)
        assert turnover == pytest.approx(turnover_expected, abs=2e-4)


@pytest.mark.parametrize("name", CASES)
def test_every_rebalancing_is_over_on_its_day_and_leaves_nothing_in_cash(played: Outcome, name: str) -> None:
    client = played.clients[name]
    assert {each.status for each in client.rebalances} == {"Executed"}
    assert {order.on for order in client.orders} == {each.on for each in client.rebalances}
    assert 0 <= client.cash < len(client.rebalances)


def test_on_the_first_date_nothing_is_off(played: Outcome) -> None:
    assert all(
        each.on > next(iter(backtest.navs())) for client in played.clients.values() for each in client.rebalances
    )


def test_the_wider_the_band_the_fewer(played: Outcome) -> None:
    counts = [len(played.clients[name].rebalances) for name in ("monthly", "quarterly", "5 points", "10 points")]
    assert all(more > fewer for more, fewer in pairwise(counts))


def test_funds_that_share_no_business_day_for_a_year_are_refused_by_their_rule(simulated: Simulate) -> None:
    rule = {"name": "rule", "target_allocation": {"HDFC_EQUITY": "60", "BIRLA_INCOME_PLUS": "40"}}
    content = {
        "from": "1994-06-01",
        "to": "1996-12-31",
        "fill": "observed",
        "navs": list(FILES),
        "products": [{"code": fund, "calendar": "navs"} for fund in TARGETS],
        "clients": [{"code": "C1", "rebalancing": [rule | BAND | {"threshold_percent": "5"}]}],
    }
    with pytest.raises(InvalidInput) as refused:
        simulated(content)
    assert refused.value.field == "clients[0].rebalancing[0].start_date"
