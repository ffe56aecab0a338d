"""Proposals: they wait, are priced anew when they are confirmed, are declined, or expire; confirmed twice is once."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rebalancing_edits, rebalancing_rules
from automation.engine.rebalancing_confirm import NewPlan
from automation.errors import Conflict, NotFound
from tests import builders
from tests.rebalancing_floor import ASKS, MONTHLY, Floor, traded

SWITCH = ("Switch", "EQ", "DEBT")


def test_it_waits_with_its_plan_and_orders_nothing(floor: Floor) -> None:
    floor.proposed()
    row = floor.execution()
    assert (floor.trades(), floor.orders()) == ([(*SWITCH, "6000.00")], [])
    assert row["expires_at"] == builders.at("2024-01-09 21:00")
    assert [action["status"] for action in row["actions"]] == ["Planned"]
    assert floor.told("Rebalancing Triggered") == ["Pending"]


@pytest.mark.parametrize("changes", [
    {"require_confirmation": True},
    {"execute_automatically": False, "require_confirmation": False},
    {"execute_automatically": ..., "require_confirmation": ...},
])  # fmt: skip
def test_it_waits_unless_it_is_said_twice_that_it_need_not(floor: Floor, changes: dict[str, Any]) -> None:
    floor.add(**changes)
    floor.price("125")
    assert (floor.states(), floor.orders()) == (["Pending"], [])


def test_confirmed_its_orders_are_placed_and_who_did_it_is_recorded(floor: Floor) -> None:
    shown = floor.proposed()
    floor.world.pokes.clear()
    (order,) = floor.confirm(shown, "asha", "as agreed")
    row = floor.execution()
    assert (row["status"], row["decided_by"], row["decided_why"]) == ("Executing", "asha", "as agreed")
    assert order.startswith("ORD-")
    assert [job for job, _ in floor.world.pokes] == ["orders"]
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert (floor.states(), floor.held()) == (["Executed"], {"EQ": "552", "DEBT": "460"})


def test_confirmed_twice_is_once(floor: Floor) -> None:
    shown = floor.proposed()
    first, again = floor.confirm(shown), floor.confirm(shown, "ravi")
    assert first == again
    assert (len(floor.orders()), floor.execution()["decided_by"]) == (1, "asha")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert floor.confirm(shown) == first
    assert len(floor.orders()) == 1


@pytest.mark.parametrize("nav", ["126.25", "123.75"])
def test_a_price_that_moved_by_one_percent_changes_the_amounts_only(floor: Floor, nav: str) -> None:
    """4 points of band: at 123.75 it still fires."""
    shown = floor.proposed(threshold_percent="4")
    floor.publish(nav, "2024-01-09", when="2024-01-09 20:00")
    floor.confirm(shown)
    expected = {"126.25": "6300.00", "123.75": "5700.00"}[nav]
    assert [str(order["amount"]) for order in floor.orders()] == [expected]


def test_what_is_recorded_is_what_was_confirmed(floor: Floor) -> None:
    """The weights, the prices and the log are those by which the orders were made, not those of the proposal."""
    shown = floor.proposed()
    floor.publish("126.25", "2024-01-09", when="2024-01-09 20:00")
    floor.confirm(shown)
    row = floor.execution()
    assert row["navs"]["EQ"] == ["126.2500", "2024-01-09"]
    assert row["weights"]["weights"]["EQ"] == "65.4428"
    assert (str(row["max_drift"]), str(row["turnover"])) == ("5.4428", "0.0544")
    assert str(floor.world.value("select amount from automation_execution_logs")) == "6300.00"
    assert "Switch of 6,300.00 from EQ to DEBT" in floor.why(shown)


@pytest.mark.parametrize("nav", ["126.2501", "123.7499"])
def test_a_price_that_moved_by_more_makes_another_plan_which_is_to_be_confirmed_again(floor: Floor, nav: str) -> None:
    shown = floor.proposed(threshold_percent="4")
    floor.publish(nav, "2024-01-09", when="2024-01-09 20:00")
    with pytest.raises(NewPlan) as new:
        floor.confirm(shown)
    (trade,) = new.value.plan["trades"]
    assert traded(trade)[:3] == SWITCH
    assert floor.trades() == [traded(trade)]
    assert (floor.states(), floor.orders()) == (["Pending"], [])
    floor.confirm(shown)
    assert [str(order["amount"]) for order in floor.orders()] == [trade["amount"]]


def test_a_drift_that_no_longer_fires_makes_another_plan_which_may_still_be_confirmed(floor: Floor) -> None:
    """At 123.85 EQ is 65.01 percent, at 123.75 it is 64.99, less than a percent further down."""
    floor.add(**ASKS)
    floor.price("123.85")
    shown = floor.shown()
    floor.publish("123.75", "2024-01-09", when="2024-01-09 20:00")
    floor.refused(shown)
    assert floor.trades() == [(*SWITCH, "5700.00")]
    floor.confirm(shown)
    assert [str(order["amount"]) for order in floor.orders()] == ["5700.00"]


def test_the_new_plan_too_is_priced_when_it_is_confirmed(floor: Floor) -> None:
    shown = floor.proposed()
    floor.publish("128", "2024-01-09", when="2024-01-09 18:00")
    floor.refused(shown)
    floor.publish("131", "2024-01-09", when="2024-01-09 20:00")
    floor.refused(shown)
    floor.confirm(shown)
    assert [str(order["amount"]) for order in floor.orders()] == ["7440.00"]


def test_where_nothing_is_left_to_trade_the_proposal_ends_and_says_so(floor: Floor) -> None:
    shown = floor.proposed()
    floor.publish("100", "2024-01-09", when="2024-01-09 20:00")
    with pytest.raises(NewPlan) as new:
        floor.confirm(shown)
    assert new.value.plan == {"trades": []}
    row = floor.execution()
    assert (row["status"], row["decided_by"], row["decided_why"]) == (
        "Cancelled", "system", "nothing to trade: on_target")  # fmt: skip


def test_a_proposal_of_the_calendar_is_confirmed_whatever_its_drift_is_by_then(floor: Floor) -> None:
    floor.add(**MONTHLY, **ASKS)
    floor.publish_all({"EQ": "110", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 10:00")
    floor.publish("109.5", "2024-01-10", when="2024-01-10 12:00")
    floor.confirm(floor.shown())
    assert [str(order["amount"]) for order in floor.orders()] == ["2280.00"]


def test_other_targets_meanwhile_are_those_that_it_is_planned_against(floor: Floor) -> None:
    shown = floor.proposed()
    (rule,) = rebalancing_rules.listed(floor.world.runtime, "C1", None, 10)
    rebalancing_edits.edit(
        floor.world.runtime, floor.shown_rule(rule["id"]), {"target_allocation": {"EQ": "50", "DEBT": "50"}}, by="test"
    )
    floor.refused(shown)
    floor.confirm(shown)
    assert [str(order["amount"]) for order in floor.orders()] == ["17500.00"]
    assert floor.execution()["weights"]["targets"] == {"EQ": "50", "DEBT": "50"}
    assert floor.execution()["rule_version"] == 2


def test_declined_it_is_cancelled_with_who_and_why(floor: Floor) -> None:
    shown = floor.proposed()
    for _ in range(2):
        floor.decline(shown, "selling the house next month", "ravi")
    row = floor.execution()
    assert (row["status"], row["decided_by"], row["decided_why"], row["expires_at"]) == (
        "Cancelled", "ravi", "selling the house next month", None)  # fmt: skip
    with pytest.raises(Conflict):
        floor.confirm(shown)
    assert "ravi decided: selling the house next month" in floor.why(shown)


def test_what_was_confirmed_can_not_be_declined(floor: Floor) -> None:
    shown = floor.proposed()
    floor.confirm(shown)
    with pytest.raises(Conflict):
        floor.decline(shown)
    assert floor.states() == ["Executing"]


def test_what_nobody_confirms_in_time_expires_and_the_client_is_told(floor: Floor) -> None:
    shown = floor.proposed(confirm_within_hours=3)
    floor.tick("2024-01-08 23:59")
    assert floor.states() == ["Pending"]
    floor.tick("2024-01-09 00:00")
    row = floor.executions()[0]
    assert (row["status"], row["reason"], row["decided_by"]) == ("Expired", "not_confirmed", None)
    assert floor.told("Portfolio Alert") == ["Expired"]
    with pytest.raises(Conflict, match="is Expired"):
        floor.confirm(shown)
    assert floor.orders() == []


def test_too_late_is_too_late_even_before_anybody_noticed(floor: Floor) -> None:
    shown = floor.proposed()
    floor.world.clock.instant = builders.at("2024-01-09 21:00")
    for change in (floor.confirm, floor.decline):
        with pytest.raises(Conflict, match="was to be confirmed by"):
            change(shown)
    assert (floor.states(), floor.orders()) == (["Pending"], [])


def test_after_one_has_expired_the_next_day_brings_another(floor: Floor) -> None:
    floor.proposed()
    floor.evening("2024-01-09", EQ="125")
    assert floor.states() == ["Expired", "Pending"]


def test_a_confirmed_one_does_not_expire(floor: Floor) -> None:
    floor.confirm(floor.proposed())
    floor.tick("2024-01-10 10:00")
    assert floor.states() == ["Executing"]


@pytest.mark.parametrize(("spoil", "reason"), [
    ("update clients set kyc_status = 'Pending'", "kyc_not_verified"),
    ("update clients set status = 'Suspended'", "client_inactive"),
    ("insert into navs values ('EQ', '2024-01-09', 900, '2024-01-09', 'test', true)", "suspect_price"),
    ("update rebalancing_rules set enabled = false", "rule_disabled"),
    ("update rebalancing_rules set status = 'Cancelled'", "rule_cancelled"),
])  # fmt: skip
def test_confirming_checks_again_and_says_what_is_wrong(floor: Floor, spoil: str, reason: str) -> None:
    shown = floor.proposed()
    floor.world.later(hours=12)
    floor.world.connection.execute(spoil.encode())
    with pytest.raises(Conflict, match=reason):
        floor.confirm(shown)
    assert (floor.states(), floor.orders()) == (["Pending"], [])


def test_a_kill_switch_keeps_it_from_being_confirmed_until_it_is_lifted(floor: Floor) -> None:
    shown = floor.proposed()
    builders.add_switch(floor.world.connection, "client", "C1", "stop_buys")
    with pytest.raises(Conflict, match="kill_switch"):
        floor.confirm(shown)
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    floor.confirm(shown)
    assert len(floor.orders()) == 1


def test_what_never_asked_can_not_be_declined(floor: Floor) -> None:
    floor.add()
    floor.price("125")
    with pytest.raises(Conflict):
        floor.decline(floor.shown())


@pytest.mark.parametrize("shown", ["REBALX-01HKKNBAA0F8VS3KE31X3MJH0Z", "REBAL-01HKKNBAA0F8VS3KE31X3MJH0Z", "nonsense"])
def test_an_id_that_is_none_is_not_found(floor: Floor, shown: str) -> None:
    for change in (floor.confirm, floor.decline):
        with pytest.raises(NotFound):
            change(shown)
