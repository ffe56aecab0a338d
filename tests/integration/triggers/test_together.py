"""Two that work at the same moment, statement by statement: what one does between two statements of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from automation import identifiers
from automation.database import Connection
from automation.engine import trigger_rules, triggers
from automation.engine.run import Run
from automation.store import triggers as store
from automation.store.triggers import Next
from tests import builders
from tests.trigger_floor import Floor

LATER = "update trigger_looks set look_at = look_at + interval '1 hour' where trigger_id = %s"
NOW = "update trigger_looks set look_at = look_at - interval '1 hour' where trigger_id = %s"


def before_it_writes(floor: Floor, meanwhile: Callable[[Floor], object]) -> None:
    """One batch of looks; before its outcome is written somebody else, on another connection, does something."""
    world = floor.world
    write, patch = store.move, pytest.MonkeyPatch()

    def move(connection: Connection, rows: Sequence[Next], now: datetime) -> None:
        patch.undo()
        with builders.world(world.runtime.settings.database_url) as other:
            other.clock.instant = world.clock.instant
            meanwhile(Floor(other, floor.file))
        write(connection, rows, now)

    patch.setattr(store, "move", move)
    triggers.look(Run(identifiers.new(world.clock.instant), "triggers", world.runtime))


def tick(floor: Floor) -> Any:
    return floor.tick()


def test_a_price_that_comes_while_a_trigger_is_put_to_rest_is_seen_by_it(floor: Floor) -> None:
    """It rests at 100 below its level of 105, while 106 is there to be looked at."""
    trigger = floor.create().id
    floor.publish("106", "2024-01-08")
    before_it_writes(floor, tick)
    assert floor.fired(trigger) is None
    floor.tick()
    assert floor.fired(trigger) == ("106.0000", "2024-01-08")


def test_who_comes_while_another_fires_finds_nothing_to_do(floor: Floor) -> None:
    trigger = floor.create(trigger_value="99").id
    seen: list[Any] = []
    before_it_writes(floor, lambda other: seen.append(other.tick()))
    assert seen == [{}]
    assert floor.fired(trigger) is not None
    assert len(floor.orders(trigger)) == 1


def test_other_clients_triggers_are_looked_at_meanwhile(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    mine = floor.create(trigger_value="99").id
    theirs = floor.create(client="C2", trigger_value="98").id
    floor.world.connection.execute(LATER, (trigger_rules.key_of(theirs),))
    statuses: list[str] = []

    def another(other: Floor) -> None:
        other.world.connection.execute(NOW, (trigger_rules.key_of(theirs),))
        other.tick()
        statuses.extend(other.status(each) for each in (mine, theirs))

    before_it_writes(floor, another)
    assert statuses == ["Active", "Triggered"]
    assert floor.status(mine) == "Triggered"
