"""A decision in words: the figures that decided it, and none that did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.auto_invest.decision import decide
from automation.auto_invest.explanation import explain, shortfall
from automation.auto_invest.facts import Facts
from automation.auto_invest.rule import Rule
from tests.unit.auto_invest.examples import DUE, conditional, facts, quote, rule, seen


@dataclass
class Told:
    """What is said of a decision."""

    sentence: str
    short_by: str | None


def told(one: Rule, known: Facts) -> Told:
    decision = decide(one, known)
    return Told(explain(one, known, decision), shortfall(one, known, decision))


def test_too_little_cash_for_the_minimum_tells_what_was_wanted() -> None:
    said = told(rule(cash_policy="partial"), facts(available=Decimal("300.00")))
    assert said == Told("10,000.00 was wanted and 300.00 was there", "9,700.00")


@pytest.mark.parametrize(
    ("limits", "amount"),
    [
        ({"max_per_execution": Decimal("400.00")}, "400.00"),
        ({"amount": Decimal("450.00")}, "450.00"),
    ],
)
def test_below_the_minimum_names_the_amount_that_was(limits: dict[str, Any], amount: str) -> None:
    assert told(rule(**limits), facts()).sentence == f"{amount} is below the product's minimum"


def test_below_the_minimum_names_what_is_left_of_the_total() -> None:
    halves = [{"product": "FUND", "percent": "50"}, {"product": "SHUT", "percent": "50"}]
    limits = {"max_total_amount": Decimal("900.00"), "total_invested": Decimal("200.00")}
    known = facts(quote(min_purchase=Decimal(500)), quote(product_id="SHUT", open=False))
    assert "700.00 is below" in told(rule(product_id=None, allocations=halves, **limits), known).sentence


def test_a_period_that_ended_unmet_is_not_explained_by_what_is_seen_after_it() -> None:
    unmet = conditional(last_reason="condition_not_met")
    said = told(unmet, facts(observation=seen("40"), now=DUE + timedelta(days=31)))
    assert said == Told("its condition did not hold in the whole period", None)


def test_a_condition_that_does_not_hold_yet_tells_how_far_it_is() -> None:
    said = told(conditional(), facts(observation=seen("60")))
    assert said == Told("Goal Progress was 60.00 % where below 50 % is asked", "10.00 percentage points")


def test_a_period_that_ended_in_want_of_money_gives_no_figures_of_another_moment() -> None:
    short = conditional(cash_policy="retry", last_reason="insufficient_cash", attempts=1)
    said = told(short, facts(observation=seen("40"), now=DUE + timedelta(days=31), available=Decimal("300.00")))
    assert said == Told("its tries were over, and at the last one there was too little cash", None)


def test_an_instalment_whose_tries_were_over_when_it_was_found_says_so() -> None:
    short = rule(cash_policy="retry", last_reason="insufficient_units", attempts=1, plan="SWP")
    said = told(short, facts(missed=True))
    assert said == Told("its tries were over, and at the last one there were too few unlocked units", None)
