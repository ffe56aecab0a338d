"""Prices that are withdrawn, that come while others are looked at, and triggers changed in between."""

from __future__ import annotations

import pytest

from automation import identifiers
from automation.database import Connection, connect
from automation.engine import product_status, trigger_edits, trigger_rules, triggers
from automation.engine.run import Run
from automation.errors import Conflict, InvalidInput
from automation.store import prices
from tests import builders
from tests.trigger_floor import BELOW, SELLS, STOPS, TRAILS, Floor, asks, custom

HOLDS = STOPS | {"trigger_value": "101"}


def advance(floor: Floor) -> None:
    """Only the first step of a tick: what prices reach is lined up, and not looked at."""
    runtime = floor.world.runtime
    triggers.advance(Run(identifiers.new(floor.world.clock.instant), "triggers", runtime))


def test_a_price_that_was_withdrawn_for_a_suspect_one_fires_nothing(floor: Floor) -> None:
    floor.days("101")
    floor.publish("60", "2024-01-08", when="2024-01-08 22:00")
    trigger = floor.add(**SELLS, trigger_condition="Greater Than", trigger_value="95")
    assert floor.fired(trigger) is None


def test_a_level_does_not_trail_a_price_that_was_withdrawn(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("100", "120")
    assert floor.row(trigger)["best_value"] == 120
    floor.publish("100", "2024-01-09", when="2024-01-09 22:00")
    floor.tick()
    assert (floor.fired(trigger), floor.row(trigger)["best_value"]) == (None, 100)
    floor.days("89", first="2024-01-10")
    assert floor.fired(trigger) == ("89.0000", "2024-01-10")


def test_a_price_that_comes_while_others_are_looked_at_is_seen(floor: Floor) -> None:
    trigger = floor.add(**STOPS)
    floor.publish("99", "2024-01-08")
    now = floor.world.clock.instant
    with connect(floor.world.runtime.settings.database_url) as worker:
        worker.execute("begin")
        due = prices.take(worker, now, 10)
        assert [each.product_id for each in due] == ["EQ"]
        floor.world.connection.execute("update navs set nav = 90 where product_id = 'EQ' and date = '2024-01-08'")
        prices.advance(worker, ["EQ"], now)
        worker.execute("commit")
    floor.tick()
    assert floor.fired(trigger) == ("90.0000", "2024-01-08")


def test_who_looks_at_a_trigger_is_not_waited_for_by_who_moves_its_level(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("100")
    floor.publish("104", "2024-01-09")
    with connect(floor.world.runtime.settings.database_url) as looking:
        looking.execute("begin")
        looking.execute("select from trigger_orders where id = %s for update", (trigger_rules.key_of(trigger),))
        advance(floor)
        looking.execute("rollback")
    floor.days("106", "95", first="2024-01-10")
    assert (floor.fired(trigger), floor.row(trigger)["best_value"]) == (("95.0000", "2024-01-11"), 106)


def test_a_level_that_trails_from_its_first_look_knows_the_best_price_before_it(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    for day, nav in (("2024-01-08", "100"), ("2024-01-09", "120"), ("2024-01-10", "107")):
        floor.publish(nav, day, when="2024-01-10 21:00")
    floor.tick()
    assert floor.fired(trigger) == ("107.0000", "2024-01-10")


def test_what_called_for_a_look_before_a_pause_counts_for_nothing_after_it(floor: Floor) -> None:
    trigger = floor.add(**SELLS | BELOW)
    floor.publish("90", "2024-01-08")
    advance(floor)
    trigger_rules.pause(floor.world.runtime, trigger, by="test")
    trigger_rules.resume(floor.world.runtime, trigger, by="test")
    floor.tick()
    assert (floor.fired(trigger), floor.status(trigger)) == (None, "Active")


def test_a_resumed_level_trails_from_that_day_on(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("100")
    trigger_rules.pause(floor.world.runtime, trigger, by="test")
    floor.days("90", "80", first="2024-01-09")
    trigger_rules.resume(floor.world.runtime, trigger, by="test")
    floor.tick()
    floor.days("78", "76", first="2024-01-11")
    assert (floor.fired(trigger), floor.row(trigger)["best_value"]) == (None, 80)
    floor.days("70", first="2024-01-15")
    assert floor.fired(trigger) == ("70.0000", "2024-01-15")


def test_the_group_of_one_that_fired_takes_no_other(floor: Floor) -> None:
    assert floor.fired(floor.add(**HOLDS | {"oco_group": "exit"}))
    with pytest.raises(Conflict, match="'exit'"):
        floor.create(**SELLS | {"oco_group": "exit", "trigger_value": "99"})


def test_an_order_may_be_as_old_in_its_price_as_its_trigger_says(floor: Floor) -> None:
    trigger = floor.create(**HOLDS | {"max_data_age": 20}).id
    floor.tick("2024-01-15 10:00")
    floor.world.orders("2024-01-15 10:00")
    assert floor.order(trigger)["status"] == "Submitted"


def test_a_crossing_that_may_only_be_seen_fresh_is_compared_with_the_price_before(floor: Floor) -> None:
    trigger = floor.add(**SELLS | BELOW | {"max_data_age": 0})
    floor.days("100", "90")
    assert floor.fired(trigger) == ("90.0000", "2024-01-09")


def test_one_that_holds_but_can_only_fail_says_so_at_once(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    reply = floor.create(**HOLDS | {"client": "C2"})
    assert reply.would_fire_now
    assert "fails: insufficient_units" in reply.warnings[0]
    floor.tick()
    assert floor.status(reply.id) == "Failed"


def test_the_value_of_nothing_at_all_is_no_reason_to_fire(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2", cash="0")
    low = {"trigger_type": "Portfolio Value", "trigger_condition": "Less Than", "trigger_value": "1000"}
    trigger = floor.add(**low | {"client": "C2", "order_type": ..., "amount": ..., "mode": "notify"})
    assert (floor.fired(trigger), floor.status(trigger)) == (None, "Active")


def test_a_tree_that_watches_a_closed_product_is_disabled(floor: Floor) -> None:
    trigger = floor.add(**SELLS | custom(asks("Less Than", "5", product="FUND")))
    product_status.close(floor.world.runtime, "FUND", "wound up", "ops")
    floor.tick()
    assert floor.status(trigger) == "Disabled"


def test_the_end_of_validity_can_be_moved_while_a_trigger_is_active(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-09")
    trigger_edits.edit(floor.world.runtime, trigger, {"valid_until": "2024-01-31"}, by="test")
    floor.days("100", "100", "106")
    assert floor.fired(trigger) == ("106.0000", "2024-01-10")
    with pytest.raises(Conflict, match="is Triggered"):
        trigger_edits.edit(floor.world.runtime, trigger, {"valid_until": "2024-02-29"}, by="test")


def test_the_end_of_validity_is_moved_to_a_day_to_come(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-12")
    floor.tick("2024-01-10 10:00")
    with pytest.raises(InvalidInput, match="valid_until: is over before the trigger can fire"):
        trigger_edits.edit(floor.world.runtime, trigger, {"valid_until": "2024-01-09"}, by="test")


@pytest.fixture
def broken(floor: Floor) -> Connection:
    """A database in which the record of an execution can't be written, whatever the trigger."""
    connection = floor.world.connection
    connection.execute("alter table automation_execution_logs add constraint none check (false) not valid")
    return connection


def test_one_that_can_t_be_recorded_says_why_and_waits(floor: Floor, broken: Connection) -> None:
    trigger = floor.create(**HOLDS).id
    floor.tick()
    row = floor.row(trigger)
    assert (row["status"], row["last_look"]["reason"]) == ("Active", "internal_error")
    assert row["look_at"] > floor.world.clock.instant
    broken.execute("alter table automation_execution_logs drop constraint none")
    floor.tick("2024-01-08 12:00")
    assert floor.status(trigger) == "Triggered"
