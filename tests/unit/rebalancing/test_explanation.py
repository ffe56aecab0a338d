"""A decision in plain words: how far, what is traded, or why nothing is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.rebalancing.decision import GUARDS, SKIPS, Decision, decide
from automation.rebalancing.explanation import explain, shortfall, trade_in_words
from automation.rebalancing.trade import Trade
from tests.unit.rebalancing.examples import portfolio, position, rule
from tests.unit.rebalancing.occasions import DRIFT, HAND, SCHEDULE, TODAY, facts, held

FAR = "largest drift 6.67 points (EQ +6.67), portfolio drift 6.67: "
TIME: dict[str, Any] = {"strategy": "Time-Based", "threshold_percent": None, "frequency": "Monthly"}


def said(of_rule: dict[str, Any] | None = None, **of_facts: Any) -> str:
    one, known = rule(**of_rule or {}), facts(**of_facts)
    return explain(one, known, decide(one, known))


def test_what_is_traded_is_told_after_how_far_it_was() -> None:
    assert said() == f"{FAR}Redemption of 80.00 of EQ; Purchase of 80.00 of DEBT"


@pytest.mark.parametrize(("kind", "target", "everything", "expected"), [
    ("Switch", "B", False, "Switch of 12,500.00 from A to B"),
    ("Switch", "B", True, "Switch of all from A to B"),
    ("Redemption", None, True, "Redemption of all of A"),
    ("Purchase", None, False, "Purchase of 12,500.00 of A"),
])  # fmt: skip
def test_a_trade_reads_as_people_say_it(kind: str, target: str | None, everything: bool, expected: str) -> None:
    worth = Decimal("12500.00")
    assert trade_in_words(Trade(0, kind, "A", target, worth, everything, worth, Decimal(0))) == expected


@pytest.mark.parametrize(("of_rule", "of_facts", "expected"), [
    ({"enabled": False}, {}, "the rule is switched off"),
    ({"status": "Cancelled"}, {}, "the rule was cancelled"),
    ({"status": "Paused"}, {}, "the rule was paused"),
    ({"start_date": TODAY + timedelta(1)}, {}, "the rule starts on 2024-06-04"),
    ({"end_date": TODAY - timedelta(1)}, {}, "the rule ended on 2024-06-02"),
    ({}, {"missed": True}, "it was found after the next one was due, which stands for it"),
    ({}, {"business_day": False}, "it is no business day for all of its products"),
    ({}, {"stop": "client: drill"}, "a kill switch stands (client: drill)"),
    ({"client_status": "Suspended"}, {}, "the client is Suspended"),
    ({"kyc_status": "Pending"}, {}, "the client's KYC is Pending"),
    ({}, {"live": True}, "an execution of the client is not over yet"),
    ({}, {"today": True}, "the client was rebalanced today already"),
    ({"cooldown_days": 5}, {"last_on": TODAY}, "it rests for 5 days since 2024-06-03"),
    ({}, {"portfolio": held(0, 0)}, "nothing of its targets is held"),
    ({"threshold_percent": Decimal(7)}, {}, f"{FAR}that is within what Threshold-Based allows"),
    (TIME, DRIFT, f"{FAR}it acts on its calendar alone"),
])  # fmt: skip
def test_what_stops_it_is_told_with_its_figures(of_rule: dict[str, Any], of_facts: Any, expected: str) -> None:
    assert said(of_rule, **of_facts) == expected


@pytest.mark.parametrize(("problem", "expected"), [
    ("no_price", "something that is held has no price"),
    ("suspect_price", "a price is suspect until it is confirmed"),
    ("stale_price", "a price is more than 3 business days old"),
])  # fmt: skip
def test_a_price_that_is_not_good_is_told(problem: str, expected: str) -> None:
    bad = position("EQ", 80)._replace(price_problem=problem)
    assert said(portfolio=portfolio(bad, position("DEBT", 40))) == expected


def test_on_target_leaves_nothing_to_trade() -> None:
    assert said({}, portfolio=held(60, 40), **HAND).endswith(": that leaves nothing to trade")


def test_a_plan_of_nothing_says_what_was_left_out() -> None:
    assert said({"do_not_trade": ["DEBT"]}) == f"{FAR}nothing could be traded (do_not_trade)"


def test_every_reason_has_words_or_is_named() -> None:
    decision = Decision(SKIPS, "of_tomorrow", len(GUARDS) - 1)
    assert explain(rule(), facts(), decision) == "nothing could be traded (of_tomorrow)"


@pytest.mark.parametrize(("of_rule", "of_facts", "expected"), [
    ({"threshold_percent": Decimal(10)}, {}, "3.33 percentage points"),
    ({"threshold_percent": Decimal(10), "strategy": "Drift-Based"}, {}, "3.33 percentage points"),
    ({"threshold_percent": Decimal(10), "relative_band_percent": Decimal(20)}, {}, "1.33 percentage points"),
    ({"threshold_percent": Decimal(10), "relative_band_percent": Decimal(500)}, {}, "3.33 percentage points"),
    (TIME, DRIFT, None),
    ({}, {}, None),
    ({"threshold_percent": Decimal(10)}, {"stop": "global: drill"}, None),
    ({"strategy": "Hybrid", "min_drift_percent": Decimal(9), "threshold_percent": Decimal(10)}, SCHEDULE,
     "3.33 percentage points"),
    ({"strategy": "Hybrid", "threshold_percent": Decimal(10), "trigger_on_drift": False}, DRIFT, None),
])  # fmt: skip
def test_the_distance_is_to_the_nearest_band(of_rule: dict[str, Any], of_facts: Any, expected: str | None) -> None:
    one, known = rule(**of_rule), facts(**of_facts)
    assert shortfall(one, decide(one, known)) == expected
