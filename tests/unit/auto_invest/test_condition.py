"""Goal Progress, Portfolio Drift and Market Condition: when they hold, and that unknown is never met."""

from __future__ import annotations

from typing import Any

import pytest

from automation.auto_invest.condition import reason_against
from tests.unit.auto_invest.examples import rule, seen

MET, UNMET, UNKNOWN = None, "condition_not_met", "condition_unknown"


def answer(kind: str, config: dict[str, Any], observed: str | None, reference: str | None = None) -> str | None:
    return reason_against(rule(trigger_type=kind, trigger_config=config), seen(observed, reference))


@pytest.mark.parametrize(
    ("direction", "progress", "expected"),
    [
        ("above", "50.0001", MET),
        ("above", "50", UNMET),
        ("above", "49.9999", UNMET),
        ("below", "49.9999", MET),
        ("below", "50", UNMET),
        ("below", "50.0001", UNMET),
        ("below", "0", MET),
    ],
)
def test_goal_progress_above_and_below_are_strict(direction: str, progress: str, expected: str | None) -> None:
    assert answer("Goal Progress", {"percent": "50", "direction": direction}, progress) == expected


@pytest.mark.parametrize(("drift", "expected"), [("5.0000", MET), ("5.0001", MET), ("4.9999", UNMET), ("0", UNMET)])
def test_portfolio_drift_holds_from_its_percent_on(drift: str, expected: str | None) -> None:
    assert answer("Portfolio Drift", {"percent": "5", "rebalancing_rule": "R"}, drift) == expected


@pytest.mark.parametrize(
    ("direction", "nav", "expected"),
    [
        ("fall", "95", MET),
        ("fall", "94.9999", MET),
        ("fall", "95.0001", UNMET),
        ("fall", "105", UNMET),
        ("rise", "105", MET),
        ("rise", "105.0001", MET),
        ("rise", "104.9999", UNMET),
        ("rise", "95", UNMET),
    ],
)
def test_a_nav_change_holds_from_its_percent_on_and_in_its_direction(
    direction: str, nav: str, expected: str | None
) -> None:
    config = {"nav_change_percent": "5", "direction": direction, "lookback_days": 30}
    assert answer("Market Condition", config, nav, "100") == expected


@pytest.mark.parametrize(
    ("nav", "market"),
    [
        ("102.0001", "Bull"),
        ("102", "Neutral"),
        ("100", "Neutral"),
        ("98", "Neutral"),
        ("97.9999", "Bear"),
    ],
)
def test_bull_bear_and_neutral_share_the_navs_around_a_band(nav: str, market: str) -> None:
    for asked in ("Bull", "Bear", "Neutral"):
        config = {"market": asked, "window_days": 200, "band_percent": "2"}
        assert answer("Market Condition", config, nav, "100") == (MET if asked == market else UNMET)


def test_without_a_band_only_the_average_itself_is_neutral() -> None:
    for nav, market in (("100.0001", "Bull"), ("100", "Neutral"), ("99.9999", "Bear")):
        config = {"market": market, "window_days": 200, "band_percent": "0"}
        assert answer("Market Condition", config, nav, "100") is MET


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Goal Progress", {"percent": "50", "direction": "below"}),
        ("Goal Progress", {"percent": "50", "direction": "above"}),
        ("Portfolio Drift", {"percent": "5", "rebalancing_rule": "R"}),
        ("Market Condition", {"nav_change_percent": "5", "direction": "fall", "lookback_days": 30}),
        ("Market Condition", {"nav_change_percent": "5", "direction": "rise", "lookback_days": 30}),
        ("Market Condition", {"market": "Bull", "window_days": 200, "band_percent": "0"}),
        ("Market Condition", {"market": "Neutral", "window_days": 200, "band_percent": "100"}),
    ],
)
def test_unknown_is_never_met(kind: str, config: dict[str, Any]) -> None:
    assert answer(kind, config, None, "100") == UNKNOWN
    assert answer(kind, config, None) == UNKNOWN
    assert reason_against(rule(trigger_type=kind, trigger_config=config), None) == UNKNOWN


@pytest.mark.parametrize(
    "config",
    [
        {"nav_change_percent": "5", "direction": "fall", "lookback_days": 30},
        {"market": "Bull", "window_days": 200, "band_percent": "0"},
    ],
)
def test_a_market_without_its_reference_is_unknown(config: dict[str, Any]) -> None:
    assert answer("Market Condition", config, "100", None) == UNKNOWN


def test_a_rule_on_dates_has_no_condition() -> None:
    assert reason_against(rule(), None) is MET
