"""A drift that is found while something stands against acting on it is acted on when that is over, without a price."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rebalancing_rules
from tests import builders
from tests.gateways import FakeGateway
from tests.rebalancing_floor import ASKS, MONTHLY, Floor


def stopped(floor: Floor, reason: str, **changes: Any) -> str:
    """A rule whose portfolio has drifted, and which does not act for a reason."""
    rule = floor.add(**changes)
    floor.price("125")
    assert (floor.states(rule), floor.last_look(rule)) == ([], reason)
    return rule


def test_a_kill_switch_that_is_lifted_lets_it_act(floor: Floor) -> None:
    builders.add_switch(floor.world.connection, "global", None, "stop_all")
    stopped(floor, "kill_switch")
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    floor.tick("2024-01-08 21:05")
    assert floor.states() == ["Executing"]


@pytest.mark.parametrize(("spoilt", "mended", "reason"), [
    ("update clients set status = 'Suspended'", "update clients set status = 'Active'", "client_inactive"),
    ("update clients set kyc_status = 'Pending'", "update clients set kyc_status = 'Verified'", "kyc_not_verified"),
])  # fmt: skip
def test_a_client_who_may_trade_again_is_rebalanced(floor: Floor, spoilt: str, mended: str, reason: str) -> None:
    floor.world.connection.execute(spoilt.encode())
    stopped(floor, reason)
    floor.world.connection.execute(mended.encode())
    floor.tick("2024-01-08 21:05")
    assert floor.states() == ["Executing"]


def test_its_first_day_lets_it_act(floor: Floor) -> None:
    stopped(floor, "not_started", start_date="2024-01-10")
    floor.tick("2024-01-09 23:59")
    assert floor.states() == []
    floor.tick("2024-01-10 00:00")
    assert floor.states() == ["Executing"]


def test_the_next_business_day_lets_it_act(floor: Floor) -> None:
    """12 January 2024 is a Friday."""
    floor.add()
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-12", when="2024-01-13 09:00")
    floor.tick()
    floor.tick("2024-01-14 10:00")
    assert floor.states() == []
    floor.tick("2024-01-15 00:00")
    assert floor.states() == ["Executing"]


def test_the_next_day_lets_it_act_where_this_one_has_had_its_automatic_one(floor: Floor) -> None:
    floor.add(**MONTHLY)
    floor.publish_all({"EQ": "103", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 10:00")
    floor.world.orders("2024-01-10 10:05")
    floor.evening("2024-01-10", EQ="103")
    second = floor.add(name="second", threshold_percent="0.1")
    floor.price("110", "2024-01-10")
    assert floor.last_look(second) == "already_today"
    floor.tick("2024-01-11 00:00")
    assert floor.states(second) == ["Executing"]


def test_the_end_of_the_cooldown_lets_it_act(floor: Floor) -> None:
    rule = floor.add(cooldown_days=3, threshold_percent="1")
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    floor.evening("2024-01-10", EQ="135")
    assert (floor.states(), floor.last_look(rule)) == (["Executed"], "cooldown")
    floor.tick("2024-01-10 23:59")
    assert len(floor.executions()) == 1
    floor.tick("2024-01-11 00:00")
    assert len(floor.executions()) == 2


def test_a_proposal_that_has_expired_lets_another_rule_of_its_client_act(floor: Floor) -> None:
    first = floor.add(**ASKS)
    floor.price("125")
    other = floor.add(name="other", threshold_percent="1")
    assert floor.last_look(other) == "execution_live"
    rebalancing_rules.pause(floor.world.runtime, first, None, "holiday", by="test")
    floor.tick("2024-01-09 21:00")
    assert floor.states(other) == ["Executing"]


def test_a_proposal_that_is_declined_lets_its_client_be_rebalanced_the_next_day(floor: Floor) -> None:
    rule = floor.add(**ASKS)
    floor.price("125")
    floor.decline(floor.shown())
    floor.tick("2024-01-08 22:00")
    assert (floor.states(), floor.last_look(rule)) == (["Cancelled"], "already_today")
    floor.tick("2024-01-09 00:00")
    assert floor.states() == ["Cancelled", "Pending"]


def test_an_execution_that_ends_lets_another_rule_of_its_client_act_in_the_same_run(floor: Floor) -> None:
    first = floor.add()
    floor.price("125")
    other = floor.add(name="other", threshold_percent="1")
    rebalancing_rules.pause(floor.world.runtime, first, None, "holiday", by="test")
    floor.world.behind(FakeGateway(on_submit="refuse"), None)
    floor.world.orders("2024-01-09 00:05")
    floor.tick()
    assert floor.states(other) == ["Executing"]


def test_a_look_to_come_is_brought_forward_by_a_new_price(floor: Floor) -> None:
    """Its look waits for the end of a cooldown that is shortened meanwhile."""
    rule = floor.add(cooldown_days=30, threshold_percent="1")
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="135")
    assert floor.last_look(rule) == "cooldown"
    floor.world.connection.execute("update rebalancing_rules set cooldown_days = 0")
    floor.price("140", "2024-01-10")
    assert len(floor.executions()) == 2


def test_why_tells_the_last_look_and_the_one_that_is_lined_up(floor: Floor) -> None:
    rule = stopped(floor, "not_started", start_date="2024-01-10")
    said = floor.why(rule)
    assert "At its last look, at 2024-01-08 21:00 by drift, it did not act: the rule starts on 2024-01-10." in said
    assert "It is lined up for a look at 2024-01-10 00:00 Asia/Kolkata." in said


def test_why_says_that_a_rule_that_is_over_will_not_look_again(floor: Floor) -> None:
    rule = floor.add()
    rebalancing_rules.cancel(floor.world.runtime, rule, "over", by="test")
    said = floor.why(rule)
    assert "It is Cancelled (over). It will not look again. Last changed by test (rebalancing.cancel) on " in said
