"""What the status says of rebalancing and triggers: what is late, what waits, what is set aside."""

from __future__ import annotations

import pytest

from automation.engine.status import look
from automation.status.judgement import Level, Status
from tests import builders
from tests.rebalancing_floor import ACROSS, ASKS, MONTHLY, Floor


def status(floor: Floor) -> Status:
    return look(floor.world.runtime, [])


def findings(floor: Floor) -> list[tuple[Level, str]]:
    return [(each.level, each.text) for each in status(floor).findings]


def items(floor: Floor, kind: str) -> list[tuple[str, str]]:
    return [(each.client, each.text) for each in status(floor).facts.items if each.kind == kind]


def test_rules_whose_looks_nobody_takes_are_overdue(floor: Floor) -> None:
    floor.add(**MONTHLY, name="monthly")
    floor.create()
    floor.world.clock.instant = builders.at("2024-01-10 12:00")
    assert (Level.RED, "2 looks of rebalancing overdue, the oldest by 2 days") in findings(floor)


def test_a_look_to_come_is_not_overdue(floor: Floor) -> None:
    floor.add(start_date="2024-02-01")
    floor.price("125")
    assert [text for _, text in findings(floor) if "overdue" in text] == []


def test_proposals_are_counted(floor: Floor) -> None:
    floor.add(**ASKS)
    floor.price("125")
    assert status(floor).facts.rebalancings == {"Pending": 1}


def test_a_rule_that_could_not_be_decided_is_shown(floor: Floor) -> None:
    rule = floor.add()
    floor.world.connection.execute(
        "update rebalancing_rules set status = 'Paused', status_reason = 'internal_error', next_run_at = null"
    )
    assert items(floor, "rule") == [("C1", "balance: paused, internal_error")]
    assert (Level.AMBER, "1 rule paused after failures") in findings(floor)
    assert floor.row(rule)["status"] == "Paused"


@pytest.fixture
def half_way(floor: Floor) -> Floor:
    """A purchase of GOLD is under way."""
    floor.add(**ACROSS)
    floor.turn()
    floor.evening("2024-01-08")
    return floor


def test_an_execution_whose_order_is_held_is_stuck(half_way: Floor) -> None:
    half_way.world.connection.execute("update orders set status = 'Held' where order_type = 'Purchase'")
    assert items(half_way, "rebalancing") == [("C1", "waits for a Held order of GOLD")]
    assert (Level.AMBER, "1 rebalancing stuck: held for a person, or under way for long") in findings(half_way)


def test_an_execution_that_is_under_way_for_a_week_is_stuck(half_way: Floor) -> None:
    assert items(half_way, "rebalancing") == []
    half_way.world.later(days=7, hours=1)
    assert items(half_way, "rebalancing") == [("C1", "is not over yet: its legs say what they wait for")]
