"""The guards of a decision: each stops it with a reason of its own, the first one first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.triggers.decision import FAILS, FIRES, GUARD_NAMES, RESTS, WAITS, confirmed, decide, distance
from automation.triggers.facts import Facts
from automation.triggers.trigger import Trigger
from tests.unit.triggers.examples import MAX_AGE, NOW, facts, quote, seen, seller, switcher, trailing, trigger

# By guard: what spoils the trigger, what spoils the facts, the reason.
SPOILED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("enabled", {"enabled": False}, {}, "trigger_paused"),
    ("validity", {"valid_from": NOW + timedelta(seconds=1)}, {}, "not_yet_valid"),
    ("kill_switch", {}, {"stop": "global: drill"}, "kill_switch"),
    ("client", {"kyc_status": "Pending"}, {}, "kyc_not_verified"),
    ("product", {}, {"quotes": (quote(status="Closed"),)}, "product_closed"),
    ("price", {}, {"suspect": True}, "suspect_price"),
    ("condition", {"trigger_value": Decimal(200)}, {}, "condition_not_met"),
    ("size", {}, {"cash": Decimal(0)}, "insufficient_cash"),
]


def test_a_sound_trigger_fires_with_its_order() -> None:
    decision = decide(trigger(), facts())
    assert (decision.status, decision.reason, decision.guards) == (FIRES, None, len(GUARD_NAMES))
    assert decision.size is not None
    assert decision.size.amount == Decimal(10_000)


@pytest.mark.parametrize(("guard", "of_trigger", "of_facts", "reason"), SPOILED)
def test_each_guard_stops_with_its_own_reason(
    guard: str, of_trigger: dict[str, Any], of_facts: dict[str, Any], reason: str
) -> None:
    decision = decide(trigger(**of_trigger), facts(**of_facts))
    assert decision.reason == reason
    assert GUARD_NAMES[decision.guards] == guard


@pytest.mark.parametrize("first", range(len(SPOILED)))
def test_of_several_that_would_stop_it_the_earliest_speaks(first: int) -> None:
    of_trigger: dict[str, Any] = {}
    of_facts: dict[str, Any] = {}
    for _, one, other, _ in SPOILED[first:]:
        of_trigger |= one
        of_facts |= other
    assert decide(trigger(**of_trigger), facts(**of_facts)).reason == SPOILED[first][3]


@pytest.mark.parametrize(("until", "reason"), [(0, "expired"), (-1, "expired"), (1, None)])
def test_the_end_of_validity_is_exclusive(until: int, reason: str | None) -> None:
    assert decide(trigger(valid_until=NOW + timedelta(seconds=until)), facts()).reason == reason


def test_the_start_of_validity_is_inclusive() -> None:
    assert decide(trigger(valid_from=NOW), facts()).status == FIRES


@pytest.mark.parametrize(("one", "known", "reason"), [
    (trigger(client_status="Suspended"), facts(), "client_inactive"),
    (trigger(), facts(quotes=(quote(open=False),)), "product_closed"),
    (seller(), facts(quotes=(quote(open=False),)), None),
    (switcher(), facts(quotes=(quote(open=False), quote())), None),
    (switcher(), facts(quotes=(quote(), quote(open=False))), "product_closed"),
    (switcher(), facts(quotes=(quote(), quote(status="Merged"))), "product_closed"),
    (trigger(), facts(quotes=(quote(nav=None, nav_date=None, nav_age=None),)), "no_price"),
    (trigger(), facts(quotes=(quote(nav=Decimal(0)),)), "no_price"),
    (trigger(), facts(quotes=(quote(nav=Decimal(-1)),)), "no_price"),
    (trigger(), facts(quotes=(quote(nav_age=None),)), "no_price"),
    (trigger(), facts(quotes=(quote(nav_age=MAX_AGE + 1),)), "stale_price"),
    (trigger(), facts(quotes=(quote(nav_age=MAX_AGE),)), None),
    (trigger(max_data_age=0), facts(quotes=(quote(nav_age=1),)), "stale_price"),
    (switcher(), facts(quotes=(quote(), quote(nav_age=MAX_AGE + 1))), "stale_price"),
    (trigger(), facts(seen(101, age=MAX_AGE + 1)), "stale_price"),
    (trigger(), facts(seen(101, age=None)), "no_price"),
    (trigger(), facts(seen(None)), "no_price"),
    (trigger(), facts(seen(101, problem="suspect_price")), "suspect_price"),
])  # fmt: skip
def test_what_keeps_it_from_firing_is_told_apart(one: Trigger, known: Facts, reason: str | None) -> None:
    decision = decide(one, known)
    assert (decision.reason, decision.status == FIRES) == (reason, reason is None)


@pytest.mark.parametrize("of_trigger", [{"kyc_status": "Pending"}, {"client_status": "Suspended"}])
def test_who_may_not_trade_may_still_be_told(of_trigger: dict[str, Any]) -> None:
    decision = decide(trigger(mode="notify", **of_trigger), facts(cash=Decimal(0)))
    assert (decision.status, decision.size) == (FIRES, None)


@pytest.mark.parametrize(("known", "reason"), [
    (facts(seen(101, age=MAX_AGE + 1)), "stale_price"),
    (facts(seen(101, problem="suspect_price")), "suspect_price"),
    (facts(stop="global: drill"), "kill_switch"),
    (facts(quotes=(quote(status="Closed"),)), "product_closed"),
    (facts(quotes=(quote(open=False),)), None),
])  # fmt: skip
def test_nobody_is_told_of_a_price_that_is_not_to_be_trusted_or_while_all_is_stopped(
    known: Facts, reason: str | None
) -> None:
    assert decide(trigger(mode="notify"), known).reason == reason


@pytest.mark.parametrize(("condition", "observation", "reason"), [
    ("Crosses Above", seen(101), "baseline"),
    ("Crosses Above", seen(101, 99, gap=MAX_AGE + 1), "baseline"),
    ("Crosses Below", seen(99), "baseline"),
    ("Crosses Above", seen(101, 100.5), "condition_not_met"),
    ("Greater Than", seen(99), "condition_not_met"),
])  # fmt: skip
def test_a_crossing_without_a_beginning_says_that_it_only_begins(condition: str, observation: Any, reason: str) -> None:
    decision = decide(trigger(trigger_condition=condition), facts(observation))
    assert (decision.status, decision.reason) == (RESTS, reason)


@pytest.mark.parametrize(("of_trigger", "of_facts"), [
    ({}, {"stop": "client: drill"}),
    ({"kyc_status": "Pending"}, {}),
    ({}, {"quotes": (quote(nav_age=MAX_AGE + 1),)}),
    ({}, {"suspect": True}),
    ({}, {"quotes": (quote(open=False),)}),
])  # fmt: skip
def test_a_level_that_holds_is_looked_at_again_when_something_else_stops_it(
    of_trigger: dict[str, Any], of_facts: dict[str, Any]
) -> None:
    assert decide(trigger(**of_trigger), facts(**of_facts)).status == WAITS
    below = {"trigger_value": Decimal(200)}
    assert decide(trigger(**below | of_trigger), facts(**of_facts)).status == RESTS


def test_what_is_not_yet_valid_waits_whatever_it_sees() -> None:
    assert decide(trigger(valid_from=NOW + timedelta(1), trigger_value=Decimal(200)), facts()).status == WAITS


@pytest.mark.parametrize("status", ["Triggered", "Executed", "Failed", "Cancelled", "Expired", "Disabled"])
def test_what_is_over_never_fires(status: str) -> None:
    assert decide(trigger(status=status), facts()).status == RESTS


@pytest.mark.parametrize(("one", "known"), [
    (trigger(on_shortfall="reject"), facts(cash=Decimal("9999.99"))),
    (seller(), facts(units=Decimal(0))),
])  # fmt: skip
def test_it_fires_and_fails_where_there_is_nothing_to_order(one: Trigger, known: Facts) -> None:
    decision = decide(one, known)
    assert decision.status == FAILS
    assert GUARD_NAMES[decision.guards] == "size"


@pytest.mark.parametrize(("guard", "of_trigger", "of_facts", "reason"), SPOILED)
def test_confirming_asks_every_guard_but_those_of_the_firing(
    guard: str, of_trigger: dict[str, Any], of_facts: dict[str, Any], reason: str
) -> None:
    decision = confirmed(trigger(status="Triggered", mode="confirm", **of_trigger), facts(**of_facts))
    assert decision.reason == (None if guard in ("enabled", "validity", "condition") else reason)


@pytest.mark.parametrize(("one", "observation", "expected"), [
    (trigger(trigger_value=Decimal(110)), seen(100), "10"),
    (trigger(trigger_value=Decimal(95)), seen(100), "-5"),
    (trigger(trigger_value=Decimal(100)), seen(100), "0"),
    (trailing("10", "100"), seen(120), "-25"),
])  # fmt: skip
def test_the_distance_is_in_percent_of_what_is_seen(one: Trigger, observation: Any, expected: str) -> None:
    assert distance(one, facts(observation)) == Decimal(expected)


@pytest.mark.parametrize("one", [trailing("10", None), trigger(trigger_type="Date", trigger_condition=None,
                                                              trigger_value=None, trigger_at=NOW)])  # fmt: skip
def test_without_a_level_there_is_no_distance(one: Trigger) -> None:
    assert distance(one, facts(seen(100))) is None
