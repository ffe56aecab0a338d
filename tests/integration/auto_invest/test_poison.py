"""One rule that can't be decided is set aside with its error; the rest of its batch succeeds."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from automation.engine import rules
from tests import builders
from tests.builders import World

TEN = "2024-01-05 10:00"


def sound_rules(world: World, count: int = 3) -> list[str]:
    for n in range(count):
        builders.add_client(world.connection, f"S{n}")
    return [world.rule(client=f"S{n}") for n in range(count)]


def spoilt(world: World, poison: str) -> str:
    """A rule of client BAD that was sound when it was made."""
    builders.add_client(world.connection, "BAD")
    builders.add_product(world.connection, "ODD")
    builders.add_navs(world.connection, "ODD", "2023-06-01", "2024-12-31", "10")
    builders.add_lot(world.connection, "ODD", "5000", "40000.00", "2023-06-01", "BAD")
    made: dict[str, dict[str, Any]] = {
        "basket": {"product": ..., "allocations": [{"product": "ODD", "percent": "100"}]},
        "zone of a product": {"product": "ODD", "plan": "SWP"},
        "configuration": {
            "trigger_type": "Market Condition",
            "trigger_config": {"market": "Bull", "window_days": 5},
        },
        "names of targets": {
            "trigger_type": "Market Condition",
            "trigger_config": {"market": "Bull", "window_days": 5},
        },
    }
    rule = world.rule(client="BAD", **made.get(poison, {}))
    statements = {
        "zone": "update clients set time_zone = 'Mars/Olympus' where id = 'BAD'",
        "zone that is a directory": "update clients set time_zone = 'Asia' where id = 'BAD'",
        "empty zone": "update clients set time_zone = '' where id = 'BAD'",
        "zone of a product": "update products set time_zone = 'Mars/Olympus' where id = 'ODD'",
        "frequency": "alter table auto_invest_rules drop constraint auto_invest_rules_frequency_known",
    }
    world.connection.execute(statements.get(poison, "select 1").encode())
    if poison == "frequency":
        world.connection.execute("update auto_invest_rules set frequency = 'Hourly' where client_id = 'BAD'")
    if poison == "basket":
        parts = Jsonb([{"product": "GONE", "percent": "100"}])
        world.connection.execute("update auto_invest_rules set allocations = %s where client_id = 'BAD'", (parts,))
    if poison in ("configuration", "names of targets"):
        kind = "Portfolio Drift" if poison == "names of targets" else "Market Condition"
        world.connection.execute(
            "update auto_invest_rules set trigger_type = %s, trigger_config = %s where client_id = 'BAD'",
            (kind, Jsonb({"rebalancing_rule": "nonsense", "percent": "x", "window_days": 5, "market": 3})),
        )
    return rule


POISONS = [
    "zone",
    "zone that is a directory",
    "empty zone",
    "zone of a product",
    "frequency",
    "basket",
    "configuration",
    "names of targets",
]


@pytest.mark.parametrize("poison", POISONS)
def test_a_poison_rule_has_failed_with_its_error_and_the_others_run(world: World, poison: str) -> None:
    first = sound_rules(world)
    bad = spoilt(world, poison)
    builders.add_client(world.connection, "S9")
    last = world.rule(client="S9")
    world.auto_invest(TEN)
    for rule in (*first, last):
        assert world.log(rule) == [(TEN, "Success", None)]
    assert world.log(bad) == [(TEN, "Failed", "internal_error")]
    error = world.value("select details ->> 'error' from automation_execution_logs where client_id = 'BAD'")
    assert error
    assert world.auto_invest(TEN)["counts"] == {}
    _heal(world, bad)


def _heal(world: World, rule: str) -> None:
    """So that the invariants can be checked: what is odd about the rule itself is taken away again."""
    world.connection.execute("update clients set time_zone = 'Asia/Kolkata'")
    world.connection.execute("update products set time_zone = 'Asia/Kolkata'")
    world.connection.execute(
        """
        update auto_invest_rules
        set frequency = 'Monthly', trigger_type = 'Date', trigger_config = '{}',
            allocations = case when allocations is not null then '[{"product": "ODD", "percent": "100"}]'::jsonb end
        where client_id = 'BAD'
        """
    )
    if world.state(rule)["status"] == "Paused":
        rules.resume(world.runtime, rule, by="test")


@pytest.mark.parametrize("poison", ["zone", "zone of a product", "basket"])
def test_a_healed_rule_goes_on_after_a_person_has_resumed_it(world: World, poison: str) -> None:
    bad = spoilt(world, poison)
    world.auto_invest(TEN)
    _heal(world, bad)
    world.restart()
    world.auto_invest("2024-02-05 10:00")
    assert world.log(bad) == [
        (TEN, "Failed", "internal_error"),
        ("2024-02-05 10:00", "Success", None),
    ]


def test_a_rule_without_a_next_occurrence_is_paused_and_says_so(world: World) -> None:
    bad = spoilt(world, "zone")
    world.auto_invest(TEN)
    state = world.state(bad)
    assert (state["status"], state["status_reason"], state["next_run_at"]) == ("Paused", "internal_error", None)
    _heal(world, bad)


def test_rules_of_a_poisoned_batch_still_share_their_client_s_cash(world: World) -> None:
    spoilt(world, "names of targets")
    made = [world.rule(amount="60000") for _ in range(2)]
    world.auto_invest(TEN)
    assert sorted(status for rule in made for _, status, _ in world.log(rule)) == ["Skipped", "Success"]
    world.connection.execute("update auto_invest_rules set trigger_type = 'Date', trigger_config = '{}'")


def test_several_rules_that_are_all_poison_are_all_set_aside(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    made = [world.rule(plan="SWP", amount=amount) for amount in ("700", "800")]
    world.connection.execute("update products set time_zone = 'Mars/Olympus'")
    world.auto_invest(TEN)
    world.connection.execute("update products set time_zone = 'Asia/Kolkata'")
    assert [world.log(rule) for rule in made] == [[(TEN, "Failed", "internal_error")]] * 2


def test_a_fault_of_the_system_sets_the_only_rule_that_is_due_not_aside(world: World) -> None:
    rule = world.rule()
    world.connection.execute("alter table auto_invest_skips rename to gone")
    with pytest.raises(psycopg.errors.UndefinedTable):
        world.auto_invest(TEN)
    assert (world.log(rule), world.state(rule)["status"]) == ([], "Active")
    world.connection.execute("alter table gone rename to auto_invest_skips")
    world.auto_invest(TEN)


def test_what_a_rule_would_have_spent_before_it_was_set_aside_is_there_for_the_next_one(world: World) -> None:
    step_up = {"percent": "100", "every_months": 6}
    broken = world.rule(amount="60000", frequency="Half-Yearly", step_up=step_up, missed="all")
    world.connection.execute("update auto_invest_rules set step_up_percent = 99999.9999")  # too much after four years
    sound = world.rule(amount="60000", frequency="Yearly", time="10:01")
    builders.add_navs(world.connection, "FUND", "2027-12-01", "2028-01-31", "10")
    world.auto_invest("2028-01-05 10:05")
    assert world.log(broken)[0] == (TEN, "Failed", "internal_error")
    assert world.log(sound)[-1] == ("2028-01-05 10:01", "Success", None)
