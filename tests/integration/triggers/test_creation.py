"""What creating a trigger answers and refuses, and pausing and resuming it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from automation.engine import trigger_rules
from automation.errors import Conflict, InvalidInput
from tests import builders
from tests.trigger_floor import ABOVE, SELLS, STOPS, SWITCHES, TRAILS, Floor, asks, custom, on_date


def pause(floor: Floor, trigger: str) -> None:
    trigger_rules.pause(floor.world.runtime, trigger, by="test")


def resume(floor: Floor, trigger: str) -> None:
    trigger_rules.resume(floor.world.runtime, trigger, by="test")


@pytest.mark.parametrize(("body", "now", "reason", "distance"), [
    ({"trigger_value": "110"}, False, "condition_not_met", "10"),
    ({"trigger_value": "99"}, True, None, "-1"),
    (STOPS, False, "condition_not_met", "-5"),
    (STOPS | {"trigger_value": "101"}, True, None, "1"),
    ({"trigger_condition": "Equals", "trigger_value": "100"}, True, None, "0"),
    (ABOVE | {"trigger_value": "99"}, False, "baseline", "-1"),
    ({"trigger_value": "99", "valid_from": "2024-02-01"}, False, "not_yet_valid", "-1"),
    ({"trigger_value": "99", "enabled": False}, False, "trigger_paused", "-1"),
    ({"trigger_type": "Portfolio Value", "trigger_value": "55000"}, False, "condition_not_met", "10"),
    (on_date("2024-01-08T10:00"), True, None, None),
    (on_date("2024-01-08T10:01"), False, "condition_not_met", None),
    (TRAILS, False, "condition_unknown", None),
    (custom({"any": [asks("Less Than", "101")]}), True, None, "1"),
])  # fmt: skip
def test_it_says_whether_it_would_fire_now_or_why_not_and_how_far_the_level_is(
    floor: Floor, body: dict[str, Any], now: bool, reason: str | None, distance: str | None
) -> None:
    reply = floor.create(**body)
    assert (reply.would_fire_now, reply.reason) == (now, reason)
    assert reply.distance == (None if distance is None else Decimal(distance))
    assert any("fires at the next look" in warning for warning in reply.warnings) is now
    floor.tick()
    assert (floor.status(reply.id) == "Triggered") is now


def test_it_says_what_it_sees(floor: Floor) -> None:
    reply = floor.create()
    assert (reply.observed, str(reply.observed_on)) == (Decimal(100), "2024-01-05")


@pytest.mark.parametrize(("body", "field"), [
    ({"client": "NOBODY"}, "client"),
    ({"product": "NONE"}, "product"),
    (SWITCHES | {"target_product": "NONE"}, "target_product"),
    ({"trigger_type": "Goal Progress", "goal": "G"}, "goal"),
    ({"trigger_type": "Goal Progress", "goal": "THEIRS"}, "goal"),
    (custom({"any": [asks("Less Than", "1", product="NONE")]}), "condition_tree.any[0].product"),
    (custom({"not": asks("Less Than", "1", "Goal Progress", goal="THEIRS")}), "condition_tree.not.goal"),
    ({"product": "CLOSED"}, "product"),
    ({"product": "SHUT"}, "product"),
    (SWITCHES | {"target_product": "SHUT"}, "target_product"),
    ({"product": "DOLLAR"}, "product"),
    ({"amount": "499.99"}, "amount"),
    (SELLS | {"units": ..., "amount": "99.99"}, "amount"),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field_and_leaves_nothing(
    floor: Floor, body: dict[str, Any], field: str
) -> None:
    connection = floor.world.connection
    builders.add_product(connection, "CLOSED", status="Closed")
    builders.add_product(connection, "SHUT", open_for_subscription=False)
    builders.add_product(connection, "DOLLAR", currency="USD")
    builders.add_client(connection, "C2")
    builders.add(connection, "goals", id="THEIRS", client_id="C2", name="car", target_amount=1)
    with pytest.raises(InvalidInput) as error:
        floor.create(**body)
    assert error.value.field == field
    assert floor.world.value("select count(*) from trigger_orders") == 0


def test_what_is_not_open_may_still_be_sold_or_watched(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "SHUT", open_for_subscription=False)
    assert floor.create(product="SHUT", **SELLS).id
    assert floor.create(**custom(asks("Less Than", "1", product="SHUT"))).id


def test_a_client_has_250_active_triggers_at_most(floor: Floor) -> None:
    first = [floor.create().id for _ in range(2)]
    floor.world.connection.execute(
        """
        insert into trigger_orders (id, client_id, name, trigger_type, trigger_condition, trigger_value, order_type,
                                    product_id, amount, valid_from, created_at, updated_at)
        select gen_random_uuid(), client_id, name, trigger_type, trigger_condition, trigger_value, order_type,
               product_id, amount, valid_from, created_at, updated_at
        from trigger_orders, generate_series(1, 248) where id = %s
        """,
        (trigger_rules.key_of(first[0]),),
    )
    with pytest.raises(Conflict, match="250"):
        floor.create()
    trigger_rules.cancel(floor.world.runtime, first[1], "room", "asha")
    assert floor.create().id


@pytest.mark.parametrize(("one", "other", "warned"), [
    (STOPS, {}, True),
    ({}, STOPS, True),
    (SWITCHES, SELLS | {"product": "FUND"}, True),
    ({"product": "FUND"}, SWITCHES, False),
    (SELLS | {"product": "FUND"}, SWITCHES, True),
    (STOPS, SELLS, False),
    ({}, {"trigger_value": "120"}, False),
    (STOPS, {"mode": "notify"}, False),
    ({"mode": "notify"}, STOPS, False),
])  # fmt: skip
def test_a_trigger_that_trades_the_other_way_is_a_warning(
    floor: Floor, one: dict[str, str], other: dict[str, str], warned: bool
) -> None:
    first = floor.create(**one).id
    reply = floor.create(**other)
    assert any(first in warning for warning in reply.warnings) is warned


@pytest.mark.parametrize(("body", "rule", "warned"), [
    (STOPS, {"product": "EQ"}, True),
    (SWITCHES, {"product": "EQ"}, True),
    ({}, {"product": "EQ"}, False),
    ({}, {"product": "EQ", "plan": "SWP"}, True),
    ({}, {"product": "FUND", "source_product": "EQ", "plan": "STP"}, True),
    (STOPS, {"product": "FUND"}, False),
    (STOPS, {"product": ..., "allocations": [{"product": "EQ", "percent": "50"}, {"product": "FUND", "percent": "50"}]},
     True),
])  # fmt: skip
def test_an_auto_invest_rule_that_trades_the_other_way_is_a_warning(
    floor: Floor, body: dict[str, str], rule: dict[str, Any], warned: bool
) -> None:
    rival = floor.world.rule(start_date="2024-03-01", amount="1000", **rule)
    assert any(rival in warning for warning in floor.create(**body).warnings) is warned


def test_what_is_not_there_yet_is_a_warning_and_no_refusal(floor: Floor) -> None:
    assert any("nothing of FUND" in warning for warning in floor.create(product="FUND", **SELLS).warnings)
    assert any("cash" in warning for warning in floor.create(amount="100000.01").warnings)
    assert floor.create().warnings == []


def test_what_is_paused_does_not_fire_and_says_so(floor: Floor) -> None:
    trigger = floor.add()
    pause(floor, trigger)
    floor.days("106")
    assert (floor.status(trigger), floor.reason(trigger)) == ("Active", "trigger_paused")
    assert "it is paused" in floor.why(trigger).sentence


def test_a_level_that_holds_fires_when_it_is_resumed(floor: Floor) -> None:
    trigger = floor.add()
    pause(floor, trigger)
    floor.days("106")
    resume(floor, trigger)
    floor.tick()
    assert floor.fired(trigger) == ("106.0000", "2024-01-08")


@pytest.mark.parametrize("body", [ABOVE, custom({"any": [asks("Crosses Above", "105")]})])
def test_resumed_it_takes_what_it_sees_first_as_the_baseline(floor: Floor, body: dict[str, Any]) -> None:
    trigger = floor.add(**body)
    floor.days("104")
    pause(floor, trigger)
    floor.days("103", "106", first="2024-01-09")
    resume(floor, trigger)
    floor.days("107", first="2024-01-11")
    assert floor.fired(trigger) is None
    floor.days("104", "108", first="2024-01-12")
    assert floor.fired(trigger) == ("108.0000", "2024-01-15")


@pytest.mark.parametrize("body", [ABOVE, custom({"any": [asks("Crosses Above", "105")]})])
def test_what_it_saw_in_a_pause_is_not_what_a_crossing_comes_from(floor: Floor, body: dict[str, Any]) -> None:
    trigger = floor.add(**body)
    pause(floor, trigger)
    floor.days("104")
    resume(floor, trigger)
    floor.days("106", first="2024-01-09")
    assert floor.fired(trigger) is None


def test_its_validity_goes_on_while_it_is_paused(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-10")
    pause(floor, trigger)
    floor.tick("2024-01-11 00:00")
    assert floor.state(trigger) == ("Expired", "expired")


def test_a_date_that_passes_in_a_pause_fires_when_it_is_resumed(floor: Floor) -> None:
    trigger = floor.add(**on_date("2024-01-09"))
    pause(floor, trigger)
    floor.tick("2024-01-09 10:00")
    assert floor.status(trigger) == "Active"
    resume(floor, trigger)
    floor.tick()
    assert floor.status(trigger) == "Triggered"


def test_resuming_what_is_not_paused_changes_nothing(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    floor.days("104")
    resume(floor, trigger)
    floor.days("106", first="2024-01-09")
    assert floor.fired(trigger) == ("106.0000", "2024-01-09")


def test_made_disabled_it_fires_only_once_it_is_resumed(floor: Floor) -> None:
    trigger = floor.add(enabled=False)
    floor.days("106")
    assert floor.fired(trigger) is None
    resume(floor, trigger)
    floor.tick()
    assert floor.fired(trigger) is not None
