"""Rules that are changed: what they are from then on, and what stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from automation.engine import rule_edits, rules
from automation.errors import Conflict, InvalidInput
from tests import builders
from tests.builders import World

JANUARY = "2024-01-05 10:00"


@pytest.fixture
def moved(database_url: str) -> Iterator[World]:
    """The same world without its oracle, which knows of one schedule a rule only."""
    with builders.world(database_url) as world:
        builders.add_client(world.connection)
        builders.add_product(world.connection)
        builders.add_navs(world.connection, "FUND", "2023-06-01", "2025-03-31", "10")
        yield world


def edit(world: World, rule: str, **changes: Any) -> list[str]:
    """Change a rule; the planned dates and times that come next."""
    reply = rule_edits.edit(world.runtime, rule, changes, by="test").reply
    return [f"{each.nominal:%Y-%m-%d %H:%M}" for each in reply.next_occurrences]


def amounts(world: World) -> list[int]:
    return [int(order["amount"]) for order in world.order_rows()]


def test_a_changed_amount_is_ordered_from_the_next_occurrence_on_under_a_new_version(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    edit(world, rule, amount="12000")
    world.auto_invest("2024-02-05 10:00")
    assert amounts(world) == [10000, 12000]
    versions = world.rows("select rule_version from automation_execution_logs order by occurrence")
    assert [row["rule_version"] for row in versions] == [1, 2]


def test_what_is_not_named_stays_as_it_was(world: World) -> None:
    step_up = {"percent": "10", "every_months": 12, "cap": "20000"}
    limits = {"max_total_amount": "500000", "max_per_execution": "15000", "min_balance_required": "100"}
    rule = world.rule(step_up=step_up, instalments=60, end_date="2030-12-31", cash_policy="partial", **limits)
    before = world.state(rule)
    edit(world, rule, name="renamed")
    changed = {name for name, value in world.state(rule).items() if value != before[name]}
    assert changed == {"name", "version"}


def test_a_basket_and_a_condition_stay_as_they_were(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    parts = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]
    fall = {"nav_change_percent": "5", "direction": "fall", "lookback_days": 7}
    rule = world.rule(product=..., allocations=parts, trigger_type="Market Condition", trigger_config=fall)
    before = world.state(rule)
    edit(world, rule, amount="20000")
    after = world.state(rule)
    assert [after[name] == before[name] for name in ("allocations", "trigger_config", "trigger_type")] == [True] * 3


def test_null_takes_a_field_back_to_what_it_is_when_it_is_left_out(world: World) -> None:
    rule = world.rule(end_date="2024-03-31", max_per_execution="900")
    assert len(edit(world, rule, end_date=None, max_per_execution=None)) == 5
    assert world.state(rule)["max_per_execution"] is None


def test_a_new_schedule_is_answered_with_its_next_five_occurrences(world: World) -> None:
    rule = world.rule()
    assert edit(world, rule, day_of_month="last", time="09:30")[:2] == ["2024-01-31 09:30", "2024-02-29 09:30"]
    assert world.state(rule)["next_run_at"] == builders.at("2024-01-31 09:30")


def test_no_date_gets_a_second_occurrence_by_a_new_schedule(moved: World) -> None:
    rule = moved.rule(frequency="Daily", amount="500")
    moved.auto_invest(JANUARY)
    moved.later(minutes=5)
    assert edit(moved, rule, time="11:00")[0] == "2024-01-08 11:00"


def test_what_is_due_already_runs_under_its_name_on_the_new_terms(moved: World) -> None:
    rule = moved.rule()
    moved.clock.instant = builders.at("2024-01-05 10:05")
    edit(moved, rule, amount="12000", day_of_month=20)
    moved.auto_invest("2024-01-05 10:15")
    assert (moved.log(rule), amounts(moved)) == ([(JANUARY, "Success", None)], [12000])
    assert moved.state(rule)["next_run_at"] == builders.at("2024-01-22 10:00")


def test_an_instalment_that_waits_for_money_goes_on_waiting(world: World) -> None:
    rule = world.rule(amount="200000", cash_policy="retry")
    world.auto_invest(JANUARY)
    world.later(minutes=1)
    edit(world, rule, amount="10000")
    world.auto_invest("2024-01-05 10:05")
    assert world.log(rule) == [(JANUARY, "Success", None)]


def test_a_rule_that_has_not_run_begins_its_steps_up_where_it_begins(world: World) -> None:
    rule = world.rule()
    edit(world, rule, day_of_month=20)
    assert world.state(rule)["first_occurrence"].isoformat() == "2024-01-20"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client": "C1"}, "client"),
        ({"plan": "SWP"}, "plan"),
        ({"amount": "499"}, "amount"),
        ({"product": "NOTHING"}, "product"),
        ({"frequency": "Weekly"}, "day_of_month"),
        ({"end_date": "2024-01-02"}, "end_date"),
        ({"colour": "red"}, "colour"),
        ({"instalments": 1}, "instalments"),
        ({"max_total_amount": "10000"}, "max_total_amount"),
        ({"amount": None}, "amount"),
    ],
)
def test_a_wrong_change_is_refused_by_its_field_and_nothing_is_changed(
    world: World, changes: dict[str, Any], field: str
) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    before = world.state(rule)
    with pytest.raises(InvalidInput) as error:
        edit(world, rule, **changes)
    assert (error.value.field, world.state(rule)) == (field, before)


def test_a_rule_that_is_over_can_t_be_changed(world: World) -> None:
    rule = world.rule()
    rules.cancel(world.runtime, rule, "client_request", by="test")
    with pytest.raises(Conflict):
        edit(world, rule, amount="12000")


def test_rivals_of_the_new_terms_are_said(world: World) -> None:
    world.rule(plan="SWP", name="out", amount="1000")
    rule = world.rule(day_of_month=20)
    reply = rule_edits.edit(world.runtime, rule, {"day_of_month": 5}, by="test").reply
    assert [warning.split(" ", 1)[1] for warning in reply.warnings] == ["(out) trades FUND the other way on 2024-01-05"]


def test_a_rule_that_is_switched_off_skips_until_it_is_switched_on(world: World) -> None:
    rule = world.rule()
    rule_edits.switch(world.runtime, rule, on=False, by="test")
    world.auto_invest(JANUARY)
    reply = rule_edits.switch(world.runtime, rule, on=True, by="test")
    world.auto_invest("2024-02-05 10:00")
    assert [outcome[1:] for outcome in world.log(rule)] == [("Skipped", "rule_disabled"), ("Success", None)]
    assert f"{reply.next_occurrences[0].nominal:%Y-%m-%d}" == "2024-02-05"


def test_an_order_that_is_not_submitted_when_its_rule_is_switched_off_does_not_go(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    rule_edits.switch(world.runtime, rule, on=False, by="test")
    world.orders("2024-01-05 10:05")
    assert [(order["status"], order["reason"]) for order in world.order_rows()] == [("Cancelled", "rule_stopped")]
