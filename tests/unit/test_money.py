"""Money: exact decimals, rounded once in a named direction; a split loses and makes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation import money

quick = settings(derandomize=True, deadline=None, max_examples=200)
amounts = st.decimals(Decimal("0.01"), Decimal("999999999999.99"), places=2)
navs = st.decimals(Decimal("0.0001"), Decimal("99999.9999"), places=4)


@st.composite
def whole_percents(draw: st.DrawFn) -> list[Decimal]:
    """Up to 12 percents with four decimals that sum to exactly 100."""
    cuts = draw(st.lists(st.integers(1, 999_999), unique=True, max_size=11))
    edges = [0, *sorted(cuts), 1_000_000]
    return [Decimal(high - low) / 10_000 for low, high in pairwise(edges)]


def by_largest_remainder(amount: Decimal, percents: Sequence[Decimal]) -> list[int]:
    """The parts in paise, with fractions instead of decimals."""
    exact = [Fraction(amount) * 100 * Fraction(percent) / 100 for percent in percents]
    paise = [int(part) for part in exact]
    wanting = int(Fraction(amount) * 100) - sum(paise)
    order = sorted(range(len(exact)), key=lambda i: (-(exact[i] - paise[i]), i))
    for i in order[:wanting]:
        paise[i] += 1
    return paise


@quick
@given(amounts, whole_percents())
def test_a_split_is_the_largest_remainder_split_and_sums_to_the_whole(amount: Decimal, percents: list[Decimal]) -> None:
    parts = money.split(amount, percents)
    assert sum(parts) == amount
    assert [int(part * 100) for part in parts] == by_largest_remainder(amount, percents)


def test_the_earlier_of_two_equal_remainders_gets_the_paisa() -> None:
    third = Decimal(100) / 3
    assert money.split(Decimal("0.05"), [Decimal(50), Decimal(50)]) == [Decimal("0.03"), Decimal("0.02")]
    assert sum(money.split(Decimal("100.00"), [third, third, Decimal(100) - 2 * third])) == Decimal("100.00")


def test_a_paisa_over_many_parts_goes_to_one() -> None:
    assert money.split(Decimal("0.01"), [Decimal(10)] * 10) == [Decimal("0.01"), *[Decimal(0)] * 9]


REFUSED = [
    "1e2", "1E2", "-0", "-0.00", "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", " 1", "1 ", "1\n", "\t1", "+1",
    "1,000", "1_000", "01", "-01", ".5", "5.", "-", "", "0x10", "1.2.3", "--1", "½",
    "\uff11\uff12", "1\u0660\u0660", "\u0967\u096b", "1.\u0660",
    "1234567890123456789", "1.123456789", "1-", "(1)", "₹1",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_parse_refuses_what_is_not_plain(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        money.parse(text)


@pytest.mark.parametrize("text", ["0", "0.00", "1", "-1", "1500.50", "0.0001", "-0.01", "999999999999999999"])
def test_parse_reads_plain_decimals_exactly(text: str) -> None:
    assert str(money.parse(text)) == text


@quick
@given(st.decimals(Decimal("-99999999999999.9999"), Decimal("99999999999999.9999"), places=4))
def test_parse_reads_back_every_amount_that_is_written(value: Decimal) -> None:
    text = str(abs(value)) if value == 0 else str(value)
    assert money.parse(text) == value


@quick
@given(st.text(max_size=8))
def test_parse_never_reads_anything_but_ascii_digits(text: str) -> None:
    try:
        money.parse(text)
    except ValueError:
        return
    assert set(text) <= set("-.0123456789")


@quick
@given(amounts, navs)
def test_units_bought_are_the_most_that_the_amount_pays_for(amount: Decimal, nav: Decimal) -> None:
    units = Fraction(money.bought(amount, nav))
    assert units * Fraction(nav) <= Fraction(amount) < (units + Fraction(1, 10_000)) * Fraction(nav)


@quick
@given(amounts, navs)
def test_units_sold_are_the_fewest_that_are_worth_the_amount(amount: Decimal, nav: Decimal) -> None:
    units = Fraction(money.sold(amount, nav))
    assert (units - Fraction(1, 10_000)) * Fraction(nav) < Fraction(amount) <= units * Fraction(nav)


@quick
@given(st.decimals(0, 10**12, places=6))
def test_money_paid_out_is_never_more_than_is_there(amount: Decimal) -> None:
    paid = money.paid_out(amount)
    assert 0 <= amount - paid < Decimal("0.01")
    assert paid.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("amount", "rounded"), [("1.004", "1.00"), ("1.005", "1.01"), ("1.0149", "1.01"), ("1.015", "1.02")]
)
def test_an_instalment_is_rounded_to_the_nearest_paisa_and_half_up(amount: str, rounded: str) -> None:
    assert str(money.nearest(Decimal(amount))) == rounded


@quick
@given(amounts, st.decimals(Decimal("0.01"), 5000, places=2))
def test_a_multiple_is_the_largest_one_not_above_the_amount(amount: Decimal, multiple: Decimal) -> None:
    sized = Fraction(money.to_multiple(amount, multiple))
    assert (sized / Fraction(multiple)).denominator == 1
    assert 0 <= Fraction(amount) - sized < Fraction(multiple)
