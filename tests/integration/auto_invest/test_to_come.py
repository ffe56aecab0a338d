"""What a rule is said to do next."""

from __future__ import annotations

import pytest

from automation.engine import rule_views, rules
from automation.errors import Conflict
from tests import builders
from tests.builders import World


def set_aside(world: World, rule: str) -> None:
    """The rule has failed with an error of our own, and nothing comes next."""
    world.connection.execute("update clients set time_zone = 'Mars/Olympus'")
    world.auto_invest("2024-01-05 10:00")
    world.connection.execute("update clients set time_zone = 'Asia/Kolkata'")
    assert world.state(rule)["next_run_at"] is None


def names(world: World, rule: str) -> list[str]:
    return [f"{each.nominal:%Y-%m-%d}" for each in rule_views.view(world.runtime, rule).coming]


def finish(world: World, rule: str) -> None:
    """So that nothing is left due."""
    rules.cancel(world.runtime, rule, "over", by="test")


def test_an_occurrence_that_was_moved_past_its_planned_day_comes_next(world: World) -> None:
    rule = world.rule(day_of_month=6)  # 6 January 2024 is a Saturday
    world.clock.instant = builders.at("2024-01-07 12:00")
    rules.pause(world.runtime, rule, None, "holiday", by="test")
    reply = rules.resume(world.runtime, rule, by="test")
    assert f"{reply.next_occurrences[0].nominal:%Y-%m-%d}" == "2024-01-06"


def test_a_rule_that_was_set_aside_shows_what_it_would_go_on_with(world: World) -> None:
    rule = world.rule()
    set_aside(world, rule)
    assert names(world, rule)[:2] == ["2024-02-05", "2024-03-05"]
    finish(world, rule)


def test_a_rule_that_was_set_aside_before_its_end_shows_nothing_after_it(world: World) -> None:
    rule = world.rule(end_date="2024-03-31")
    set_aside(world, rule)
    world.clock.instant = builders.at("2024-04-10 12:00")
    assert names(world, rule) == []
    finish(world, rule)


def test_a_rule_that_was_set_aside_can_t_be_paused_over_it(world: World) -> None:
    rule = world.rule()
    set_aside(world, rule)
    with pytest.raises(Conflict, match="internal_error"):
        rules.pause(world.runtime, rule, builders.at("2024-01-20 12:00"), "abroad", by="test")
    assert world.state(rule)["status_reason"] == "internal_error"
    finish(world, rule)
