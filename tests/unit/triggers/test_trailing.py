"""Levels that follow the best price: where they are, and that they fire at or beyond."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.triggers.condition import resting_levels
from automation.triggers.trigger import Trigger
from tests.unit.triggers.examples import MAX_AGE, seen, told, trailing

quick = settings(derandomize=True, deadline=None, max_examples=300)
BUYS = {"order_type": "Purchase", "amount": Decimal(1000), "all_units": False}


def fires(one: Trigger, price: str) -> bool | None:
    (node,) = one.leaves
    return told(node, seen(price))


@pytest.mark.parametrize(("percent", "best", "price", "expected"), [
    ("10", "100", "90.0000", True),
    ("10", "100", "90", True),
    ("10", "100", "89.9999", True),
    ("10", "100", "90.0001", False),
    ("10", "100", "120", False),
    ("33.3333", "100.0001", "66.6667", True),
    ("33.3333", "100.0001", "66.6668", False),
    ("0.0001", "0.0001", "0.0001", False),
])  # fmt: skip
def test_what_sells_fires_at_or_below_its_percent_under_the_highest(
    percent: str, best: str, price: str, expected: bool
) -> None:
    assert fires(trailing(percent, best), price) is expected


@pytest.mark.parametrize(("percent", "best", "price", "expected"), [
    ("10", "100", "110.0000", True),
    ("10", "100", "109.9999", False),
    ("10", "100", "110.0001", True),
    ("10", "100", "80", False),
])  # fmt: skip
def test_what_buys_fires_at_or_above_its_percent_over_the_lowest(
    percent: str, best: str, price: str, expected: bool
) -> None:
    assert fires(trailing(percent, best, **BUYS), price) is expected


def test_a_switch_trails_as_what_sells() -> None:
    switch = trailing("10", "100", order_type="Switch", target_product_id="OTHER")
    assert fires(switch, "90") is True
    assert fires(switch, "110") is False


def test_before_there_is_a_best_price_it_is_unknown() -> None:
    assert fires(trailing("10", None), "1") is None


def test_a_stale_price_is_unknown_to_a_level_that_trails() -> None:
    (node,) = trailing("10", "100").leaves
    assert told(node, seen("1", age=MAX_AGE + 1)) is None


@quick
@given(
    st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-4)),
    st.integers(1, 999_999).map(lambda n: Decimal(n).scaleb(-4)),
    st.booleans(),
    st.integers(-20_000, 20_000),
)
def test_the_level_is_exact_to_the_last_digit(best: Decimal, percent: Decimal, buys: bool, step: int) -> None:
    """Price and level are compared in whole numbers as well: 100 prices against 100 ∓ percent best prices."""
    price = max(best + Decimal(step).scaleb(-4), Decimal("0.0001"))
    one = trailing(str(percent), str(best), **BUYS if buys else {})
    mine, theirs = int(price * 10**4) * 10**6, int(best * 10**4) * (10**6 + int(percent * 10**4) * (1 if buys else -1))
    assert fires(one, str(price)) is (mine >= theirs if buys else mine <= theirs)


@quick
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=40), st.integers(1, 9999))
def test_the_level_of_a_better_best_price_is_never_worse(prices: list[int], percent: int) -> None:
    share = str(Decimal(percent) / 100)
    rising = [trailing(share, str(best)).trailing_level for best in sorted(prices)]
    falling = [trailing(share, str(best), **BUYS).trailing_level for best in sorted(prices, reverse=True)]
    assert rising == sorted(level for level in rising if level is not None)
    assert falling == sorted((level for level in falling if level is not None), reverse=True)


@pytest.mark.parametrize(("one", "above", "below"), [
    (trailing("10", "100"), None, Decimal(90)),
    (trailing("10", "100", **BUYS), Decimal(110), None),
    (trailing("10", None), None, None),
])  # fmt: skip
def test_it_rests_at_its_level(one: Trigger, above: Decimal | None, below: Decimal | None) -> None:
    assert resting_levels(one.leaves[0]) == (above, below)
