"""Single conditions: levels, equality and crossings, to the last decimal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.triggers.condition import Leaf
from tests.unit.triggers.examples import MAX_AGE, leaf, seen, told

quick = settings(derandomize=True, deadline=None, max_examples=300)
ticks = st.integers(1, 40)
CONDITIONS = ["Greater Than", "Less Than", "Equals", "Crosses Above", "Crosses Below"]


@pytest.mark.parametrize(("condition", "value", "expected"), [
    ("Greater Than", "100.0001", True),
    ("Greater Than", "100.0000", False),
    ("Greater Than", "100", False),
    ("Greater Than", "99.9999", False),
    ("Less Than", "99.9999", True),
    ("Less Than", "100.0000", False),
    ("Less Than", "100.0001", False),
    ("Equals", "100.0000", True),
    ("Equals", "100.00005", True),
    ("Equals", "99.99995", True),
    ("Equals", "100.0001", False),
    ("Equals", "99.9999", False),
])  # fmt: skip
def test_levels_are_strict_and_equality_is_half_of_the_last_decimal(condition: str, value: str, expected: bool) -> None:
    assert told(leaf(condition), seen(value)) is expected


@pytest.mark.parametrize(("previous", "value", "above", "below"), [
    ("99.9999", "100.0001", True, False),
    ("100.0000", "100.0001", True, False),
    ("100", "100.0001", True, False),
    ("99", "100.0000", False, False),
    ("99", "100", False, False),
    ("99", "99.99995", False, False),
    ("100.0001", "100.0002", False, False),
    ("100.0000", "100.0000", False, False),
    ("100.0001", "99.9999", False, True),
    ("100.0000", "99.9999", False, True),
    ("101", "100.0000", False, False),
    ("101", "100.00005", False, False),
    ("99.9999", "99.9998", False, False),
])  # fmt: skip
def test_a_crossing_comes_from_the_level_or_before_it_and_ends_beyond(
    previous: str, value: str, above: bool, below: bool
) -> None:
    assert told(leaf("Crosses Above", "100.0000"), seen(value, previous)) is above
    assert told(leaf("Crosses Below", "100.0000"), seen(value, previous)) is below


@pytest.mark.parametrize("condition", ["Crosses Above", "Crosses Below"])
@pytest.mark.parametrize("value", ["99", "100", "101"])
def test_a_first_observation_crosses_nothing(condition: str, value: str) -> None:
    assert told(leaf(condition), seen(value)) is False


@pytest.mark.parametrize(("previous", "value"), [("99", "101"), ("101", "99"), ("100", "105"), ("105", "100")])
def test_equals_holds_where_the_value_was_passed_between_two_observations(previous: str, value: str) -> None:
    assert told(leaf("Equals"), seen(value, previous)) is True


@pytest.mark.parametrize(("previous", "value"), [("99", "99.5"), ("101", "105"), ("99.9998", "99.9999")])
def test_equals_does_not_hold_where_both_observations_are_on_one_side(previous: str, value: str) -> None:
    assert told(leaf("Equals"), seen(value, previous)) is False


@pytest.mark.parametrize(("tolerance", "value", "expected"), [
    ("0.5", "100.5", True),
    ("0.5", "99.5", True),
    ("0.5", "100.5001", False),
    ("0", "100", True),
    ("0", "100.0001", False),
])  # fmt: skip
def test_a_tolerance_of_its_own_is_included(tolerance: str, value: str, expected: bool) -> None:
    assert told(leaf("Equals", tolerance=Decimal(tolerance)), seen(value)) is expected


@pytest.mark.parametrize(("value", "expected"), [("100.005", True), ("99.995", True), ("100.0051", False)])
def test_money_equals_to_half_a_paisa(value: str, expected: bool) -> None:
    assert told(leaf("Equals", kind="Portfolio Value"), seen(value)) is expected


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("spoiled", [
    {"age": MAX_AGE + 1},
    {"age": None},
    {"problem": "suspect_price"},
    {"problem": "no_price"},
    {"value": None},
])  # fmt: skip
def test_what_is_stale_suspect_undated_or_missing_is_unknown(condition: str, spoiled: dict[str, Any]) -> None:
    for value, previous in ((99, 101), (100, 100), (101, 99)):
        assert told(leaf(condition), seen(value, previous)._replace(**spoiled)) is None


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_price_as_old_as_is_allowed_still_counts(condition: str) -> None:
    assert told(leaf(condition), seen(101, 99, age=MAX_AGE)) is (condition not in ("Less Than", "Crosses Below"))


@pytest.mark.parametrize("condition", ["Crosses Above", "Crosses Below", "Equals"])
@pytest.mark.parametrize("gap", [None, MAX_AGE + 1, 50])
def test_after_a_gap_in_the_data_nothing_was_passed(condition: str, gap: int | None) -> None:
    assert told(leaf(condition), seen(101, 99, gap=gap)) is False
    assert told(leaf(condition), seen(99, 101, gap=gap)) is False


def test_a_gap_as_long_as_is_allowed_is_none() -> None:
    assert told(leaf("Crosses Above"), seen(101, 99, gap=MAX_AGE)) is True


@pytest.mark.parametrize(("condition", "lasts"), [
    ("Greater Than", True), ("Less Than", False), ("Equals", False), ("Crosses Above", False), ("Crosses Below", False),
])  # fmt: skip
def test_what_lasts_is_a_level_that_still_holds_and_never_a_crossing(condition: str, lasts: bool) -> None:
    assert told(leaf(condition), seen(101, 99, age=99), lasting=True) is lasts


def by_counting(condition: str, level: int, previous: int | None, value: int) -> bool:
    """The same in whole ten-thousandths."""
    if condition == "Greater Than":
        return value > level
    if condition == "Less Than":
        return value < level
    if condition == "Equals":
        return value == level or (previous is not None and (previous - level) * (value - level) <= 0)
    if previous is None:
        return False
    return previous <= level < value if condition == "Crosses Above" else previous >= level > value


@quick
@given(
    st.sampled_from(CONDITIONS),
    st.integers(1, 10**14),
    ticks.map(lambda n: n - 20),
    st.none() | ticks.map(lambda n: n - 20),
    st.integers(0, 3),
)
def test_every_condition_is_that_of_whole_ten_thousandths(
    condition: str, level: int, above: int, before: int | None, zeros: int
) -> None:
    """The values lie around the level, in up to 18 digits, written with more or fewer zeros."""
    value, previous = level + 20 + above, None if before is None else level + 20 + before
    written = Decimal(value).scaleb(-4).quantize(Decimal(10) ** -(4 + zeros))
    observation = seen(written, None if previous is None else Decimal(previous).scaleb(-4))
    node = Leaf("NAV", "FUND", condition, Decimal(level + 20).scaleb(-4))
    assert told(node, observation) is by_counting(condition, level + 20, previous, value)


@quick
@given(st.integers(1, 10**10), st.integers(-50, 50), st.integers(-50, 50))
def test_from_one_side_to_the_other_is_one_crossing_and_on_one_side_is_none(
    level: int, before: int, after: int
) -> None:
    at, previous, value = (Decimal(level + 60 + step).scaleb(-4) for step in (0, before, after))
    found = [told(leaf(name, at), seen(value, previous)) for name in ("Crosses Above", "Crosses Below")]
    if before * after < 0:
        assert found == [after > 0, after < 0]
    elif before * after > 0:
        assert found == [False, False]
    else:
        assert found == [before == 0 < after, before == 0 > after]
