"""Every guard stops with its own reason, and of two problems the one that comes first in the domain speaks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

import pytest

from automation.auto_invest import details
from automation.auto_invest.decision import Decision, decide
from tests.unit.auto_invest.examples import DUE, basket, conditional, facts, quote, rule, seen


class Problem(NamedTuple):
    """What is wrong, as changes of a sound conditional rule, its facts and its product's quote."""

    reason: str
    of_rule: dict[str, Any]
    of_facts: dict[str, Any]
    of_quote: dict[str, Any]


def problem(reason: str, **changes: Any) -> Problem:
    """Changes of the rule; `facts_…` and `quote_…` are of those."""
    split: dict[str, dict[str, Any]] = {"rule": {}, "facts": {}, "quote": {}}
    for name, value in changes.items():
        head, _, field = name.partition("__")
        split[head if field else "rule"][field or name] = value
    return Problem(reason, split["rule"], split["facts"], split["quote"])


# The order is that of the page on the domain; what it leaves open (missed, skipped, closed day) is left out.
IN_ORDER = [
    problem("rule_disabled", enabled=False),
    problem("rule_paused", status="Paused"),
    problem("ended", end_date=date(2024, 1, 4)),
    problem("kill_switch", facts__stop="global: drill"),
    problem("client_inactive", client_status="Suspended"),
    problem("kyc_not_verified", kyc_status="Pending"),
    problem("product_closed", quote__open=False),
    problem("nav_stale", quote__nav_age=4),
    problem("condition_not_met", facts__observation=seen("50.0001")),
    problem("instalments_done", instalments=12, execution_count=12),
    problem("max_total_reached", max_total_amount=Decimal("60000.00"), total_invested=Decimal("60000.00")),
    problem("below_minimum", quote__min_purchase=Decimal("10000.01")),
    problem("insufficient_cash", facts__available=Decimal("9999.99")),
]
OTHERS = [
    problem("not_started", start_date=date(2024, 1, 6)),
    problem("client_inactive", client_status="Closed"),
    problem("kyc_not_verified", kyc_status="Rejected"),
    problem("kyc_not_verified", kyc_status="Expired"),
    problem("product_closed", quote__status="Closed"),
    problem("product_closed", quote__status="Merged"),
    problem("nav_missing", quote__nav=None, quote__nav_date=None, quote__nav_age=None),
    problem("condition_unknown", facts__observation=None),
    problem("condition_unknown", facts__observation=seen(None)),
    problem("below_minimum", max_per_execution=Decimal("499.99")),
    problem("below_minimum", quote__multiple=Decimal("10000.01")),
    problem("insufficient_cash", min_balance_required=Decimal("90000.01")),
    problem("missed", facts__missed=True),
    problem("skip_requested", facts__skip_requested=True),
    problem("non_business_day", trigger_type="Date", facts__business_day=False),
]


def decided(*problems: Problem, late: bool = False) -> Decision:
    """The decision about a sound conditional occurrence with these problems."""
    merged = [{}, {"observation": seen("49.9999")}, {}]
    for each in problems:
        for part, changes in zip(merged, each[1:], strict=True):
            part.update(changes)
    of_rule, of_facts, of_quote = merged
    return decide(conditional(**of_rule), facts(quote(**of_quote), **of_facts))


def test_a_sound_occurrence_passes_every_guard() -> None:
    decision = decided()
    assert (decision.status, decision.reason, decision.amount) == ("Success", None, Decimal("10000.00"))
    assert [(part.product_id, part.amount) for part in decision.parts] == [("FUND", Decimal("10000.00"))]


@pytest.mark.parametrize("one", [*IN_ORDER, *OTHERS], ids=lambda one: one.reason)
def test_each_problem_alone_stops_with_its_reason_and_without_an_order(one: Problem) -> None:
    decision = decided(one)
    assert decision.reason == one.reason
    assert (decision.amount, decision.parts) == (None, ())


@pytest.mark.parametrize(("first", "second"), list(combinations(IN_ORDER, 2)), ids=lambda one: one.reason)
def test_of_two_problems_the_earlier_guard_speaks(first: Problem, second: Problem) -> None:
    assert decided(second, first).reason == first.reason


def test_a_closed_day_stops_a_rule_that_runs_on_its_date_and_only_begins_the_period_of_a_condition() -> None:
    shut = facts(business_day=False, observation=seen("40"))
    assert (decide(rule(), shut).status, decide(rule(), shut).reason) == ("Skipped", "non_business_day")
    assert decide(conditional(), shut).status == "Success"


def test_all_problems_at_once_are_the_first_ones() -> None:
    for n, one in enumerate(IN_ORDER):
        assert decided(*IN_ORDER[n:]).reason == one.reason


@pytest.mark.parametrize("one", IN_ORDER, ids=lambda one: one.reason)
def test_the_record_lists_the_guards_in_order_and_stops_at_the_last(one: Problem) -> None:
    *passed, last = details.guards(decided(one))
    assert {answer for _, answer in passed} <= {"pass"}
    assert last[1] == "stop"
    assert all(answer == "pass" for _, answer in details.guards(decided()))


def test_the_record_names_the_guards_in_the_order_of_the_domain() -> None:
    names = [name for name, _ in details.guards(decided())]
    wanted = ["rule_enabled", "inside_dates", "kill_switch", "client", "product", "condition", "instalments"]
    wanted += ["max_total", "max_per_execution", "minimum", "funds"]
    assert [name for name in names if name in wanted] == wanted


@pytest.mark.parametrize(("instalments", "ends"), [(1, "instalments_done"), (2, None), (None, None)])
def test_the_last_instalment_completes_the_rule(instalments: int | None, ends: str | None) -> None:
    assert decide(rule(instalments=instalments), facts()).completes == ends


def test_an_occurrence_after_which_none_comes_completes_the_rule_whatever_became_of_it() -> None:
    assert decide(rule(), facts(last=True)).completes == "ended"
    assert decide(rule(), facts(last=True, stop="global: drill")).completes == "ended"
    assert decide(rule(), facts(stop="global: drill")).completes is None


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_pause_ends_with_its_instant(seconds: int) -> None:
    paused = rule(status="Paused", paused_until=DUE - timedelta(seconds=seconds))
    assert decide(paused, facts()).reason == (None if seconds >= 0 else "rule_paused")


def test_first_and_last_day_are_inside() -> None:
    day = date(2024, 1, 5)
    assert decide(rule(start_date=day, end_date=day), facts()).status == "Success"


def test_a_basket_runs_with_what_is_available_and_says_what_was_left_out() -> None:
    parts = rule(product_id=None, allocations=basket("50", "30", "20"))
    closed, stale = quote(product_id="P1", open=False), quote(product_id="P2", nav_age=9)
    decision = decide(parts, facts(quote(product_id="P0"), closed, stale))
    assert (decision.status, decision.amount) == ("Success", Decimal("5000.00"))
    assert [(part.product_id, part.amount, part.left_out) for part in decision.parts] == [
        ("P0", Decimal("5000.00"), None),
        ("P1", Decimal(0), "product_closed"),
        ("P2", Decimal(0), "nav_stale"),
    ]


def test_a_basket_of_which_nothing_is_available_stops() -> None:
    parts = rule(product_id=None, allocations=basket("50", "50"))
    decision = decide(parts, facts(quote(product_id="P0", status="Merged"), quote(product_id="P1", nav_age=9)))
    assert (decision.status, decision.reason) == ("Skipped", "product_closed")


@pytest.mark.parametrize(("plan", "source"), [("SWP", None), ("STP", "SOURCE")])
def test_what_is_redeemed_may_be_closed_for_subscription_but_not_merged(plan: str, source: str | None) -> None:
    leaving = rule(plan=plan, source_product_id=source)
    into = [quote()] if source else []
    shut = quote(product_id=source or "FUND", open=False)
    assert decide(leaving, facts(shut, *into)).status == "Success"
    assert decide(leaving, facts(shut._replace(status="Merged"), *into)).reason == "product_closed"


def test_an_stp_needs_its_target_open_and_priced() -> None:
    switch = rule(plan="STP", source_product_id="SOURCE")
    source = quote(product_id="SOURCE")
    assert decide(switch, facts(source, quote(open=False))).reason == "product_closed"
    assert decide(switch, facts(source, quote(nav_age=4))).reason == "nav_stale"
    assert decide(switch, facts(source._replace(nav_age=4), quote())).reason == "nav_stale"
