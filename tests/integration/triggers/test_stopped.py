"""What keeps a trigger from firing: each leaves its reason, and lets it fire when it is over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from automation.engine import suspects, trigger_rules
from tests import builders
from tests.trigger_floor import ABOVE, BELOW, SELLS, SWITCHES, Floor, asks, custom

LIFT = "update automation_controls set lifted_at = now()"


def scope_id(scope: str, trigger: str) -> str | None:
    key = str(trigger_rules.key_of(trigger))
    return {"global": None, "job": "triggers", "client": "C1", "rule": key}[scope]


def switch(floor: Floor, scope: str, trigger: str, mode: str = "stop_all") -> None:
    builders.add_switch(floor.world.connection, scope, scope_id(scope, trigger), mode)


def held_back(floor: Floor, trigger: str, reason: str) -> bool:
    """Nothing happened, and `why` says for which reason."""
    return (floor.status(trigger), floor.fired(trigger), floor.orders(trigger), floor.reason(trigger)) == (
        "Active", None, [], reason,
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["global", "job", "client", "rule"])
@pytest.mark.parametrize(("mode", "body", "stopped"), [
    ("stop_all", {}, True),
    ("stop_all", SELLS, True),
    ("stop_all", {"mode": "notify"}, True),
    ("stop_buys", {}, True),
    ("stop_buys", SELLS, False),
    ("stop_buys", SWITCHES, True),
])  # fmt: skip
def test_a_kill_switch_of_each_scope_stops_the_firing_until_it_is_lifted(
    floor: Floor, scope: str, mode: str, body: dict[str, str], stopped: bool
) -> None:
    trigger = floor.add(**body)
    switch(floor, scope, trigger, mode)
    floor.days("106")
    assert (floor.fired(trigger) is None) is stopped
    if stopped:
        assert held_back(floor, trigger, "kill_switch")
        assert f"{scope}: drill" in floor.why(trigger).sentence
        floor.world.connection.execute(LIFT)
        floor.tick("2024-01-08 21:05")
    assert floor.fired(trigger) == ("106.0000", "2024-01-08")


@pytest.mark.parametrize("scope", ["global", "job", "client", "rule"])
def test_a_kill_switch_set_after_the_firing_stops_the_order_and_fails_the_trigger(floor: Floor, scope: str) -> None:
    trigger = floor.add()
    floor.days("106")
    switch(floor, scope, trigger)
    floor.world.orders("2024-01-08 21:05")
    order = floor.order(trigger)
    assert (order["status"], order["reason"]) == ("Cancelled", "kill_switch")
    assert floor.state(trigger) == ("Failed", "kill_switch")
    assert "kill_switch" in floor.why(trigger).sentence


@pytest.mark.parametrize(("scope", "named"), [("job", "auto_invest"), ("client", "C2"), ("rule", "another")])
def test_a_kill_switch_for_somebody_else_stops_nothing(floor: Floor, scope: str, named: str) -> None:
    trigger = floor.add()
    builders.add_switch(floor.world.connection, scope, named, "stop_all")
    floor.days("106")
    assert floor.status(trigger) == "Triggered"


def test_a_level_that_no_longer_holds_when_the_switch_is_lifted_waits_for_its_price_again(floor: Floor) -> None:
    trigger = floor.add()
    switch(floor, "client", trigger)
    floor.days("106", "104")
    floor.world.connection.execute(LIFT)
    floor.tick("2024-01-09 21:05")
    assert held_back(floor, trigger, "condition_not_met")
    floor.days("107", first="2024-01-10")
    assert floor.fired(trigger) == ("107.0000", "2024-01-10")


@pytest.mark.parametrize(("spoil", "repair", "reason"), [
    ("kyc_status = 'Pending'", "kyc_status = 'Verified'", "kyc_not_verified"),
    ("status = 'Suspended'", "status = 'Active'", "client_inactive"),
])  # fmt: skip
def test_a_client_who_may_not_trade_keeps_it_back_until_it_may(
    floor: Floor, spoil: str, repair: str, reason: str
) -> None:
    trigger = floor.add()
    floor.world.connection.execute(f"update clients set {spoil}".encode())  # noqa: S608 - our own words
    floor.days("106")
    assert held_back(floor, trigger, reason)
    floor.world.connection.execute(f"update clients set {repair}".encode())  # noqa: S608 - our own words
    floor.tick("2024-01-08 21:05")
    assert floor.status(trigger) == "Triggered"


def test_a_stale_price_fires_nothing_and_a_fresh_one_does(floor: Floor) -> None:
    floor.world.clock.instant = builders.at("2024-01-11 10:00")
    trigger = floor.add(trigger_value="99")
    assert held_back(floor, trigger, "stale_price")
    assert "of 2024-01-05, 4 business days old where 3 are allowed" in floor.why(trigger).sentence
    floor.price("101", "2024-01-11")
    assert floor.fired(trigger) == ("101.0000", "2024-01-11")


def test_a_price_as_old_as_is_allowed_fires(floor: Floor) -> None:
    """From Friday to Wednesday are three business days."""
    floor.world.clock.instant = builders.at("2024-01-10 23:59")
    assert floor.status(floor.add(trigger_value="99")) == "Triggered"


def test_holidays_do_not_age_a_price(floor: Floor) -> None:
    builders.add_holidays(floor.world.connection, "2024-01-08", "2024-01-09")
    floor.world.clock.instant = builders.at("2024-01-12 10:00")
    assert floor.status(floor.add(trigger_value="99")) == "Triggered"


@pytest.mark.parametrize(("age", "status"), [(0, "Active"), (1, "Active"), (2, "Triggered")])
def test_how_old_a_price_may_be_is_the_triggers_own_matter(floor: Floor, age: int, status: str) -> None:
    floor.world.clock.instant = builders.at("2024-01-09 10:00")
    assert floor.status(floor.add(trigger_value="99", max_data_age=age)) == status


@pytest.mark.parametrize("body", [{}, ABOVE, {"mode": "notify"}, custom(asks("Greater Than", "105"))])
def test_a_price_that_comes_days_late_is_stale_already(floor: Floor, body: dict[str, Any]) -> None:
    trigger = floor.add(**body)
    floor.publish("106", "2024-01-08", when="2024-01-15 21:00")
    floor.tick()
    assert (floor.status(trigger), floor.fired(trigger)) == ("Active", None)
    assert floor.reason(trigger) in ("stale_price", "condition_unknown")


def test_after_a_gap_a_crossing_begins_anew(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    floor.price("104", "2024-01-08")
    floor.price("106", "2024-01-12")
    assert floor.fired(trigger) is None
    floor.price("104", "2024-01-15")
    floor.price("107", "2024-01-16")
    assert floor.fired(trigger) == ("107.0000", "2024-01-16")


def test_three_business_days_between_two_prices_are_no_gap(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    floor.price("104", "2024-01-08")
    floor.price("106", "2024-01-11")
    assert floor.fired(trigger) == ("106.0000", "2024-01-11")


def test_a_level_needs_nothing_before_it_and_fires_after_a_gap(floor: Floor) -> None:
    trigger = floor.add()
    floor.price("106", "2024-01-31")
    assert floor.fired(trigger) == ("106.0000", "2024-01-31")


@pytest.mark.parametrize("body", [
    {}, SELLS, ABOVE, {"mode": "notify"}, {"mode": "confirm"}, custom(asks("Greater Than", "105")),
    {"trigger_type": "Portfolio Value", "trigger_value": "52500"},
    custom(asks("Greater Than", "52500", "Portfolio Value")),
])  # fmt: skip
def test_a_suspect_price_fires_nothing_and_is_told(floor: Floor, body: dict[str, Any]) -> None:
    trigger = floor.add(**body)
    floor.days("140")
    assert floor.world.value("select suspect from navs where product_id = 'EQ' and date = '2024-01-08'")
    assert held_back(floor, trigger, "suspect_price")
    assert "suspect until it is confirmed" in floor.why(trigger).sentence


def test_a_suspect_price_that_a_person_confirms_is_an_observation(floor: Floor) -> None:
    level, crossing = floor.add(), floor.add(**ABOVE)
    floor.days("140")
    suspects.confirm(floor.world.runtime, "EQ", date(2024, 1, 8), "ops")
    floor.tick("2024-01-09 10:00")
    assert floor.fired(level) == floor.fired(crossing) == ("140.0000", "2024-01-08")


def test_two_more_in_its_range_make_it_good(floor: Floor) -> None:
    trigger = floor.add()
    floor.days("140", "141")
    assert held_back(floor, trigger, "suspect_price")
    floor.days("139", first="2024-01-10")
    assert floor.fired(trigger) == ("139.0000", "2024-01-10")


def test_a_spike_that_goes_away_fires_nothing_and_crosses_nothing(floor: Floor) -> None:
    above, below = floor.add(**ABOVE), floor.add(**BELOW)
    floor.days("140", "101", "60", "100")
    assert (floor.fired(above), floor.fired(below)) == (None, None)
    assert floor.reason(above) == floor.reason(below) == "condition_not_met"


def test_a_level_that_holds_waits_while_a_newer_price_is_suspect(floor: Floor) -> None:
    """At 106 it would fire, were the client stopped no longer; meanwhile nobody knows what 150 means."""
    trigger = floor.add()
    switch(floor, "client", trigger)
    floor.days("106", "150")
    floor.world.connection.execute(LIFT)
    floor.tick("2024-01-09 21:10")
    assert held_back(floor, trigger, "suspect_price")
    floor.days("107", first="2024-01-10")
    floor.tick("2024-01-10 21:10")
    assert floor.fired(trigger) == ("107.0000", "2024-01-10")


def test_a_product_that_never_had_a_price_says_so(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NEW")
    for body in ({}, {"mode": "notify"}, custom(asks("Greater Than", "1", product="EQ"))):
        assert held_back(floor, floor.add(product="NEW", **body), "no_price")


def test_a_price_at_zero_never_comes_in(floor: Floor) -> None:
    trigger = floor.add(trigger_condition="Less Than", trigger_value="95")
    with pytest.raises(Exception, match="above zero"):
        floor.publish("0", "2024-01-08")
    floor.tick()
    assert held_back(floor, trigger, "condition_not_met")


def test_one_trigger_that_breaks_waits_and_the_others_go_on(floor: Floor) -> None:
    poison, sound = floor.add(**custom(asks("Greater Than", "105"))), floor.add()
    spoil = (
        """update trigger_orders set condition_tree = '{"trigger_type": "NAV", "trigger_value": "x"}' where id = %s"""
    )
    floor.world.connection.execute(spoil, (trigger_rules.key_of(poison),))
    floor.days("106")
    assert floor.status(sound) == "Triggered"
    assert floor.status(poison) == "Active"
    floor.world.connection.execute("delete from trigger_looks")
    floor.world.connection.execute("delete from trigger_orders where id = %s", (trigger_rules.key_of(poison),))
