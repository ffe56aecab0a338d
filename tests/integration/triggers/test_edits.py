"""Triggers that are changed before they fire: what they wait for and order from then on, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import trigger_edits
from automation.engine.trigger_edits import Edited
from automation.errors import Changed, Conflict, InvalidInput
from tests import builders
from tests.builders import Row
from tests.trigger_floor import ABOVE, NO_LEVEL, SELLS, STOPS, SWITCHES, TRAILS, Floor, asks, custom, on_date

VALUE = {"trigger_type": "Portfolio Value", "trigger_condition": "Crosses Above", "trigger_value": "53000"}
TELLS = {"mode": "notify", "order_type": ..., "amount": ...}


def edit(floor: Floor, trigger: str, **changes: Any) -> Edited:
    return trigger_edits.edit(floor.world.runtime, trigger, changes, by="test")


def stored(floor: Floor) -> list[Row]:
    """Everything that an edit could write: the triggers, when they are looked at, what is watched, the trail."""
    tables = ("trigger_orders", "trigger_looks", "watched_prices", "automation_audit")
    return [row for table in tables for row in floor.world.rows(f"select * from {table} order by 1")]  # noqa: S608


def test_it_fires_by_its_new_level_and_no_more_by_the_old(floor: Floor) -> None:
    trigger = floor.add()
    edited = edit(floor, trigger, trigger_value="120")
    assert (edited.row["version"], edited.reply.would_fire_now) == (2, False)
    assert (edited.reply.reason, str(edited.reply.distance)) == ("condition_not_met", "20.0")
    floor.days("110", "119", "121")
    assert floor.fired(trigger) == ("121.0000", "2024-01-10")
    versions = floor.world.rows("select rule_version from automation_execution_logs")
    assert [row["rule_version"] for row in versions] == [2]


def test_a_level_that_holds_by_the_edit_is_said_to_and_fires_at_the_next_look(floor: Floor) -> None:
    trigger = floor.add()
    edited = edit(floor, trigger, trigger_value="99")
    assert edited.reply.would_fire_now
    assert edited.reply.warnings[0] == "its condition holds already: it fires at the next look"
    floor.tick()
    assert floor.fired(trigger) == ("100.0000", "2024-01-05")


@pytest.mark.parametrize("looked", [True, False], ids=["looked at in between", "not looked at in between"])
def test_a_crossing_is_compared_with_what_it_sees_first_after_the_edit(floor: Floor, looked: bool) -> None:
    """At 100 it waits for 105. With 110 in its place nothing is its own that it saw before."""
    trigger = floor.add(**ABOVE)
    edited = edit(floor, trigger, trigger_value="110")
    assert edited.reply.reason == "baseline"
    if looked:
        floor.tick()
    floor.days("112", "109", "111")
    assert floor.fired(trigger) == (("112.0000", "2024-01-08") if looked else ("111.0000", "2024-01-10"))


def test_a_price_that_was_on_its_way_to_the_old_level_fires_nothing(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    floor.publish("106", "2024-01-08")
    edit(floor, trigger, trigger_value="104")
    floor.tick()
    assert floor.fired(trigger) is None
    floor.days("103", "105", first="2024-01-09")
    assert floor.fired(trigger) == ("105.0000", "2024-01-10")


def test_a_crossing_of_a_value_begins_anew_too(floor: Floor) -> None:
    """500 units, at 100, are worth 50,000; what crosses 53,000 has crossed 51,000 before."""
    trigger = floor.add(**VALUE)
    floor.days("103")
    edit(floor, trigger, trigger_value="51000")
    floor.tick()
    assert (floor.fired(trigger), floor.reason(trigger)) == (None, "condition_not_met")
    floor.days("101", "105", first="2024-01-09")
    assert floor.fired(trigger) == ("52500.0000", "2024-01-10")


def test_what_decides_nothing_leaves_it_at_rest(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    before = floor.row(trigger)
    edited = edit(floor, trigger, name="later", amount="12000", on_shortfall="reject", mode="confirm", max_data_age=5)
    assert (edited.reply.reason, str(edited.reply.distance)) == ("condition_not_met", "5.00")
    changed = {name for name, value in floor.row(trigger).items() if value != before[name]}
    assert changed == {"version", "name", "amount", "on_shortfall", "mode", "max_data_age"}
    assert floor.price("106", "2024-01-08")["fired"] == 1
    assert floor.row(trigger)["confirm_until"] is not None


def test_a_new_amount_is_ordered(floor: Floor) -> None:
    trigger = floor.add()
    edit(floor, trigger, amount="12000")
    floor.days("106")
    assert str(floor.order(trigger)["amount"]) == "12000.00"


@pytest.mark.parametrize(("changes", "expected"), [
    ({"units": "7.5"}, (None, "7.5000", False)),
    ({"amount": "900"}, ("900.00", None, False)),
    ({"units": "all"}, (None, None, True)),
    ({"amount": "900", "units": None}, ("900.00", None, False)),
])  # fmt: skip
def test_a_size_takes_the_place_of_another(floor: Floor, changes: Row, expected: tuple[Any, ...]) -> None:
    trigger = floor.add(**SELLS | {"units": "3"})
    row = edit(floor, trigger, **changes).row
    assert tuple(value if isinstance(value, bool) or value is None else str(value)
                 for value in (row["amount"], row["units"], row["all_units"])) == expected  # fmt: skip


def test_another_percent_trails_the_best_price_that_it_has_followed(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("120", "112")
    edited = edit(floor, trigger, trailing_percent="5")
    assert (str(edited.row["best_value"]), edited.reply.would_fire_now) == ("120.0000", True)
    edited = edit(floor, trigger, trailing_percent="8")
    assert (str(edited.row["best_value"]), edited.reply.would_fire_now) == ("120.0000", False)
    floor.tick()
    floor.days("111", "110.4", first="2024-01-10")
    assert floor.fired(trigger) == ("110.4000", "2024-01-11")


def test_switched_off_it_does_not_fire_and_switched_on_it_is_as_new(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("120")
    edit(floor, trigger, enabled=False)
    floor.days("100", first="2024-01-09")
    assert floor.fired(trigger) is None
    assert edit(floor, trigger, enabled=True).row["best_value"] is None
    floor.days("90.5", "89", first="2024-01-10")
    assert floor.fired(trigger) == ("89.0000", "2024-01-11")


def test_validity_is_shortened_extended_and_taken_away(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-09")
    assert edit(floor, trigger, valid_until="2024-02-29").row["valid_until"] == builders.at("2024-03-01 00:00")
    row = edit(floor, trigger, valid_until=None).row
    assert (row["valid_until"], row["remind_at"]) == (None, None)
    assert edit(floor, trigger, valid_until="2024-01-10T12:00").row["valid_until"] == builders.at("2024-01-10 12:00")
    floor.tick("2024-01-10 12:00")
    assert floor.state(trigger) == ("Expired", "expired")


def test_an_expiry_that_was_announced_is_announced_again_only_where_it_is_another(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-12")
    floor.tick("2024-01-11 21:00")
    edit(floor, trigger, amount="900")
    floor.tick("2024-01-11 22:00")
    edit(floor, trigger, valid_until="2024-01-13")
    floor.tick("2024-01-13 23:00")
    assert [what for _, what in floor.told()] == ["reminded", "reminded"]


def test_one_that_only_told_says_what_it_orders_before_it_orders(floor: Floor) -> None:
    """It must not sell all that is held because nothing was said."""
    trigger = floor.add(**TELLS)
    with pytest.raises(InvalidInput) as refused:
        edit(floor, trigger, mode="execute")
    assert refused.value.field == "order_type"
    edit(floor, trigger, mode="execute", order_type="Purchase", amount="5000")
    floor.days("106")
    assert (floor.order(trigger)["order_type"], str(floor.order(trigger)["amount"])) == ("Purchase", "5000.00")


def test_a_date_that_has_come_stays_one(floor: Floor) -> None:
    trigger = floor.add(**on_date("2024-01-09T10:00"))
    edit(floor, trigger, amount="700")
    floor.days("100")
    floor.tick("2024-01-09 10:00")
    assert str(floor.order(trigger)["amount"]) == "700.00"


def test_the_same_again_changes_nothing(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-03-31")
    before = stored(floor)
    edited = edit(floor, trigger, trigger_value="105.0", valid_until="2024-03-31", units=None, mode=None)
    assert (edited.row["version"], stored(floor)) == (1, before)


def test_a_dry_run_answers_the_same_and_writes_nothing(floor: Floor) -> None:
    trigger = floor.add()
    before, changes = stored(floor), {"trigger_value": "99", "valid_until": "2024-03-31"}
    dry = trigger_edits.edit(floor.world.runtime, trigger, changes, "test", {1}, dry_run=True)
    assert stored(floor) == before
    wet = trigger_edits.edit(floor.world.runtime, trigger, changes, "test", {1})
    assert dry == wet


@pytest.mark.parametrize(
    ("body", "changes", "field"),
    [
        ({}, {"client": "C1"}, "client"),
        ({}, {"trigger_type": "Price"}, "trigger_type"),
        ({}, {"trigger_condition": "Less Than"}, "trigger_condition"),
        ({}, {"product": "FUND"}, "product"),
        ({}, {"order_type": "Redemption"}, "order_type"),
        ({}, {"valid_from": "2024-02-01"}, "valid_from"),
        ({}, {"oco_group": "pair"}, "oco_group"),
        ({}, {"trigger_value": "0"}, "trigger_value"),
        ({}, {"trigger_value": None}, "trigger_value"),
        ({}, {"tolerance": "1"}, "tolerance"),
        ({}, {"trailing_percent": "5"}, "trailing_percent"),
        ({}, {"amount": None}, "amount"),
        ({}, {"amount": "1"}, "amount"),
        ({}, {"units": "5"}, "amount"),
        ({}, {"mode": "hope"}, "mode"),
        ({}, {"valid_until": "2024-01-05"}, "valid_until"),
        ({}, {"max_data_age": -1}, "max_data_age"),
        ({}, {"enabled": "yes"}, "enabled"),
        ({}, {"colour": "red"}, "colour"),
        ({}, {}, "body"),
        (SELLS, {"amount": "10", "units": "3"}, "amount"),
        (TRAILS, {"trailing_percent": None}, "trailing_percent"),
        (TRAILS, {"trailing_percent": "100"}, "trailing_percent"),
        (TRAILS, {"trigger_value": "5"}, "trigger_value"),
        (SWITCHES, {"target_product": "EQ"}, "target_product"),
        (on_date("2024-02-01"), {"valid_until": "2024-01-31"}, "valid_until"),
        (custom(asks("Less Than", "5")), {"trigger_value": "5"}, "trigger_value"),
        (TELLS, {"amount": "700"}, "order_type"),
    ],
)
def test_a_wrong_change_is_refused_by_its_field_and_nothing_is_written(
    floor: Floor, body: Row, changes: Row, field: str
) -> None:
    trigger = floor.add(**body)
    before = stored(floor)
    with pytest.raises(InvalidInput) as refused:
        edit(floor, trigger, **changes)
    assert (refused.value.field, stored(floor)) == (field, before)


def test_a_product_that_has_closed_can_t_be_bought_on_other_terms(floor: Floor) -> None:
    trigger = floor.add()
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'EQ'")
    with pytest.raises(InvalidInput, match="product: 'EQ' is closed"):
        edit(floor, trigger, amount="900")


def test_an_edit_made_to_what_somebody_else_has_changed_is_refused(floor: Floor) -> None:
    trigger = floor.add()
    trigger_edits.edit(floor.world.runtime, trigger, {"amount": "900"}, "test", {1})
    before = stored(floor)
    with pytest.raises(Changed):
        trigger_edits.edit(floor.world.runtime, trigger, {"amount": "900"}, "test", {1})
    assert stored(floor) == before


@pytest.mark.parametrize("mode", ["execute", "confirm", "notify"])
def test_one_that_has_fired_can_t_be_changed(floor: Floor, mode: str) -> None:
    trigger = floor.add(mode=mode)
    floor.days("106")
    before = stored(floor)
    with pytest.raises(Conflict):
        edit(floor, trigger, trigger_value="200")
    assert stored(floor) == before


def test_the_trail_has_the_difference(floor: Floor) -> None:
    trigger = floor.add(**STOPS)
    edit(floor, trigger, trigger_value="90", units="12", name="other")
    (entry,) = floor.world.rows("select action, object_id, details from automation_audit where action like '%%.edit'")
    assert (entry["action"], entry["object_id"]) == ("trigger_order.edit", trigger)
    assert entry["details"] == {
        "changes": {"name": [], "trigger_value": ["95.0000", "90.0000"], "units": ["all", "12.0000"]}
    }


def test_warnings_are_those_of_a_creation(floor: Floor) -> None:
    trigger = floor.add()
    assert edit(floor, trigger, amount="200000").reply.warnings == ["cash of 100,000.00 is less than the amount now"]


def test_a_tree_and_a_level_that_follows_a_price_are_edited_without_being_told_again(floor: Floor) -> None:
    tree = {"all": [asks("Greater Than", "105"), {"trigger_type": "Date", "trigger_at": "2024-01-09"}]}
    for body in (custom(tree), TRAILS | NO_LEVEL, VALUE, on_date("2024-02-01"), SWITCHES):
        trigger = floor.add(**body)
        before = floor.row(trigger)
        edit(floor, trigger, name="other")
        changed = {name for name, value in floor.row(trigger).items() if value != before[name]}
        assert changed == {"name", "version"}
