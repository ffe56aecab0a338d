"""What keeps a rebalancing from being made: another one, the same day, cooldown, pauses, switches, the client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from automation.engine import rebalancing_edits, rebalancing_rules
from automation.errors import Conflict, InvalidInput
from tests import builders
from tests.gateways import FakeGateway
from tests.rebalancing_floor import ASKS, HYBRID, MONTHLY, Floor


def done(floor: Floor, day: str, nav: str) -> None:
    """An evening that brings what is under way to its end."""
    floor.turn()
    floor.evening(day, EQ=nav)


def test_while_one_is_under_way_nothing_else_of_its_client_is_rebalanced(floor: Floor) -> None:
    first = floor.add()
    floor.price("125")
    second = floor.add(name="second", threshold_percent="1")
    floor.evening("2024-01-09", EQ="140")
    assert (floor.states(first), floor.states(second)) == (["Executing"], [])
    assert floor.last_look(second) == "execution_live"


def test_another_client_is_not_in_the_way(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    builders.add_lot(floor.world.connection, "EQ", "600", "40000.00", "2022-06-01", "C2")
    builders.add_lot(floor.world.connection, "DEBT", "400", "40000.00", "2022-06-01", "C2")
    floor.add()
    floor.add(client="C2")
    floor.price("125")
    assert sorted(row["client_id"] for row in floor.executions()) == ["C1", "C2"]


def test_the_database_lets_a_client_have_one_that_is_not_over(floor: Floor) -> None:
    floor.add(**ASKS)
    floor.price("125")
    with pytest.raises(psycopg.errors.UniqueViolation, match="rebalancing_executions_one_live"):
        copied(floor, "update other set initiator = 'manual'")


def test_the_database_lets_a_client_have_one_automatic_a_day(floor: Floor) -> None:
    floor.add(**ASKS)
    floor.price("125")
    with pytest.raises(psycopg.errors.UniqueViolation, match="rebalancing_executions_one_a_day"):
        copied(floor, "update other set status = 'Expired'")


def copied(floor: Floor, change: str) -> None:
    """The execution a second time, under another key, for another occurrence, and changed."""
    connection = floor.world.connection
    connection.execute("create table other as select * from rebalancing_executions")
    connection.execute("update other set id = gen_random_uuid(), occurrence = occurrence - interval '9 days'")
    connection.execute(change.encode())
    connection.execute("insert into rebalancing_executions select * from other")


def test_at_most_one_automatic_a_day(floor: Floor) -> None:
    first = floor.add(**MONTHLY)
    floor.publish_all({"EQ": "103", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 10:00")
    floor.world.orders("2024-01-10 10:05")
    floor.evening("2024-01-10", EQ="103")
    second = floor.add(name="second", threshold_percent="0.1")
    floor.price("104", "2024-01-10")
    assert (floor.states(first), floor.executions(second)) == (["Executed"], [])
    assert floor.last_look(second) == "already_today"
    floor.price("115", "2024-01-11")
    assert floor.states(second) == ["Executing"]


def test_the_day_is_that_on_which_it_was_made_not_that_of_its_name(floor: Floor) -> None:
    """The occurrence of the 10th runs on the 11th, as the 10th is closed; a drift of the 11th comes too late."""
    builders.add_holidays(floor.world.connection, "2024-01-10")
    first = floor.add(**MONTHLY)
    floor.publish_all({"EQ": "103", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-11 10:00")
    floor.world.orders("2024-01-11 10:05")
    floor.evening("2024-01-11", EQ="103")
    assert floor.states(first) == ["Executed"]
    second = floor.add(name="second", threshold_percent="0.1")
    floor.price("104", "2024-01-11")
    assert (floor.executions(second), floor.last_look(second)) == ([], "already_today")


def test_a_late_occurrence_named_by_a_day_that_had_an_execution_still_runs(floor: Floor) -> None:
    """The 10th has a drift's execution; the calendar's occurrence of the 10th is found a day later."""
    floor.add(name="drift")
    late = floor.add(**MONTHLY, time="22:00")
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 09:30")
    floor.world.orders("2024-01-10 09:35")
    floor.evening("2024-01-10", EQ="125")
    floor.evening("2024-01-11", EQ="140")
    assert floor.log(late) == [("2024-01-10 22:00", "Success", None)]
    assert floor.row(late)["status"] == "Active"


def test_the_cooldown_is_in_days_of_the_calendar_after_the_last_one(floor: Floor) -> None:
    rule = floor.add(cooldown_days=3, threshold_percent="1")
    floor.price("125")
    done(floor, "2024-01-09", "125")
    assert floor.states() == ["Executed"]
    floor.evening("2024-01-10", EQ="135")
    assert (len(floor.executions()), floor.last_look(rule)) == (1, "cooldown")
    floor.evening("2024-01-11", EQ="135")
    assert len(floor.executions()) == 2


def test_one_that_traded_nothing_starts_no_cooldown(floor: Floor) -> None:
    rule = floor.add(cooldown_days=30)
    floor.price("125")
    house = FakeGateway(on_submit="refuse")
    paper = floor.world.runtime.gateway
    floor.world.behind(house, house.ledger)
    floor.turn()
    assert floor.states() == ["Failed"]
    floor.world.behind(paper, None)
    floor.evening("2024-01-09", EQ="125")
    assert floor.states(rule) == ["Failed", "Executing"]


def test_by_hand_no_cooldown_counts(floor: Floor) -> None:
    rule = floor.add(cooldown_days=30)
    floor.price("125")
    done(floor, "2024-01-09", "110")
    floor.by_hand(rule)
    assert [row["initiator"] for row in floor.executions()] == ["drift", "manual"]


def test_a_rule_that_is_switched_off_does_nothing(floor: Floor) -> None:
    rule = floor.add(enabled=False)
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], "rule_disabled")


def test_a_paused_rule_does_nothing_and_when_resumed_looks_at_once(floor: Floor) -> None:
    rule = floor.add()
    rebalancing_rules.pause(floor.world.runtime, rule, None, "holiday", by="test")
    floor.price("125")
    assert floor.executions() == []
    reply = rebalancing_rules.resume(floor.world.runtime, rule, by="test")
    assert reply.drift is not None
    assert f"{reply.drift.max_drift}" == "5.2174"
    assert floor.executions() == []
    floor.tick()
    assert floor.states() == ["Executing"]


def test_a_pause_up_to_an_instant_ends_by_itself_with_a_look(floor: Floor) -> None:
    rule = floor.add()
    until = builders.at("2024-01-09 09:00")
    rebalancing_rules.pause(floor.world.runtime, rule, until, "holiday", by="test")
    floor.price("125")
    floor.tick("2024-01-09 08:59")
    assert (floor.executions(), floor.row(rule)["status"]) == ([], "Paused")
    floor.tick("2024-01-09 09:00")
    assert (floor.states(), floor.row(rule)["status"]) == (["Executing"], "Active")


def test_a_pause_that_ends_by_itself_keeps_its_look_while_its_calendar_is_due(floor: Floor) -> None:
    rule = floor.add(**HYBRID)
    rebalancing_rules.pause(floor.world.runtime, rule, builders.at("2024-01-11 09:00"), "holiday", by="test")
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "rule_paused")]
    floor.tick("2024-01-11 09:00")
    assert floor.states() == ["Executing"]


def test_a_pause_until_the_past_is_refused(floor: Floor) -> None:
    rule = floor.add()
    with pytest.raises(InvalidInput) as refused:
        rebalancing_rules.pause(floor.world.runtime, rule, floor.world.clock.instant, "holiday", by="test")
    assert refused.value.field == "until"


def test_a_cancelled_rule_is_never_looked_at_again(floor: Floor) -> None:
    rule = floor.add(**HYBRID)
    for _ in range(2):
        rebalancing_rules.cancel(floor.world.runtime, rule, "moved away", by="test")
    assert floor.price("125") == {"prices": 1}
    floor.tick("2024-01-10 10:00")
    assert (floor.executions(), floor.log(rule)) == ([], [])
    row = floor.row(rule)
    assert (row["status"], row["status_reason"], row["next_run_at"]) == ("Cancelled", "moved away", None)


@pytest.mark.parametrize("change", ["pause", "resume"])
def test_a_cancelled_rule_can_not_be_changed(floor: Floor, change: str) -> None:
    rule = floor.add()
    rebalancing_rules.cancel(floor.world.runtime, rule, "moved away", by="test")
    arguments: dict[str, tuple[Any, ...]] = {"pause": (None, "x"), "resume": ()}
    with pytest.raises(Conflict):
        getattr(rebalancing_rules, change)(floor.world.runtime, rule, *arguments[change], "test")
    with pytest.raises(Conflict):
        rebalancing_edits.edit(floor.world.runtime, rule, {"cooldown_days": 3}, "test")


SCOPES = [("global", None), ("job", "rebalancing"), ("client", "C1"), ("rule", ...)]


@pytest.mark.parametrize("mode", ["stop_all", "stop_buys"])
@pytest.mark.parametrize(("scope", "scope_id"), SCOPES)
def test_a_kill_switch_of_every_scope_stops_it_until_it_is_lifted(
    floor: Floor, scope: str, scope_id: Any, mode: str
) -> None:
    rule = floor.add()
    builders.add_switch(floor.world.connection, scope, str(floor.key(rule)) if scope_id is ... else scope_id, mode)
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], "kill_switch")
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    floor.evening("2024-01-09", EQ="125")
    assert floor.states() == ["Executing"]


def test_a_switch_on_buying_lets_sales_alone_go_on(floor: Floor) -> None:
    floor.add(mode="sell_only")
    builders.add_switch(floor.world.connection, "global", None, "stop_buys")
    floor.price("125")
    assert floor.trades() == [("Redemption", "EQ", "6000.00")]


@pytest.mark.parametrize(("scope", "scope_id"), [("job", "auto_invest"), ("client", "C2"), ("job", "triggers")])
def test_the_switch_of_something_else_does_not_stop_it(floor: Floor, scope: str, scope_id: str) -> None:
    builders.add_switch(floor.world.connection, scope, scope_id, "stop_all")
    floor.add()
    floor.price("125")
    assert floor.states() == ["Executing"]


@pytest.mark.parametrize(("change", "reason"), [
    ("update clients set kyc_status = 'Pending'", "kyc_not_verified"),
    ("update clients set status = 'Suspended'", "client_inactive"),
])  # fmt: skip
def test_a_client_who_may_not_trade_is_not_rebalanced(floor: Floor, change: str, reason: str) -> None:
    rule = floor.add()
    floor.world.connection.execute(change.encode())
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], reason)


def test_what_stopped_an_occurrence_is_in_its_row(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    builders.add_switch(floor.world.connection, "global", None, "stop_all")
    floor.world.clock.instant += timedelta(days=2)
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "kill_switch")]


def test_a_rule_that_can_not_be_decided_is_set_aside_and_the_others_go_on(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    builders.add_lot(floor.world.connection, "EQ", "600", "40000.00", "2022-06-01", "C2")
    bad = floor.create(target_allocation={"EQ": "60", "DEBT": "20", "GOLD": "20"}).id
    good = floor.create(client="C2", target_allocation={"EQ": "50", "DEBT": "50"}).id
    floor.world.connection.execute("update products set time_zone = 'Mars/Base' where id = 'GOLD'")
    floor.tick()
    assert (floor.row(bad)["status"], floor.row(bad)["status_reason"]) == ("Paused", "internal_error")
    assert "Mars/Base" in floor.row(bad)["last_look"]["error"]
    assert floor.states(good) == ["Executing"]
