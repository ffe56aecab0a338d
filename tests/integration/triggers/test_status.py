"""What the status says of triggers: looks that nobody takes, and what is set aside."""

from __future__ import annotations

from datetime import timedelta

from automation.engine.status import look
from automation.status.judgement import Level
from automation.store import triggers as store
from tests.trigger_floor import STOPS, Floor


def findings(floor: Floor) -> list[tuple[Level, str]]:
    return [(each.level, each.text) for each in look(floor.world.runtime, []).findings]


def test_triggers_that_nobody_looks_at_are_overdue(floor: Floor) -> None:
    floor.create(**STOPS)
    assert [text for _, text in findings(floor) if "overdue" in text] == []
    floor.world.later(hours=1)
    assert (Level.RED, "1 look of triggers overdue, the oldest by 60 min") in findings(floor)


def test_a_trigger_that_is_set_aside_is_shown_with_its_error(floor: Floor) -> None:
    trigger = floor.create(**STOPS).id
    (row,) = floor.world.rows("select id from trigger_orders")
    until = floor.world.clock.instant + timedelta(hours=1)
    store.set_aside(floor.world.connection, row["id"], "KeyError: 'EQ'", until)
    facts = look(floor.world.runtime, []).facts
    (item,) = [each for each in facts.items if each.kind == "trigger"]
    assert (item.id, item.client) == (trigger, "C1")
    assert item.text.endswith("set aside, KeyError: 'EQ'")
    assert (Level.AMBER, "1 trigger set aside with an error of our own") in findings(floor)
