"""The stepped-up instalment, computed a second time with fractions and another library's dates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.auto_invest.amount import instalment
from tests.unit.auto_invest.examples import rule

quick = settings(derandomize=True, deadline=None, max_examples=200)
money = st.decimals(Decimal("0.01"), 10_000_000, places=2)
FIRST = date(2024, 1, 31)


def steps(first: date, day: date, every: int) -> int:
    """How many anniversaries of the first instalment have come by a day."""
    count = 0
    while first + relativedelta(months=(count + 1) * every) <= day:
        count += 1
    return count


def half_up(value: Fraction) -> Decimal:
    return Decimal(int(value * 100 + Fraction(1, 2))) / 100


@st.composite
def stepped(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(money)
    kind = draw(st.sampled_from(["percent", "amount"]))
    size = draw(st.decimals(Decimal("0.0001"), 100, places=4) if kind == "percent" else money)
    cap = draw(st.none() | st.decimals(amount, amount * 20, places=2))
    return {
        "amount": amount,
        f"step_up_{kind}": size,
        "step_up_every_months": draw(st.sampled_from([6, 12])),
        "step_up_cap": cap,
        "first_occurrence": draw(st.dates(date(1995, 1, 1), date(2030, 12, 31))),
    }


@quick
@given(stepped(), st.integers(0, 365 * 15))
def test_it_grows_with_every_anniversary_of_the_first_instalment(terms: dict[str, Any], days: int) -> None:
    day = terms["first_occurrence"] + timedelta(days=days)
    times = steps(terms["first_occurrence"], day, terms["step_up_every_months"])
    if "step_up_percent" in terms:
        exact = Fraction(terms["amount"]) * (1 + Fraction(terms["step_up_percent"]) / 100) ** times
    else:
        exact = Fraction(terms["amount"]) + times * Fraction(terms["step_up_amount"])
    if terms["step_up_cap"] is not None:
        exact = min(exact, Fraction(terms["step_up_cap"]))
    assert instalment(rule(**terms), day) == half_up(exact)


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2024, 1, 31), "10000.00"),
        (date(2025, 1, 30), "10000.00"),
        (date(2025, 1, 31), "11000.00"),
        (date(2026, 1, 31), "12100.00"),
        (date(2029, 1, 31), "16105.10"),
    ],
)
def test_ten_percent_a_year_compounds(day: date, amount: str) -> None:
    yearly = rule(first_occurrence=FIRST, step_up_percent=Decimal(10), step_up_every_months=12)
    assert str(instalment(yearly, day)) == amount


@pytest.mark.parametrize(
    ("day", "amount"),
    [(date(2024, 7, 30), "10000.00"), (date(2024, 7, 31), "10500.00"), (date(2025, 1, 31), "11000.00")],
)
def test_an_amount_every_half_year_adds_up(day: date, amount: str) -> None:
    half_yearly = rule(first_occurrence=FIRST, step_up_amount=Decimal(500), step_up_every_months=6)
    assert str(instalment(half_yearly, day)) == amount


def test_an_anniversary_that_a_short_month_lacks_is_its_last_day() -> None:
    from_august = rule(first_occurrence=date(2023, 8, 31), step_up_amount=Decimal(500), step_up_every_months=6)
    assert instalment(from_august, date(2024, 2, 28)) == 10_000
    assert instalment(from_august, date(2024, 2, 29)) == 10_500


def test_each_instalment_is_rounded_once_from_the_exact_amount() -> None:
    odd = rule(
        amount=Decimal("333.33"), first_occurrence=FIRST, step_up_percent=Decimal("7.7"), step_up_every_months=12
    )
    exact = Decimal("333.33") * Decimal("1.077") ** 7
    assert instalment(odd, date(2031, 1, 31)) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_without_step_up_the_amount_stays() -> None:
    assert instalment(rule(first_occurrence=date(1990, 1, 1)), FIRST) == Decimal("10000.00")
