"""Too little money: skip, partial, retry."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from automation.auto_invest.decision import Decision, decide
from automation.auto_invest.facts import Facts
from tests.unit.auto_invest.examples import DUE, basket, conditional, facts, quote, rule, seen

CUT_OFF = DUE + timedelta(hours=5)
MINUTE = timedelta(minutes=1)


def with_cash(cash: str, at: timedelta = timedelta(0), **changes: object) -> Facts:
    return facts(available=Decimal(cash), now=DUE + at, cut_off=CUT_OFF, **changes)


def outcome(decision: Decision) -> tuple[str, str | None, Decimal | None]:
    return decision.status, decision.reason, decision.amount


def test_the_floor_stays_to_the_paisa() -> None:
    floor = rule(min_balance_required=Decimal("500.00"))
    assert decide(floor, with_cash("10500.00")).status == "Success"
    assert outcome(decide(floor, with_cash("10499.99"))) == ("Skipped", "insufficient_cash", None)


def test_skip_gives_the_occurrence_up() -> None:
    assert outcome(decide(rule(), with_cash("9999.99"))) == ("Skipped", "insufficient_cash", None)


def test_partial_takes_what_is_there_above_the_floor_and_in_multiples() -> None:
    partial = rule(cash_policy="partial", min_balance_required=Decimal("1000.00"))
    found = decide(partial, with_cash("4321.09"))
    assert outcome(found) == ("Success", None, Decimal("3321.09"))
    in_hundreds = with_cash("4321.09")._replace(quotes=(quote(multiple=Decimal(100)),))
    assert decide(partial, in_hundreds).amount == Decimal("3300.00")


@pytest.mark.parametrize("cash", ["499.99", "0.00", "-5.00"])
def test_partial_below_the_minimum_is_nothing(cash: str) -> None:
    assert outcome(decide(rule(cash_policy="partial"), with_cash(cash))) == ("Skipped", "insufficient_cash", None)


def test_partial_shares_what_is_there_over_a_basket() -> None:
    shared = rule(cash_policy="partial", product_id=None, allocations=basket("75", "25"))
    both = with_cash("4000.00")._replace(quotes=(quote(product_id="P0"), quote(product_id="P1")))
    assert [part.amount for part in decide(shared, both).parts] == [Decimal(3000), Decimal(1000)]
    short = decide(shared, both._replace(available=Decimal("1000.00")))
    assert [(part.amount, part.left_out) for part in short.parts] == [
        (Decimal(750), None),
        (Decimal(0), "below_minimum"),
    ]


@pytest.mark.parametrize(("attempts", "status"), [(0, "Wait"), (1, "Wait"), (2, "Failed"), (3, "Failed")])
def test_retry_waits_twice_and_the_third_try_fails(attempts: int, status: str) -> None:
    again = decide(rule(cash_policy="retry", attempts=attempts), with_cash("9999.99"))
    assert outcome(again) == (status, "insufficient_cash", None)


@pytest.mark.parametrize(
    ("at", "status"), [(-MINUTE, "Wait"), (timedelta(0), "Failed"), (MINUTE, "Failed"), (timedelta(days=3), "Failed")]
)
def test_retry_ends_with_the_cut_off(at: timedelta, status: str) -> None:
    late = decide(rule(cash_policy="retry"), with_cash("0.00", timedelta(hours=5) + at))
    assert late.status == status


def test_retry_succeeds_on_any_try_that_finds_the_money() -> None:
    for attempts in range(3):
        assert decide(rule(cash_policy="retry", attempts=attempts), with_cash("10000.00")).status == "Success"


@pytest.mark.parametrize("policy", ["skip", "partial", "retry"])
def test_only_too_little_money_is_tried_again(policy: str) -> None:
    stopped = decide(rule(cash_policy=policy), with_cash("0.00", stop="global: drill"))
    assert outcome(stopped) == ("Skipped", "kill_switch", None)


def test_a_wait_does_not_end_the_rule_and_the_last_failure_does() -> None:
    waiting, over = rule(cash_policy="retry"), rule(cash_policy="retry", attempts=2)
    assert decide(waiting, with_cash("0.00", last=True)).completes is None
    assert decide(over, with_cash("0.00", last=True)).completes == "ended"


@pytest.mark.parametrize(("plan", "source"), [("SWP", None), ("STP", "SOURCE")])
def test_units_are_short_as_cash_is_and_need_no_floor(plan: str, source: str | None) -> None:
    leaving = rule(plan=plan, source_product_id=source, min_balance_required=Decimal("5000.00"))
    quotes = (quote(product_id="SOURCE"), quote()) if source else (quote(),)
    enough = with_cash("10000.00")._replace(quotes=quotes)
    assert decide(leaving, enough).status == "Success"
    short = enough._replace(available=Decimal("9999.99"))
    assert outcome(decide(leaving, short)) == ("Skipped", "insufficient_units", None)
    assert decide(leaving._replace(cash_policy="partial"), short).amount == Decimal("9999.99")
    assert decide(leaving._replace(cash_policy="retry"), short).status == "Wait"


def test_inside_its_period_a_conditional_rule_waits_for_what_may_change() -> None:
    for changes in ({"observation": seen("60")}, {"observation": None}, {"stop": "global: drill"}):
        assert decide(conditional(), with_cash("10000.00", **changes)).status == "Wait"
    closed = with_cash("10000.00", observation=seen("40"))._replace(quotes=(quote(open=False),))
    assert decide(conditional(), closed).status == "Wait"


def test_at_the_end_of_its_period_a_conditional_rule_is_skipped_once_with_the_reason_of_its_last_look() -> None:
    over = with_cash("10000.00", observation=seen("40"), period_end=DUE)
    assert outcome(decide(conditional(last_reason="condition_not_met"), over)) == ("Skipped", "condition_not_met", None)
    assert outcome(decide(conditional(last_reason="kill_switch"), over)) == ("Skipped", "kill_switch", None)
    assert outcome(decide(conditional(), over)) == ("Skipped", "missed", None)


def test_a_condition_that_is_met_without_money_is_skipped_or_tried_again_as_the_policy_says() -> None:
    poor = with_cash("0.00", observation=seen("40"))
    assert outcome(decide(conditional(), poor)) == ("Skipped", "insufficient_cash", None)
    assert decide(conditional(cash_policy="retry"), poor).status == "Wait"
