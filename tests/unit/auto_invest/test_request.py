"""The body that creates a rule: everything that is wrong is refused with its field named."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.auto_invest.request import AutoInvestRequest, parse
from automation.errors import InvalidInput

quick = settings(derandomize=True, deadline=None, max_examples=200)

SOUND: dict[str, Any] = {
    "client": "C1",
    "name": "Monthly",
    "product": "FUND",
    "amount": "10000",
    "frequency": "Monthly",
    "day_of_month": 5,
    "start_date": "2024-01-01",
}
HALVES = [{"product": "A", "percent": "50"}, {"product": "B", "percent": "50"}]
GOAL = {"trigger_type": "Goal Progress", "trigger_config": {"percent": "50", "direction": "below"}, "goal": "G"}
DRIFT = {"trigger_type": "Portfolio Drift", "trigger_config": {"percent": "5", "rebalancing_rule": "REBAL-1"}}
FALL = {"nav_change_percent": "5", "direction": "fall", "lookback_days": 30}
BULL = {"market": "Bull", "window_days": 200, "band_percent": "2"}


def sent(**changes: Any) -> AutoInvestRequest:
    """The sound body with changes; a field that is changed to ... is left out."""
    body = SOUND | changes
    return parse({name: value for name, value in body.items() if value is not ...})


def refused(**changes: Any) -> str:
    """The field that is named when the body is refused."""
    with pytest.raises(InvalidInput) as error:
        sent(**changes)
    assert error.value.message.startswith(f"{error.value.field}: ")
    assert error.value.hint
    return error.value.field


def basket(*percents: Any) -> dict[str, Any]:
    parts = [{"product": f"P{n}", "percent": percent} for n, percent in enumerate(percents)]
    return {"product": ..., "allocations": parts}


def market(**config: Any) -> dict[str, Any]:
    return {"trigger_type": "Market Condition", "trigger_config": config}


def test_a_sound_body_is_read_as_it_stands() -> None:
    request = sent()
    assert (request.amount, request.start_date, request.time) == (Decimal(10000), date(2024, 1, 1), time(10))
    assert (request.plan, request.trigger_type, request.cash_policy, request.missed) == (
        "SIP",
        "Date",
        "skip",
        "latest",
    )


@pytest.mark.parametrize("field", ["client", "name", "amount", "frequency", "start_date"])
def test_a_required_field_that_is_missing_or_null_is_named(field: str) -> None:
    assert refused(**{field: ...}) == field
    assert refused(**{field: None}) == field


NOT_MONEY = [
    "-100", "0", "0.00", "-0", "NaN", "1e9", "1E9", "Infinity", "-Infinity", " 100", "100 ", "+100", "1,000", "1_000",
    "0x10", "", "ten", "100.001", "12345678901234567", "1\u0660\u0660", "\uff11", 100.5, 1e9, float("nan"),
    float("inf"), True, False, [], {}, -5, 0, 10**17,
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_MONEY)
@pytest.mark.parametrize("field", ["amount", "max_total_amount", "max_per_execution"])
def test_money_is_a_positive_plain_decimal_with_at_most_two_places(field: str, value: object) -> None:
    assert refused(**{field: value}) == field


@pytest.mark.parametrize("value", ["-0.01", "-0", "NaN", "1e9", "0.001", 0.5, True, " 0"])
def test_the_floor_may_be_zero_and_nothing_stranger(value: object) -> None:
    assert refused(min_balance_required=value) == "min_balance_required"
    assert sent(min_balance_required="0").min_balance_required == 0


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-31", "2023-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-1-5", "20240105", "2024-W05-6",
        "2024-036", "2024-01-05T10:00", "05-01-2024", "2024/01/05", "", "today", 20240105, 1704412800, True,
        [2024, 1, 5], " 2024-1-05", "2024-01-5 ", "\uff12\uff10\uff12\uff14-01-05", "0001-01-01", "9999-12-31",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["start_date", "end_date"])
def test_a_date_is_a_day_of_the_calendar_written_one_way(field: str, value: object) -> None:
    assert refused(**{field: value}) == field


@pytest.mark.parametrize(
    "value",
    [
        "25:00", "24:00", "10:60", "10:00:00", "1000", "T1000", "10+05", "10-05", "1000Z", "10.30", "9:30", "", 10,
        10.5, None,
    ],
)  # fmt: skip
def test_a_time_is_hours_and_minutes_written_one_way(value: object) -> None:
    assert refused(time=value) == "time"


def test_end_before_start_is_named_and_the_same_day_is_fine() -> None:
    assert refused(start_date="2024-02-10", end_date="2024-02-09") == "end_date"
    assert sent(start_date="2024-02-05", end_date="2024-02-05").end_date == date(2024, 2, 5)


@pytest.mark.parametrize("value", [0, 32, -1, "31", "first", "LAST", 1.0, 5.5, True, "", [5]])
def test_a_day_of_the_month_is_1_to_31_or_last(value: object) -> None:
    assert refused(day_of_month=value) == "day_of_month"
    assert sent(day_of_month="last").day_of_month == sent(day_of_month=31).day_of_month == 31


@pytest.mark.parametrize("value", [7, -1, "1", "Monday", 1.0, True])
def test_a_day_of_the_week_is_0_to_6(value: object) -> None:
    assert refused(frequency="Weekly", day_of_month=..., day_of_week=value) == "day_of_week"


@pytest.mark.parametrize("frequency", ["Daily", "Weekly", "Fortnightly"])
def test_a_day_of_the_month_belongs_to_months(frequency: str) -> None:
    assert refused(frequency=frequency) == "day_of_month"


@pytest.mark.parametrize("frequency", ["Daily", "Monthly", "Quarterly", "Half-Yearly", "Yearly"])
def test_a_day_of_the_week_belongs_to_weeks(frequency: str) -> None:
    assert refused(frequency=frequency, day_of_month=..., day_of_week=1) == "day_of_week"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frequency", "monthly"), ("frequency", "Hourly"), ("frequency", 1), ("roll", "backwards"), ("plan", "SWAP"),
        ("cash_policy", "maybe"), ("missed", "some"), ("trigger_type", "Whim"), ("enabled", "yes"), ("enabled", 1),
        ("failure_limit", 0), ("failure_limit", 1.5), ("failure_limit", True), ("instalments", 0), ("instalments", -1),
        ("instalments", "3"), ("instalments", 2.5), ("instalments", True), ("name", ""), ("name", "x" * 201),
        ("name", 5), ("client", ""), ("client", 7), ("product", ""), ("product", ["FUND"]), ("goal", ""),
        ("name", "a\x00b"), ("client", "\x00"), ("product", "FU\x00ND"), ("goal", "\x00"), ("name", "\ud800"),
        ("name", "two\nlines"), ("client", "C1\u202e"),
    ],
)  # fmt: skip
def test_a_value_outside_its_list_or_kind_is_named(field: str, value: object) -> None:
    assert refused(**{field: value}) == field


@pytest.mark.parametrize("name", ["foo", "Amount", "user", "client_id", "status", "next_run_at", "", "__class__"])
def test_a_field_that_does_not_exist_is_named(name: str) -> None:
    assert refused(**{name: "1"}) == (name or "body")


@pytest.mark.parametrize(
    ("percents", "field"),
    [
        (("50", "49.99"), "allocations"), (("50", "50.0001"), "allocations"), (("99.99",), "allocations"),
        (("33.33", "33.33", "33.33"), "allocations"), ((), "allocations"), (("50",) * 51, "allocations"),
        (("100", "0"), "allocations[1].percent"), (("101", "-1"), "allocations[0].percent"),
        (("50", "NaN"), "allocations[1].percent"), (("5e1", "50"), "allocations[0].percent"),
        ((50.0, "50"), "allocations[0].percent"), (("50.00001", "49.99999"), "allocations[0].percent"),
        ((True, "99"), "allocations[0].percent"), ((None, "100"), "allocations[0].percent"),
    ],
)  # fmt: skip
def test_allocations_are_positive_percents_that_sum_to_exactly_100(percents: tuple[Any, ...], field: str) -> None:
    assert refused(**basket(*percents)) == field


def test_allocations_that_sum_to_100_are_taken() -> None:
    assert len(sent(**basket("33.3333", "33.3333", "33.3334")).allocations or ()) == 3
    assert len(sent(**basket(50, "50")).allocations or ()) == 2


def test_a_basket_names_each_product_once_and_replaces_the_product() -> None:
    twice = [{"product": "A", "percent": "50"}, {"product": "A", "percent": "50"}]
    assert refused(product=..., allocations=twice) == "allocations"
    assert refused(allocations=HALVES) == "product"
    assert refused(product=...) == "product"
    assert (
        refused(product=..., allocations=[{"product": "A", "percent": "100", "weight": 1}]) == "allocations[0].weight"
    )
    assert refused(product=..., allocations=[{"percent": "100"}]) == "allocations[0].product"
    assert refused(product=..., allocations={"A": "100"}) == "allocations"


@quick
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_a_basket_is_taken_exactly_when_its_percents_sum_to_100(hundredths: list[int]) -> None:
    body = basket(*(f"{n / 100:.2f}" for n in hundredths))
    if sum(hundredths) == 10_000:
        assert sent(**body).allocations is not None
    else:
        assert refused(**body) == "allocations"


@quick
@given(st.dictionaries(st.sampled_from([*SOUND, "x"]), st.none() | st.booleans() | st.floats() | st.text(max_size=4)))
def test_no_body_is_answered_with_anything_but_a_request_or_a_refusal(changes: dict[str, object]) -> None:
    with suppress(InvalidInput):
        assert sent(**changes).amount > 0
