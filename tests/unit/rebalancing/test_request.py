"""The body that creates a rebalancing rule: everything that is wrong is refused with its field named."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from automation.calendar.business_days import Roll
from automation.errors import InvalidInput
from automation.rebalancing.request import RebalancingRequest, parse

SOUND: dict[str, Any] = {
    "client": "C1",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "target_allocation": {"equity": "60", "debt": "40"},
    "threshold_percent": "5",
}
BY_DRIFT: dict[str, Any] = {"strategy": "Drift-Based"}
BY_TIME: dict[str, Any] = {"strategy": "Time-Based", "threshold_percent": ..., "frequency": "Quarterly"}
HYBRID: dict[str, Any] = {"strategy": "Hybrid", "frequency": "Quarterly", "min_drift_percent": "2"}
STRATEGIES: tuple[dict[str, Any], ...] = ({}, BY_DRIFT, BY_TIME, HYBRID)


def sent(**changes: Any) -> RebalancingRequest:
    """The sound body with changes; a field that is changed to ... is left out."""
    return parse({name: value for name, value in (SOUND | changes).items() if value is not ...})


def refused(**changes: Any) -> str:
    """The field that is named when the body is refused."""
    with pytest.raises(InvalidInput) as error:
        sent(**changes)
    assert error.value.message.startswith(f"{error.value.field}: ")
    assert error.value.hint
    return error.value.field


def test_a_sound_body_is_read_as_it_stands_and_what_is_left_out_has_its_default() -> None:
    request = sent()
    assert request.target_allocation == {"equity": Decimal(60), "debt": Decimal(40)}
    assert (request.threshold_percent, request.cash_buffer) == (Decimal(5), Decimal(0))
    assert [request.relative_band_percent, request.min_drift_percent, request.rebalance_amount] == [None] * 3
    assert (request.to, request.mode) == ("target", "full")
    assert (request.preferred_products, request.do_not_trade, request.tax_aware) == ((), (), False)
    assert (request.trigger_on_drift, request.trigger_on_schedule, request.enabled) == (True, True, True)
    assert (request.time, request.roll, request.cooldown_days) == (time(10), Roll.FOLLOWING, 0)


def test_unless_it_is_said_otherwise_a_person_is_asked_first() -> None:
    request = sent()
    assert (request.execute_automatically, request.require_confirmation, request.confirm_within_hours) == (
        False, True, 24)  # fmt: skip


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_has_a_sound_body(strategy: dict[str, Any]) -> None:
    assert sent(**strategy).strategy == (SOUND | strategy)["strategy"]


@pytest.mark.parametrize("field", ["client", "name", "strategy", "target_allocation"])
def test_a_required_field_that_is_missing_or_null_is_named(field: str) -> None:
    assert refused(**{field: ...}) == field
    assert refused(**{field: None}) == field


@pytest.mark.parametrize("field", ["colour", "target", "threshold", "id", "status"])
def test_a_field_that_is_not_known_is_refused(field: str) -> None:
    assert refused(**{field: "red"}) == field


def test_several_wrong_fields_are_counted() -> None:
    with pytest.raises(InvalidInput, match=r"\(and 1 more\)"):
        sent(strategy="Weekly", mode="sometimes")


@pytest.mark.parametrize("wrong", [
    {"equity": "60", "debt": "39.9999"},
    {"equity": "60", "debt": "40.0001"},
    {"equity": "100", "debt": "100"},
    {"equity": "0"},
    {"cash": "100"},
    {},
    [["equity", "100"]],
    "equity",
    None,
])  # fmt: skip
def test_percents_sum_to_exactly_100_and_name_more_than_cash(wrong: Any) -> None:
    assert refused(target_allocation=wrong) == "target_allocation"


@pytest.mark.parametrize("targets", [
    {"equity": "100"},
    {"equity": "100", "debt": "0"},
    {"equity": "33.3333", "debt": "33.3333", "gold": "33.3334"},
    {"equity": "95", "cash": "5"},
    {"equity": 60, "debt": 40},
    {f"P{number}": "0.5" for number in range(200)},
])  # fmt: skip
def test_targets_may_be_whole_fine_zero_and_many(targets: dict[str, Any]) -> None:
    assert sum(sent(target_allocation=targets).target_allocation.values()) == 100


@pytest.mark.parametrize("percent", ["-1", "100.0001", "1e1", "NaN", "33.33333", "", "60 ", 60.0, True, None])
def test_a_percent_that_is_none_is_refused_by_its_name(percent: Any) -> None:
    assert refused(target_allocation={"equity": percent, "debt": "40"}) == "target_allocation.equity"


def test_more_targets_than_200_are_refused() -> None:
    assert refused(target_allocation={f"P{number}": "0.4" for number in range(250)}) == "target_allocation"


@pytest.mark.parametrize(("field", "wrong"), [
    ("strategy", "Weekly"),
    ("strategy", "threshold-based"),
    ("threshold_percent", "0"),
    ("threshold_percent", "-5"),
    ("threshold_percent", "100.0001"),
    ("threshold_percent", 5.5),
    ("threshold_percent", "5.00001"),
    ("relative_band_percent", "0"),
    ("relative_band_percent", "1000.0001"),
    ("to", "middle"),
    ("mode", "sell"),
    ("rebalance_amount", "0"),
    ("rebalance_amount", "-1"),
    ("rebalance_amount", "1.001"),
    ("rebalance_amount", "Infinity"),
    ("cash_buffer", "-0.01"),
    ("cash_buffer", "1.001"),
    ("cooldown_days", -1),
    ("cooldown_days", "3"),
    ("cooldown_days", 3661),
    ("confirm_within_hours", 0),
    ("confirm_within_hours", 8761),
    ("confirm_within_hours", 1.5),
    ("trigger_on_drift", "yes"),
    ("trigger_on_schedule", 1),
    ("tax_aware", "true"),
    ("execute_automatically", 1),
    ("require_confirmation", None),
    ("enabled", "false"),
    ("start_date", "2024-02-30"),
    ("start_date", "2024-01-01T00:00:00"),
    ("end_date", "tomorrow"),
    ("time", "24:00"),
    ("time", "10:00:30"),
    ("roll", "forwards"),
    ("frequency", "Hourly"),
    ("preferred_products", "EQ"),
    ("preferred_products[0]", [""]),
    ("do_not_trade[1]", ["EQ", 7]),
    ("name", ""),
    ("name", "a\nb"),
    ("client", "x" * 201),
])  # fmt: skip
def test_a_value_that_its_field_does_not_take_is_refused(field: str, wrong: Any) -> None:
    assert refused(**{field.partition("[")[0]: wrong}) == field


@pytest.mark.parametrize(("changes", "field"), [
    ({"threshold_percent": ...}, "threshold_percent"),
    (BY_DRIFT | {"threshold_percent": ...}, "threshold_percent"),
    (HYBRID | {"threshold_percent": ...}, "threshold_percent"),
    (HYBRID | {"min_drift_percent": ...}, "min_drift_percent"),
    ({"min_drift_percent": "2"}, "min_drift_percent"),
    (BY_TIME | {"min_drift_percent": "2"}, "min_drift_percent"),
    (BY_DRIFT | {"relative_band_percent": "25"}, "relative_band_percent"),
    (BY_TIME | {"relative_band_percent": "25"}, "relative_band_percent"),
    (BY_TIME | {"to": "band"}, "threshold_percent"),
    (BY_TIME | {"frequency": ...}, "frequency"),
    (HYBRID | {"frequency": ...}, "frequency"),
    ({"frequency": "Monthly"}, "frequency"),
    (BY_DRIFT | {"frequency": "Monthly"}, "frequency"),
    ({"trigger_on_drift": False}, "trigger_on_drift"),
    (BY_DRIFT | {"trigger_on_drift": False}, "trigger_on_drift"),
    (BY_TIME | {"trigger_on_schedule": False}, "trigger_on_schedule"),
    (HYBRID | {"trigger_on_drift": False, "trigger_on_schedule": False}, "trigger_on_drift"),
    (BY_TIME | {"day_of_week": 1}, "day_of_week"),
    (BY_TIME | {"frequency": "Weekly", "day_of_month": 1}, "day_of_month"),
    (BY_TIME | {"frequency": "Daily", "day_of_month": 1}, "day_of_month"),
    ({"day_of_month": 1}, "day_of_month"),
    ({"start_date": "2024-02-01", "end_date": "2024-01-31"}, "end_date"),
    ({"preferred_products": ["EQ", "X"], "do_not_trade": ["X"]}, "preferred_products"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused_by_the_field_that_is_too_much_or_missing(
    changes: dict[str, Any], field: str
) -> None:
    assert refused(**changes) == field


@pytest.mark.parametrize("changes", [
    {"relative_band_percent": "25"},
    HYBRID | {"relative_band_percent": "25", "trigger_on_drift": False},
    HYBRID | {"trigger_on_schedule": False},
    HYBRID | {"min_drift_percent": "0"},
    BY_TIME | {"threshold_percent": "5", "to": "band"},
    BY_DRIFT | {"to": "band"},
    BY_TIME | {"frequency": "Weekly", "day_of_week": 0},
    BY_TIME | {"day_of_month": "last", "roll": "modified_following"},
    {"start_date": "2024-02-01", "end_date": "2024-02-01"},
])  # fmt: skip
def test_what_goes_together_is_taken(changes: dict[str, Any]) -> None:
    assert sent(**changes).name == "60/40"


def test_the_calendar_is_read_into_dates_and_times() -> None:
    request = sent(**BY_TIME, start_date="2024-01-31", end_date="2025-01-31", time="16:45", day_of_month="last")
    assert (request.start_date, request.end_date) == (date(2024, 1, 31), date(2025, 1, 31))
    assert (request.time, request.day_of_month) == (time(16, 45), 31)
