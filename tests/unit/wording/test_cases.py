"""What is said in each case: the words and figures that decide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.wording.letters import COMING, ORDER, PLAN, REBALANCING, SHORT_OF, SWITCH, TRIGGER, letter, text

REDEMPTION = ORDER | {"order_type": "Redemption", "exit_load": "500.00"}


def test_a_purchase_says_its_money_its_price_and_what_was_allotted() -> None:
    said = letter("Order Executed", ORDER)
    assert said.title == "Order executed: Axis Bluechip"
    assert said.short == "Your purchase of ₹1,00,000.00 in Axis Bluechip was executed at a NAV of 12.30."
    assert said.text == (
        "Your purchase of ₹1,00,000.00 in Axis Bluechip was executed at a NAV of 12.30 of 5 January 2026. "
        "8,130.0813 units were allotted.\n\nIt settles on 7 January 2026.\n\nOrder ORD-1"
    )


def test_a_redemption_says_its_units_and_its_exit_load() -> None:
    said = text("Order Executed", REDEMPTION)
    assert "redemption of ₹1,00,000.00 from Axis Bluechip" in said
    assert "8,130.0813 units were redeemed. An exit load of ₹500.00 was taken." in said


@pytest.mark.parametrize("load", ["0", "0.00"])
def test_no_exit_load_is_not_worth_a_word(load: str) -> None:
    assert "exit load" not in text("Order Executed", REDEMPTION | {"exit_load": load})


def test_a_switch_says_both_sides() -> None:
    said = text("Order Executed", SWITCH)
    assert "switch of ₹1,00,000.00 from Axis Bluechip to Axis Liquid" in said
    assert "8,130.0813 units were taken out. 99.95 units of Axis Liquid were allotted." in said


def test_an_order_that_was_settled_since_says_so() -> None:
    said = text("Order Executed", ORDER | {"status": "Settled"})
    assert "It has been settled since." in said
    assert "settles on" not in said


def test_an_order_that_asks_for_units_says_units() -> None:
    asked = {name: value for name, value in REDEMPTION.items() if name != "amount"} | {"status": "Submitted"}
    assert "redemption of 8,130.0813 units from Axis Bluechip was placed" in text("Order Submitted", asked)


@pytest.mark.parametrize(("status", "words"), [("Submitted", "We tell you when"), ("Settled", "executed since")])
def test_an_order_that_was_placed_says_how_it_went_on(status: str, words: str) -> None:
    assert words in text("Order Submitted", ORDER | {"status": status})


FAILED = {"status": "Failed", "reason": "insufficient_cash"}
NAMED = {"name": "Dip", "trigger": "TRIG-1"}


@pytest.mark.parametrize(
    ("facts", "title", "words"),
    [
        (ORDER, "Order failed: Axis Bluechip", "Your purchase of ₹1,00,000.00 in Axis Bluechip was not executed"),
        (ORDER | {"status": "Cancelled"}, "Order cancelled: Axis Bluechip", "was not executed"),
        (TRIGGER | NAMED, "Trigger order failed: Dip", "Your trigger order Dip was not executed"),
        (REBALANCING, "Rebalancing failed: Core", "Your rebalancing Core was not executed"),
    ],
)
def test_what_failed_is_named_with_the_reason(facts: dict[str, Any], title: str, words: str) -> None:
    said = letter("Order Failed", FAILED | facts | {"reason": "insufficient_cash"})
    assert said.title == title
    assert f"{words}: there was too little money in your account. No money and no units have moved" in said.text
    assert "too little money" in said.short


@pytest.mark.parametrize(
    ("facts", "title", "words"),
    [
        (ORDER | {"what": "held"}, "An order is being checked", "nothing is ordered again meanwhile. ORD-1"),
        (
            REBALANCING | {"what": "unconfirmed"},
            "Rebalancing still waits for you",
            "points, and the proposal waits for your confirmation until 5 January 2026, 10:00.",
        ),
        (REBALANCING | {"what": "expired"}, "A rebalancing was not confirmed in time", "Nothing was traded."),
        (
            COMING | SHORT_OF | {"what": "cash_short"},
            "House: too little money for the coming instalment",
            "needs ₹5,000.00 on 5 January 2026, 10:00, and ₹1,200.50 will be there. Pay in what is missing",
        ),
        (
            COMING | SHORT_OF | {"what": "units_short", "plan": "SWP", "available": "0.00"},
            "House: too few units for the coming instalment",
            "needs ₹5,000.00 on 5 January 2026, 10:00, and what you may sell is worth ₹0.00.",
        ),
        (
            TRIGGER | {"what": "trigger_disabled", "reason": "product closed: no price for 30 days"},
            "Dip was switched off",
            "Your trigger Dip was switched off, since Axis Bluechip was closed or merged. It orders nothing any more.",
        ),
        ({"reason": "locked_in"}, "Your portfolio needs a look", "Please look at your portfolio: the units are locked"),
    ],
)
def test_an_alert_says_what_needs_a_look(facts: dict[str, Any], title: str, words: str) -> None:
    said = letter("Portfolio Alert", facts)
    assert said.title == title
    assert words in said.text.replace("\n\n", " ")
    assert ("6.12 percentage points" in said.text) == (facts.get("what") == "unconfirmed")


def test_a_failed_instalment_warns_when_the_next_failure_pauses_the_plan() -> None:
    said = letter("Auto-Invest Failed", PLAN)
    assert said.title == "House: an instalment failed"
    assert "It has failed 2 times in a row: the plan is paused if the next one fails as well." in said.text
    assert "5 January 2026" in said.short
    assert "too little money" in said.short


def test_one_failure_of_several_is_followed_by_the_next_date() -> None:
    said = text("Auto-Invest Failed", PLAN | {"failures": 1})
    assert "in a row" not in said
    assert "The next one is on 5 February 2026." in said


def test_a_plan_that_was_paused_says_so_everywhere() -> None:
    said = letter("Auto-Invest Failed", PLAN | {"failures": 3, "paused": True})
    assert said.title == "House: paused after repeated failures"
    assert said.short.endswith("The plan is paused.")
    assert "It has failed 3 times in a row, so the plan is paused. Resume it" in said.text
    assert "The next one" not in said.text


@pytest.mark.parametrize(
    ("plan", "title", "words"),
    [
        ("SIP", "House: instalment ordered", "₹5,000.00 into Axis Bluechip, Axis Liquid is ordered"),
        ("STP", "House: transfer ordered", "₹5,000.00 into Axis Bluechip, Axis Liquid is ordered"),
        ("SWP", "House: withdrawal ordered", "₹5,000.00 from Axis Bluechip, Axis Liquid is ordered"),
    ],
)
def test_an_instalment_says_what_kind_it_is(plan: str, title: str, words: str) -> None:
    said = letter("Auto-Invest Executed", PLAN | {"plan": plan, "status": "Success"})
    assert said.title == title
    assert words in said.text
    assert "The next one is on 5 February 2026." in said.text


def test_the_last_instalment_says_that_it_is_the_last() -> None:
    assert "the plan is completed" in text("Auto-Invest Executed", PLAN | {"completed": True})


def test_a_reminder_says_when_and_how_to_skip_it() -> None:
    said = letter("Auto-Invest Reminder", COMING)
    assert said.title == "House: instalment on 5 January 2026, 10:00"
    assert "₹5,000.00 into Axis Bluechip on 5 January 2026, 10:00." in said.text
    assert said.short.endswith("To skip it: AUTO-1 2026-01-05T10:00")
    assert "skip it in the app: AUTO-1 2026-01-05T10:00" in said.text


def test_a_rebalancing_that_waits_says_until_when_and_that_nothing_is_traded_before() -> None:
    said = letter("Rebalancing Triggered", REBALANCING)
    assert said.title == "Rebalancing waits for you: Core"
    assert "A proposal of 3 trades that moves ₹25,000.00 waits for your confirmation until 5 January 2026" in said.text
    assert "Nothing is traded before." in said.text
    assert "Confirm the proposal by 5 January 2026, 10:00." in said.short


def test_a_rebalancing_that_does_not_wait_is_under_way() -> None:
    begun = {name: value for name, value in REBALANCING.items() if name != "confirm_until"} | {"trades": 1}
    said = letter("Rebalancing Triggered", begun)
    assert said.title == "Rebalancing begun: Core"
    assert "It is being brought back by 1 trade that moves ₹25,000.00." in said.text
    assert "onfirm" not in said.text + said.short


@pytest.mark.parametrize(("status", "words"), [("Executed", "Rebalancing done"), ("Adjusted", "done in part")])
def test_a_rebalancing_that_is_over_says_whether_whole(status: str, words: str) -> None:
    said = letter("Rebalancing Executed", REBALANCING | {"status": status})
    assert words in said.title
    assert ("the order was not executed" in said.text) == (status == "Adjusted")


@pytest.mark.parametrize(
    ("facts", "title", "words"),
    [
        ({}, "Dip: reached and ordered", "Its order is on its way (Purchase, Axis Bluechip)."),
        ({"mode": "notify"}, "Dip: reached", "It only tells you: nothing is ordered."),
        ({"mode": "confirm"}, "Dip: reached, waits for you", "waits for your confirmation for 24 hours."),
        ({"mode": "confirm", "status": "Expired"}, "Dip: reached, but not confirmed", "nothing was ordered."),
        (
            {"status": "Failed"},
            "Dip: reached, but not ordered",
            "Nothing came of its order: there was too little",
        ),
    ],
)
def test_a_trigger_that_was_reached_says_what_follows(facts: dict[str, Any], title: str, words: str) -> None:
    said = letter("Trigger Order Activated", TRIGGER | facts)
    assert said.title == title
    assert "12.3456 was seen on 5 January 2026, its level is 12.50." in said.text
    assert words in said.text
    assert ("Confirm" in said.short) == title.endswith("waits for you")


@pytest.mark.parametrize(
    ("facts", "title", "words"),
    [
        ({}, "Dip: expires on 5 January 2026, 10:00", "make its validity longer."),
        ({"what": "expired", "reason": "expired"}, "Dip: expired", "has expired without being reached. Nothing was"),
        ({"what": "expired", "reason": "not_confirmed"}, "Dip: expired", "it was not confirmed in time. Nothing was"),
    ],
)
def test_a_trigger_at_its_end_says_what_to_do_or_why(facts: dict[str, Any], title: str, words: str) -> None:
    said = letter("Trigger Order Expiring", TRIGGER | facts)
    assert said.title == title
    assert words in said.text
    assert ("reached" in said.short) == (facts.get("reason") == "expired")


def test_a_goal_says_how_far_it_is() -> None:
    facts = {"name": "House", "percent": 50, "target": "200000", "value": "105000.00", "target_date": "2030"}
    said = letter("Goal Milestone Reached", facts)
    assert said.title == "House: 50 % reached"
    assert "House has reached 50 % of its ₹2,00,000.00. What you hold for it is worth ₹1,05,000.00. Its" in said.text


@pytest.mark.parametrize(("what", "words"), [("merged", "was merged into another fund"), ("closed", "was closed")])
def test_a_market_update_says_what_it_means_for_the_client(what: str, words: str) -> None:
    said = text("Market Update", {"product": "Axis", "what": what, "reason": "closed by the house.", "rules": 1})
    assert f"Axis {words}: closed by the house.\n\n1 of your plans and triggers is for it" in said
