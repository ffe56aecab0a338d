"""How far from the targets, and whether a rule acts on it: compared exactly, on its calendar or any day."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.rebalancing.drift import Drift, fires, measure
from automation.rebalancing.portfolio import values
from automation.rebalancing.rule import Rule
from tests.unit.rebalancing.examples import portfolio, position, rule

quick = settings(derandomize=True, deadline=None, max_examples=300)
money = st.decimals(Decimal(0), 10**9, places=4)


def worth(**amounts: object) -> dict[str, Decimal]:
    return {name: Decimal(str(amount)) for name, amount in amounts.items()}


def acts(one: Rule, *, scheduled: bool = False, **amounts: object) -> bool:
    return fires(one, worth(**amounts), scheduled=scheduled)


def test_drift_is_weight_less_target_and_both_numbers_are_reported() -> None:
    targets = {"EQ": Decimal(60), "DEBT": Decimal(30), "GOLD": Decimal(10)}
    assert measure(worth(EQ=690, DEBT=260, GOLD=50), targets) == Drift(
        Decimal("9.0000"),
        Decimal("9.0000"),
        {"EQ": Decimal("9.0000"), "DEBT": Decimal("-4.0000"), "GOLD": Decimal("-5.0000")},
        {"EQ": Decimal("69.0000"), "DEBT": Decimal("26.0000"), "GOLD": Decimal("5.0000")},
    )


@pytest.mark.parametrize("nothing", [{"EQ": 0, "DEBT": 0}, {"EQ": 5, "DEBT": -5}, {"EQ": 0, "DEBT": -1}])
def test_nothing_has_no_drift_and_fires_nothing(nothing: dict[str, object]) -> None:
    assert measure(worth(**nothing), rule().targets) is None
    assert not acts(rule("EQ 60 DEBT 40", strategy="Time-Based"), scheduled=True, **nothing)


def test_what_is_coming_counts_and_cash_only_where_it_is_a_target() -> None:
    held = portfolio(position("EQ1", 60, coming=Decimal(40)), position("GOLD1", 99), cash=300, coming=50)
    assert values(held, {"EQ": Decimal(100)}) == {"EQ": 640}
    assert values(held, {"EQ": Decimal(90), "cash": Decimal(10)}) == {"EQ": 640, "cash": 350}


def test_a_target_of_the_product_itself_goes_before_that_of_its_class() -> None:
    held = portfolio(position("EQ1", 60), position("EQ2", 7))
    assert values(held, {"EQ": Decimal(50), "EQ2": Decimal(50)}) == {"EQ": 600, "EQ2": 70}


@pytest.mark.parametrize(("equity", "expected"), [("649.99", False), ("650", True), ("550", True), ("550.01", False)])
def test_a_threshold_is_reached_exactly_and_on_both_sides(equity: str, expected: bool) -> None:
    debt = 1000 - Decimal(equity)
    assert acts(rule(threshold_percent=Decimal(5)), EQ=equity, DEBT=debt) is expected


def test_a_third_of_the_whole_is_no_matter_of_rounding() -> None:
    third = rule("EQ 50 DEBT 50", threshold_percent=Decimal("16.6667"))
    assert not acts(third, EQ=2, DEBT=1)
    assert acts(third._replace(threshold_percent=Decimal("16.6666")), EQ=2, DEBT=1)


@pytest.mark.parametrize(("gold", "expected"), [("125", True), ("124.99", False), ("75", True), ("75.01", False)])
def test_five_twenty_five_fires_on_a_quarter_of_a_small_target(gold: str, expected: bool) -> None:
    banded = rule("EQ 90 GOLD 10", relative_band_percent=Decimal(25))
    assert acts(banded, EQ=1000 - Decimal(gold), GOLD=gold) is expected


def test_a_target_of_zero_has_no_relative_band() -> None:
    banded = rule("EQ 100 GOLD 0", relative_band_percent=Decimal(25))
    assert not acts(banded, EQ=960, GOLD=40)
    assert acts(banded, EQ=950, GOLD=50)


def test_drift_based_fires_on_half_the_sum_of_all_drifts() -> None:
    spread = rule("EQ 40 DEBT 30 GOLD 20 HYB 10", strategy="Drift-Based", threshold_percent=Decimal(6))
    assert acts(spread, EQ=430, DEBT=330, GOLD=170, HYB=70)
    assert not acts(spread, EQ=430, DEBT="329.99", GOLD="170.01", HYB=70)


@pytest.mark.parametrize(("strategy", "changes", "drift", "any_day", "on_its_day"), [
    ("Time-Based", {}, 0, False, True),
    ("Time-Based", {"threshold_percent": None}, 40, False, True),
    ("Threshold-Based", {}, 6, True, True),
    ("Threshold-Based", {}, 4, False, False),
    ("Threshold-Based", {"trigger_on_drift": False}, 6, False, True),
    ("Drift-Based", {}, 6, True, True),
    ("Hybrid", {"min_drift_percent": Decimal(2)}, 6, True, True),
    ("Hybrid", {"min_drift_percent": Decimal(2)}, 2, False, True),
    ("Hybrid", {"min_drift_percent": Decimal(2)}, 1, False, False),
    ("Hybrid", {"min_drift_percent": None}, 0, False, True),
    ("Hybrid", {"min_drift_percent": Decimal(2), "trigger_on_drift": False}, 6, False, True),
])  # fmt: skip
def test_when_a_strategy_acts(
    strategy: str, changes: dict[str, Any], drift: int, any_day: bool, on_its_day: bool
) -> None:
    one = rule(strategy=strategy, **changes)
    amounts = worth(EQ=600 + 10 * drift, DEBT=400 - 10 * drift)
    assert [fires(one, amounts, scheduled=scheduled) for scheduled in (False, True)] == [any_day, on_its_day]


@quick
@given(money, money, money, st.decimals(Decimal("0.0001"), 50, places=4), st.decimals(1, 100, places=4))
def test_what_fires_is_what_fractions_say(
    equity: Decimal, debt: Decimal, gold: Decimal, threshold: Decimal, band: Decimal
) -> None:
    amounts = {"EQ": equity, "DEBT": debt, "GOLD": gold}
    one = rule("EQ 33.3333 DEBT 33.3333 GOLD 33.3334", threshold_percent=threshold, relative_band_percent=band)
    whole = Fraction(equity + debt + gold)
    if not whole:
        return
    drifts = [abs(Fraction(amounts[name]) / whole * 100 - Fraction(target)) for name, target in one.targets.items()]
    relative = [
        drift / Fraction(target) * 100 >= band for drift, target in zip(drifts, one.targets.values(), strict=True)
    ]
    assert fires(one, amounts, scheduled=False) is (max(drifts) >= threshold or any(relative))
    by_sum = one._replace(strategy="Drift-Based")
    assert fires(by_sum, amounts, scheduled=False) is (sum(drifts) / 2 >= threshold)
