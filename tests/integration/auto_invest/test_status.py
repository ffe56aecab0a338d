"""What the status counts and shows of rules and executions."""

from __future__ import annotations

from automation.engine import rules
from automation.engine.status import look
from automation.store import status as store
from tests import builders
from tests.builders import World


def test_what_failed_just_now_is_shown_however_old_its_occurrence_is(world: World) -> None:
    builders.deposit(world.connection, "C1", "-99700.00")
    world.rule(cash_policy="retry")
    world.auto_invest("2024-01-08 10:00")
    facts = look(world.runtime, []).facts
    assert facts.executions == {("Failed", "insufficient_cash"): 1}
    assert [item.text for item in facts.items] == ["occurrence 2024-01-05 10:00 failed: insufficient_cash"]


def test_an_order_that_ended_is_counted_however_old_its_occurrence_is(world: World) -> None:
    world.rule()
    world.auto_invest("2024-01-08 10:00")
    world.connection.execute("update products set status = 'Closed'")
    world.orders("2024-01-08 10:01")
    assert look(world.runtime, []).facts.ended == {"Cancelled": 1}


def test_rules_are_counted_by_status_up_to_a_limit(world: World) -> None:
    made = [world.rule(name=str(n)) for n in range(5)]
    for rule in made[:3]:
        rules.pause(world.runtime, rule, None, "holiday", by="test")
    rules.cancel(world.runtime, made[0], "client_request", by="test")
    assert store.rules_by_status(world.connection, 10) == {"Active": 2, "Cancelled": 1, "Paused": 2}
    assert store.rules_by_status(world.connection, 1) == {"Active": 1, "Cancelled": 1, "Paused": 1}
