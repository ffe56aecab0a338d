"""The guards of a decision: each stops it with a reason of its own, the first one first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.rebalancing.decision import ACTS, GUARDS, SKIPS
from tests.unit.rebalancing.examples import portfolio, position, rule
from tests.unit.rebalancing.occasions import DRIFT, HAND, NOW, SCHEDULE, TODAY, decided, held, reason

NAMES = [name for name, _ in GUARDS]
OLD = position("EQ", 80)._replace(price_problem="stale_price")
HYBRID: dict[str, Any] = {"strategy": "Hybrid", "frequency": "Monthly", "min_drift_percent": Decimal(2)}
TIME: dict[str, Any] = {"strategy": "Time-Based", "frequency": "Monthly", "threshold_percent": None}
# By guard: what spoils the rule, what spoils the facts, the reason.
SPOILED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("rule_enabled", {"enabled": False}, {}, "rule_disabled"),
    ("inside_dates", {"start_date": TODAY + timedelta(1)}, {}, "not_started"),
    ("not_missed", {}, {"missed": True}, "missed"),
    ("business_day", {}, {"business_day": False}, "non_business_day"),
    ("kill_switch", {}, {"stop": "global: drill"}, "kill_switch"),
    ("client", {"kyc_status": "Pending"}, {}, "kyc_not_verified"),
    ("single", {}, {"live": True}, "execution_live"),
    ("cooldown", {"cooldown_days": 2}, {"last_on": TODAY - timedelta(1)}, "cooldown"),
    ("prices", {}, {"portfolio": portfolio(OLD, position("DEBT", 40))}, "stale_price"),
    ("condition", {"threshold_percent": Decimal(50)}, {}, "within_band"),
    ("plan", {"do_not_trade": ["DEBT"]}, {}, "do_not_trade"),
]


def test_a_sound_occasion_acts_with_its_plan() -> None:
    decision = decided(rule())
    assert (decision.status, decision.reason, decision.guards) == (ACTS, None, len(NAMES))
    assert decision.drift is not None
    assert decision.plan is not None
    assert [str(trade.worth) for trade in decision.plan.trades] == ["80.00", "80.00"]


def test_every_guard_has_something_that_it_stops() -> None:
    assert [guard for guard, _, _, _ in SPOILED] == NAMES


@pytest.mark.parametrize(("guard", "of_rule", "of_facts", "expected"), SPOILED)
def test_each_guard_stops_with_its_own_reason(
    guard: str, of_rule: dict[str, Any], of_facts: dict[str, Any], expected: str
) -> None:
    decision = decided(rule(**of_rule), **of_facts)
    assert (decision.status, decision.reason, NAMES[decision.guards]) == (SKIPS, expected, guard)


@pytest.mark.parametrize("first", range(len(SPOILED)))
def test_of_several_that_would_stop_it_the_earliest_speaks(first: int) -> None:
    of_rule: dict[str, Any] = {}
    of_facts: dict[str, Any] = {}
    for _, one, other, _ in SPOILED[first:]:
        of_rule |= one
        of_facts |= other
    assert reason(rule(**of_rule), **of_facts) == SPOILED[first][3]


@pytest.mark.parametrize(("changes", "occasion", "expected"), [
    ({"status": "Cancelled"}, HAND, "rule_cancelled"),
    ({"status": "Completed"}, HAND, "rule_completed"),
    ({"status": "Paused"}, DRIFT, "rule_paused"),
    ({"status": "Paused"}, HAND, None),
    ({"status": "Paused", "paused_until": NOW}, DRIFT, None),
    ({"status": "Paused", "paused_until": NOW + timedelta(seconds=1)}, DRIFT, "rule_paused"),
    ({"end_date": TODAY}, DRIFT, None),
    ({"end_date": TODAY - timedelta(1)}, DRIFT, "ended"),
    ({"end_date": TODAY - timedelta(1)}, HAND, None),
    ({"client_status": "Suspended"}, HAND, "client_inactive"),
])  # fmt: skip
def test_the_state_of_rule_and_client_is_told_apart(
    changes: dict[str, Any], occasion: dict[str, Any], expected: str | None
) -> None:
    assert reason(rule(**changes), **occasion) == expected


@pytest.mark.parametrize(("last", "days", "expected"), [
    (0, 1, "cooldown"), (1, 1, None), (2, 3, "cooldown"), (3, 3, None), (0, 0, None),
])  # fmt: skip
def test_the_cooldown_is_over_after_so_many_days_of_the_calendar(last: int, days: int, expected: str | None) -> None:
    assert reason(rule(cooldown_days=days), last_on=TODAY - timedelta(last)) == expected


@pytest.mark.parametrize("against", [
    {"today": True}, {"business_day": False}, {"last_on": TODAY},
])  # fmt: skip
def test_by_hand_day_calendar_and_cooldown_do_not_count(against: dict[str, Any]) -> None:
    one = rule(cooldown_days=9)
    assert reason(one, **against) is not None
    assert reason(one, **against | HAND) is None


def test_by_hand_the_band_does_not_count() -> None:
    assert reason(rule(threshold_percent=Decimal(50)), **HAND) is None


@pytest.mark.parametrize("against", [{"live": True}, {"stop": "client: drill"}])
def test_by_hand_another_execution_and_switches_do_count(against: dict[str, Any]) -> None:
    assert reason(rule(), **against | HAND) is not None


@pytest.mark.parametrize("problem", ["no_price", "suspect_price", "stale_price"])
def test_a_price_of_what_is_held_or_coming_must_be_good(problem: str) -> None:
    bad = position("EQ", 80)._replace(price_problem=problem)
    coming = position("EQ", 0, coming=Decimal(800))._replace(price_problem=problem)
    for each in (bad, coming):
        assert reason(rule(), portfolio=portfolio(each, position("DEBT", 40))) == problem


def test_the_price_of_what_is_not_held_need_not_be_good_to_weigh_the_rest() -> None:
    one = rule("EQ 60 DEBT 40 GOLD 0")
    gold = position("GOLD", 0)._replace(price_problem="stale_price")
    assert reason(one, portfolio=portfolio(position("EQ", 80), position("DEBT", 40), gold)) is None


def test_where_nothing_is_held_there_is_no_drift() -> None:
    decision = decided(rule(), portfolio=held(0, 0))
    assert (decision.reason, decision.drift) == ("nothing_held", None)


@pytest.mark.parametrize(("changes", "occasion", "acts"), [
    ({}, DRIFT, True),
    (TIME, DRIFT, False),
    (TIME, SCHEDULE, True),
    (HYBRID, DRIFT, True),
    (HYBRID | {"trigger_on_drift": False}, DRIFT, False),
    (HYBRID | {"trigger_on_drift": False}, SCHEDULE, True),
    (HYBRID | {"threshold_percent": Decimal(7)}, DRIFT, False),
    (HYBRID | {"threshold_percent": Decimal(7)}, SCHEDULE, True),
    (HYBRID | {"threshold_percent": Decimal(7), "min_drift_percent": Decimal(7)}, SCHEDULE, False),
    ({"strategy": "Drift-Based"}, DRIFT, True),
    ({"strategy": "Drift-Based", "threshold_percent": Decimal(7)}, DRIFT, False),
    ({"threshold_percent": Decimal(50), "relative_band_percent": Decimal(16)}, DRIFT, True),
    ({"threshold_percent": Decimal(50), "relative_band_percent": Decimal(17)}, DRIFT, False),
])  # fmt: skip
def test_what_calls_for_it_depends_on_strategy_and_occasion(
    changes: dict[str, Any], occasion: dict[str, Any], acts: bool
) -> None:
    """EQ is 6.67 points, 11.1 percent, over its target; DEBT as much, 16.7 percent, under it."""
    assert (decided(rule(**changes), **occasion).status == ACTS) == acts


def test_on_target_it_skips_whatever_called_for_it() -> None:
    assert reason(rule(**TIME), portfolio=held(60, 40), **SCHEDULE) == "on_target"
    assert reason(rule(), portfolio=held(60, 40), **HAND) == "on_target"


def test_a_decision_that_stopped_before_it_was_measured_has_no_drift() -> None:
    assert decided(rule(), stop="global: drill").drift is None
    assert decided(rule(threshold_percent=Decimal(50))).drift is not None
