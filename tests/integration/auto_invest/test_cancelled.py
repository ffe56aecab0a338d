"""Cancelling a rule: whatever had fallen due by then is recorded, however much it is."""

from __future__ import annotations

import pytest

from automation.engine import rules
from tests import builders
from tests.builders import World

CANCELLED = ("Skipped", "rule_cancelled")


def park(world: World, when: str, **changes: str) -> str:
    """A rule that was set aside at an instant, and whose cause is mended."""
    rule = world.rule(**changes)
    world.connection.execute("update clients set time_zone = 'Mars/Olympus'")
    world.auto_invest(when)
    world.connection.execute("update clients set time_zone = 'Asia/Kolkata'")
    assert world.state(rule)["next_run_at"] is None
    return rule


def test_what_fell_due_while_a_rule_was_set_aside_is_recorded_when_it_is_cancelled(world: World) -> None:
    rule = park(world, "2024-01-05 10:00")
    world.clock.instant = builders.at("2024-03-10 12:00")
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert [outcome[1:] for outcome in world.log(rule)] == [("Failed", "internal_error"), CANCELLED, CANCELLED]


def test_all_of_an_outage_of_many_occurrences_is_recorded(world: World) -> None:
    rule = world.rule(frequency="Daily", start_date="2024-01-01", amount="500")
    world.clock.instant = builders.at("2024-08-30 12:00")
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert len(world.log(rule)) == 175  # the weekdays from 1 January to 30 August
    assert {outcome[1:] for outcome in world.log(rule)} == {CANCELLED}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Asia"])
def test_a_rule_that_is_still_broken_can_be_cancelled(world: World, zone: str) -> None:
    rule = park(world, "2024-01-05 10:00")
    world.connection.execute("update clients set time_zone = %s", (zone,))
    rules.cancel(world.runtime, rule, "client_request", by="test")
    world.connection.execute("update clients set time_zone = 'Asia/Kolkata'")
    assert world.state(rule)["status"] == "Cancelled"


def test_a_due_rule_whose_facts_can_t_be_loaded_can_be_cancelled(world: World) -> None:
    rule = world.rule()
    world.connection.execute("update auto_invest_rules set trigger_type = 'Portfolio Drift'")
    world.clock.instant = builders.at("2024-01-05 12:00")
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert (world.state(rule)["status"], world.log(rule)[0][2]) == ("Cancelled", "internal_error")
