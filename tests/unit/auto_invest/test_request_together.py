"""What the fields of a rule's body mean for each other: plans, conditions, step-up, failures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.auto_invest.test_request import BULL, DRIFT, FALL, GOAL, HALVES, market, refused, sent


def test_each_plan_needs_its_products() -> None:
    assert refused(plan="STP") == "source_product"
    assert refused(source_product="LIQUID") == "source_product"
    assert refused(plan="SWP", source_product="LIQUID") == "source_product"
    assert refused(plan="STP", source_product="FUND") == "source_product"
    assert refused(plan="SWP", product=..., allocations=HALVES) == "allocations"
    assert refused(plan="STP", source_product="LIQUID", product=..., allocations=HALVES) == "allocations"
    assert sent(plan="STP", source_product="LIQUID").source_product == "LIQUID"


@pytest.mark.parametrize("changes", [GOAL, DRIFT, market(**FALL), market(**BULL), market(**FALL, product="INDEX")])
def test_each_condition_is_taken_with_its_configuration(changes: dict[str, Any]) -> None:
    assert sent(**changes).trigger_config is not None


@pytest.mark.parametrize("kind", ["Goal Progress", "Portfolio Drift", "Market Condition"])
@pytest.mark.parametrize("config", [..., None, "below", []])
def test_a_condition_without_its_configuration_is_refused(kind: str, config: object) -> None:
    assert refused(trigger_type=kind, goal="G", trigger_config=config) == "trigger_config"


def test_a_date_has_no_configuration() -> None:
    assert refused(trigger_config=FALL) == "trigger_config"
    assert sent(trigger_config={}).trigger_config is None
    assert sent(trigger_config=None).trigger_config is None


def test_goal_progress_needs_the_goal() -> None:
    assert refused(**GOAL | {"goal": None}) == "goal"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (GOAL | {"trigger_config": {"percent": "50"}}, "trigger_config.direction"),
        (GOAL | {"trigger_config": {"percent": "50", "direction": "under"}}, "trigger_config.direction"),
        (GOAL | {"trigger_config": {"percent": "0", "direction": "below"}}, "trigger_config.percent"),
        (GOAL | {"trigger_config": {"percent": 50.0, "direction": "below"}}, "trigger_config.percent"),
        (GOAL | {"trigger_config": {"percent": "50", "direction": "below", "x": 1}}, "trigger_config.x"),
        (DRIFT | {"trigger_config": {"percent": "5"}}, "trigger_config.rebalancing_rule"),
        (DRIFT | {"trigger_config": {"percent": "100.1", "rebalancing_rule": "R"}}, "trigger_config.percent"),
        (DRIFT | {"trigger_config": {"percent": "1e1", "rebalancing_rule": "R"}}, "trigger_config.percent"),
        (market(**FALL | {"direction": "down"}), "trigger_config.direction"),
        (market(**FALL | {"lookback_days": 0}), "trigger_config.lookback_days"),
        (market(**FALL | {"lookback_days": "30"}), "trigger_config.lookback_days"),
        (market(**FALL | {"nav_change_percent": "-5"}), "trigger_config.nav_change_percent"),
        (market(**FALL | {"nav_change_percent": "NaN"}), "trigger_config.nav_change_percent"),
        (market(**FALL | {"product": ""}), "trigger_config.product"),
        (market(**BULL | {"market": "Sideways"}), "trigger_config.market"),
        (market(**BULL | {"window_days": 1}), "trigger_config.window_days"),
        (market(**BULL | {"window_days": 5000}), "trigger_config.window_days"),
        (market(**BULL | {"band_percent": "-1"}), "trigger_config.band_percent"),
        (market(**FALL | BULL), "trigger_config.market"),
        (market(), "trigger_config.market"),
    ],
)
def test_the_field_of_a_condition_is_named_with_its_path(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == field


@pytest.mark.parametrize(
    ("step_up", "field"),
    [
        ({"every_months": 12}, "step_up"),
        ({"every_months": 12, "percent": "10", "amount": "500"}, "step_up"),
        ({"percent": "10"}, "step_up.every_months"),
        ({"percent": "10", "every_months": 3}, "step_up.every_months"),
        ({"percent": "10", "every_months": "12"}, "step_up.every_months"),
        ({"percent": "0", "every_months": 12}, "step_up.percent"),
        ({"percent": "-10", "every_months": 12}, "step_up.percent"),
        ({"percent": 10.5, "every_months": 12}, "step_up.percent"),
        ({"amount": "-500", "every_months": 12}, "step_up.amount"),
        ({"amount": "1e3", "every_months": 12}, "step_up.amount"),
        ({"percent": "10", "every_months": 12, "cap": "9999.99"}, "step_up.cap"),
        ({"percent": "10", "every_months": 12, "cap": "NaN"}, "step_up.cap"),
        ({"percent": "10", "every_months": 12, "from": "2025"}, "step_up.from"),
        ("10 %", "step_up"),
    ],
)
def test_a_step_up_is_a_percent_or_an_amount_every_6_or_12_months(step_up: object, field: str) -> None:
    assert refused(step_up=step_up) == field


@pytest.mark.parametrize(
    ("frequency", "allowed"),
    [
        ("Daily", 3),
        ("Weekly", 3),
        ("Fortnightly", 3),
        ("Monthly", 3),
        ("Quarterly", 2),
        ("Half-Yearly", 2),
        ("Yearly", 2),
    ],
)
def test_rare_instalments_may_fail_less_often_in_a_row(frequency: str, allowed: int) -> None:
    assert sent(frequency=frequency, day_of_month=...).failures_allowed == allowed
    assert sent(frequency=frequency, day_of_month=..., failure_limit=5).failures_allowed == 5
