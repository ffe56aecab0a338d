"""Rebalancing rules that are changed: what they are from then on, what stays, and what comes next."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rebalancing_edits, rebalancing_rules
from automation.engine.rebalancing_edits import Edited
from automation.errors import Changed, Conflict, InvalidInput
from tests import builders
from tests.builders import Row
from tests.rebalancing_floor import ACROSS, BY_DRIFT, HYBRID, MONTHLY, Floor


def edit(floor: Floor, rule: str, **changes: Any) -> Edited:
    return rebalancing_edits.edit(floor.world.runtime, rule, changes, by="test")


def planned(edited: Edited) -> list[str]:
    """The planned dates and times of what comes."""
    return [f"{each.nominal:%Y-%m-%d %H:%M}" for each in edited.reply.next_occurrences]


def stored(floor: Floor) -> list[Row]:
    """Everything that an edit could write: the rules, when they are looked at, the trail."""
    tables = ("rebalancing_rules", "rebalancing_looks", "automation_audit")
    return [row for table in tables for row in floor.world.rows(f"select * from {table} order by 1")]  # noqa: S608


CHANGES: list[tuple[Row, Row, Row]] = [
    ({}, {"name": "other"}, {"name": "other"}),
    ({}, {"threshold_percent": "7.5"}, {"threshold_percent": "7.5000"}),
    ({}, {"relative_band_percent": "25"}, {"relative_band_percent": "25.0000"}),
    ({}, {"cooldown_days": 9}, {"cooldown_days": "9"}),
    ({}, {"mode": "buy_only"}, {"mode": "buy_only"}),
    ({}, {"to": "band"}, {"rebalance_to": "band"}),
    ({}, {"rebalance_amount": "900"}, {"rebalance_amount": "900.00"}),
    ({}, {"preferred_products": ["EQ"]}, {"preferred_products": "['EQ']"}),
    ({}, {"do_not_trade": ["DEBT"]}, {"do_not_trade": "['DEBT']"}),
    ({}, {"cash_buffer": "500"}, {"cash_buffer": "500.00"}),
    ({}, {"tax_aware": True}, {"tax_aware": "True"}),
    ({}, {"require_confirmation": True}, {"require_confirmation": "True"}),
    ({}, {"execute_automatically": False}, {"execute_automatically": "False"}),
    ({}, {"confirm_within_hours": 48}, {"confirm_within_hours": "48"}),
    ({}, {"enabled": False}, {"enabled": "False"}),
    ({}, {"end_date": "2030-12-31"}, {"end_date": "2030-12-31"}),
    (HYBRID, {"min_drift_percent": "3"}, {"min_drift_percent": "3.0000"}),
    (HYBRID, {"trigger_on_drift": False}, {"trigger_on_drift": "False"}),
    ({"rebalance_amount": "900"}, {"rebalance_amount": None}, {"rebalance_amount": "None"}),
]


@pytest.mark.parametrize(("body", "changes", "expected"), CHANGES, ids=[next(iter(each[1])) for each in CHANGES])
def test_what_is_named_is_changed_and_nothing_else(floor: Floor, body: Row, changes: Row, expected: Row) -> None:
    rule = floor.add(**body)
    before = floor.row(rule)
    edited = edit(floor, rule, **changes)
    changed = {name: str(value) for name, value in floor.row(rule).items() if value != before[name]}
    assert changed == expected | {"version": "2"}
    assert edited.row == floor.row(rule)


def test_it_acts_by_its_new_band_at_the_next_run(floor: Floor) -> None:
    """At 120 it is 4.3 points off: inside a band of 5, outside of 4."""
    rule = floor.add()
    floor.price("120")
    assert floor.executions() == []
    reply = edit(floor, rule, threshold_percent="4").reply
    assert reply.drift is not None
    assert (str(reply.drift.max_drift), floor.executions()) == ("4.2857", [])
    floor.tick()
    assert [execution["rule_version"] for execution in floor.executions()] == [2]


def test_what_is_not_about_targets_leaves_the_cooldown(floor: Floor) -> None:
    rule = floor.add(cooldown_days=30)
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    edit(floor, rule, threshold_percent="1")
    floor.evening("2024-01-10", EQ="150")
    assert (floor.states(), floor.last_look(rule)) == (["Executed"], "cooldown")


def test_a_pause_looks_at_its_end_whatever_is_changed_in_it(floor: Floor) -> None:
    rule = floor.add()
    rebalancing_rules.pause(floor.world.runtime, rule, builders.at("2024-01-10 09:00"), "holiday", by="test")
    floor.price("125")
    edit(floor, rule, target_allocation={"EQ": "50", "DEBT": "50"})
    floor.tick("2024-01-09 10:00")
    assert floor.executions() == []
    floor.tick("2024-01-10 09:00")
    assert len(floor.executions()) == 1


def test_a_new_calendar_is_answered_with_its_next_five_occurrences(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    edited = edit(floor, rule, day_of_month=20, time="11:00")
    assert planned(edited)[:2] == ["2024-01-20 11:00", "2024-02-20 11:00"]
    assert len(planned(edited)) == 5
    assert edited.row["next_run_at"] == builders.at("2024-01-22 11:00")
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == []
    floor.tick("2024-01-22 11:00")
    assert [occurrence for occurrence, _, _ in floor.log(rule)] == ["2024-01-20 11:00"]


def test_what_is_due_already_runs_under_its_name(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    floor.world.clock.instant = builders.at("2024-01-10 10:05")
    edit(floor, rule, day_of_month=20)
    floor.tick("2024-01-10 10:15")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "on_target")]
    assert floor.row(rule)["next_run_at"] == builders.at("2024-01-22 10:00")


def test_no_date_gets_a_second_occurrence_by_a_new_calendar(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    floor.tick("2024-01-10 10:00")
    floor.world.later(minutes=5)
    assert planned(edit(floor, rule, time="11:00"))[0] == "2024-02-10 11:00"


def test_one_that_was_recorded_ahead_of_its_date_does_not_come_again_by_another_roll(floor: Floor) -> None:
    """The 10th is closed: with `preceding` it runs on the 9th, and with `following` it would on the 11th."""
    builders.add_holidays(floor.world.connection, "2024-01-10")
    rule = floor.add(**MONTHLY, roll="preceding")
    floor.tick("2024-01-09 10:00")
    floor.world.later(minutes=5)
    assert planned(edit(floor, rule, roll="following"))[0] == "2024-02-10 10:00"
    floor.tick("2024-01-11 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "on_target")]


def test_the_calendar_is_switched_off_and_on(floor: Floor) -> None:
    rule = floor.add(**HYBRID)
    off = edit(floor, rule, trigger_on_schedule=False)
    assert (off.row["next_run_at"], planned(off)) == (None, [])
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == []
    floor.world.later(minutes=5)
    on = edit(floor, rule, trigger_on_schedule=True)
    assert on.row["next_run_at"] == builders.at("2024-02-12 10:00")
    assert planned(on)[0] == "2024-02-10 10:00"


def test_a_calendar_can_t_be_switched_off_while_one_of_its_occurrences_is_due(floor: Floor) -> None:
    """Each due occurrence ends as an execution."""
    rule = floor.add(**HYBRID)
    floor.world.clock.instant = builders.at("2024-01-10 10:05")
    before = stored(floor)
    with pytest.raises(Conflict, match="is due"):
        edit(floor, rule, trigger_on_schedule=False)
    assert stored(floor) == before
    floor.tick()
    assert len(floor.log(rule)) == 1
    assert edit(floor, rule, trigger_on_schedule=False).row["next_run_at"] is None


def test_one_that_could_not_be_decided_waits_for_its_resumption_whatever_is_changed(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    floor.world.connection.execute(
        "update rebalancing_rules set status = 'Paused', status_reason = 'internal_error', next_occurrence = null,"
        " next_run_at = null"
    )
    assert edit(floor, rule, day_of_month=20).row["next_run_at"] is None
    rebalancing_rules.resume(floor.world.runtime, rule, by="test")
    assert floor.row(rule)["next_run_at"] == builders.at("2024-01-22 10:00")


def test_a_proposal_is_planned_on_the_new_terms_when_it_is_confirmed(floor: Floor) -> None:
    shown = floor.proposed()
    edit(floor, floor.shown_rule(floor.execution()["rule_id"]), rebalance_amount="2000")
    assert [trade["amount"] for trade in floor.refused(shown)["trades"]] == ["2000.00"]


def test_the_same_again_changes_nothing(floor: Floor) -> None:
    rule = floor.add(**HYBRID)
    before = stored(floor)
    targets = {"DEBT": "40.0", "EQ": "60"}
    edited = edit(floor, rule, target_allocation=targets, threshold_percent="5.00", day_of_month=10, end_date=None)
    assert (edited.row["version"], stored(floor)) == (1, before)


def test_a_dry_run_answers_the_same_and_writes_nothing(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    before, changes = stored(floor), {"day_of_month": 20, "cooldown_days": 3}
    dry = rebalancing_edits.edit(floor.world.runtime, rule, changes, "test", {1}, dry_run=True)
    assert stored(floor) == before
    assert rebalancing_edits.edit(floor.world.runtime, rule, changes, "test", {1}) == dry


@pytest.mark.parametrize(
    ("body", "changes", "field"),
    [
        ({}, {"client": "C1"}, "client"),
        ({}, {"strategy": "Drift-Based"}, "strategy"),
        ({}, {"threshold_percent": "0"}, "threshold_percent"),
        ({}, {"threshold_percent": None}, "threshold_percent"),
        ({}, {"min_drift_percent": "2"}, "min_drift_percent"),
        ({}, {"frequency": "Monthly"}, "frequency"),
        ({}, {"trigger_on_drift": False}, "trigger_on_drift"),
        ({}, {"preferred_products": ["NOTHING"]}, "preferred_products"),
        ({}, {"do_not_trade": ["EQ"], "preferred_products": ["EQ"]}, "preferred_products"),
        ({}, {"cooldown_days": -1}, "cooldown_days"),
        ({}, {"confirm_within_hours": 0}, "confirm_within_hours"),
        ({}, {"mode": "hope"}, "mode"),
        ({}, {"target_allocation": {"EQ": "61", "DEBT": "40"}}, "target_allocation"),
        ({}, {"target_allocation": None}, "target_allocation"),
        ({}, {"colour": "red"}, "colour"),
        ({}, {}, "body"),
        (BY_DRIFT, {"relative_band_percent": "25"}, "relative_band_percent"),
        (MONTHLY, {"frequency": "Weekly"}, "day_of_month"),
        (MONTHLY, {"trigger_on_schedule": False}, "trigger_on_schedule"),
        (MONTHLY, {"end_date": "2024-01-09"}, "end_date"),
        (MONTHLY, {"end_date": "2023-12-31"}, "end_date"),
        (HYBRID, {"trigger_on_drift": False, "trigger_on_schedule": False}, "trigger_on_drift"),
    ],
)
def test_a_wrong_change_is_refused_by_its_field_and_nothing_is_written(
    floor: Floor, body: Row, changes: Row, field: str
) -> None:
    rule = floor.add(**body)
    before = stored(floor)
    with pytest.raises(InvalidInput) as refused:
        edit(floor, rule, **changes)
    assert (refused.value.field, stored(floor)) == (field, before)


def test_an_edit_made_to_what_somebody_else_has_changed_is_refused(floor: Floor) -> None:
    rule = floor.add()
    rebalancing_edits.edit(floor.world.runtime, rule, {"cooldown_days": 3}, "test", {1})
    before = stored(floor)
    with pytest.raises(Changed):
        rebalancing_edits.edit(floor.world.runtime, rule, {"cooldown_days": 3}, "test", {1})
    assert stored(floor) == before


def test_the_trail_has_the_difference(floor: Floor) -> None:
    rule = floor.add(**HYBRID)
    edit(floor, rule, threshold_percent="6", to="band", name="other", end_date="2030-12-31")
    (entry,) = floor.world.rows("select object_id, details from automation_audit where action = 'rebalancing.edit'")
    assert (entry["object_id"], entry["details"]) == (
        rule,
        {
            "changes": {
                "name": [],
                "threshold_percent": ["5.0000", "6.0000"],
                "to": ["target", "band"],
                "end_date": [None, "2030-12-31"],
            }
        },
    )


def test_warnings_are_those_of_a_creation(floor: Floor) -> None:
    rule = floor.add(**ACROSS)
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'GOLD'")
    told = edit(floor, rule, require_confirmation=True).reply.warnings
    assert told == [
        "GOLD is closed: nothing of it will be bought",
        "it waits for a confirmation each time: require_confirmation is on",
    ]
