"""Proposals that nobody carries out: what is logged of them says so, no cooldown runs, and they end with their rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automation.engine import rebalancing_rules
from automation.engine.replay import replay
from tests.rebalancing_floor import Floor


def declined(floor: Floor) -> None:
    floor.decline(floor.shown())


def expired(floor: Floor) -> None:
    floor.tick("2024-01-09 21:00")


def overtaken(floor: Floor) -> None:
    floor.publish("100", "2024-01-09", when="2024-01-09 20:00")
    floor.refused(floor.shown())


def ended(floor: Floor) -> None:
    rebalancing_rules.cancel(
        floor.world.runtime, floor.shown_rule(floor.execution()["rule_id"]), "moving house", by="test"
    )


ENDS = [
    (declined, "Cancelled", "declined"),
    (expired, "Expired", "not_confirmed"),
    (overtaken, "Cancelled", "nothing_to_trade"),
    (ended, "Cancelled", "rule_ended"),
]


@pytest.mark.parametrize(("end", "status", "reason"), ENDS)
def test_its_log_says_that_nothing_came_of_it(
    floor: Floor, end: Callable[[Floor], None], status: str, reason: str
) -> None:
    floor.proposed(cooldown_days=90)
    end(floor)
    assert floor.states()[0] == status
    assert floor.log(floor.shown_rule(floor.executions()[0]["rule_id"]))[0] == ("2024-01-08 00:00", "Skipped", reason)
    assert replay(floor.world.runtime).differences == []


@pytest.mark.parametrize("end", [declined, expired, overtaken])
def test_no_cooldown_runs_from_it(floor: Floor, end: Callable[[Floor], None]) -> None:
    floor.proposed(cooldown_days=90)
    end(floor)
    floor.evening("2024-01-10", EQ="125")
    assert floor.states()[1:][-1:] == ["Pending"]


def test_the_cooldown_is_that_of_the_one_before_it(floor: Floor) -> None:
    shown = floor.proposed(cooldown_days=2, threshold_percent="3")
    floor.confirm(shown)
    floor.world.orders()
    floor.evening("2024-01-09", EQ="125")
    floor.evening("2024-01-11", EQ="150")
    floor.decline(floor.shown())
    made = [row["created_at"] for row in floor.executions()]
    assert floor.row(floor.shown_rule(floor.executions()[0]["rule_id"]))["last_executed_at"] == made[0]


def test_with_its_rule_it_is_cancelled_and_says_why(floor: Floor) -> None:
    floor.proposed()
    ended(floor)
    row = floor.execution()
    assert (row["decided_by"], row["decided_why"]) == ("system", "the rule was cancelled: moving house")
