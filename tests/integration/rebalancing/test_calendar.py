"""Occurrences of rebalancing rules: each due one has exactly one row, under its nominal name, whatever came between."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rebalancing_rules
from automation.errors import InvalidInput
from tests import builders
from tests.rebalancing_floor import HYBRID, MONTHLY, Floor

DAILY = MONTHLY | {"frequency": "Daily", "day_of_month": ..., "start_date": "2024-01-09"}


def test_creating_shows_the_next_five_occurrences(floor: Floor) -> None:
    """10 February 2024 and 10 March are a Saturday and a Sunday."""
    shown = [(f"{each.nominal:%m-%d}", f"{each.actual:%m-%d}") for each in floor.create(**MONTHLY).next_occurrences]
    assert shown == [
        ("01-10", "01-10"), ("02-10", "02-12"), ("03-10", "03-11"), ("04-10", "04-10"), ("05-10", "05-10"),
    ]  # fmt: skip


@pytest.mark.parametrize(("roll", "closed", "runs"), [
    ("following", ["2024-01-10"], "2024-01-11"),
    ("preceding", ["2024-01-10"], "2024-01-09"),
    ("following", ["2024-01-10", "2024-01-11"], "2024-01-12"),
])  # fmt: skip
def test_an_occurrence_on_a_closed_day_rolls_and_keeps_its_name(
    floor: Floor, roll: str, closed: list[str], runs: str
) -> None:
    builders.add_holidays(floor.world.connection, *closed)
    rule = floor.add(**MONTHLY, roll=roll)
    floor.tick(f"{runs} 09:59")
    assert floor.log(rule) == []
    floor.tick(f"{runs} 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "on_target")]


def test_a_modified_roll_stays_in_its_month(floor: Floor) -> None:
    """31 March 2024 is a Sunday."""
    rule = floor.create(**MONTHLY | {"day_of_month": "last", "roll": "modified_following", "start_date": "2024-03-01"})
    assert f"{rule.next_occurrences[0].actual}" == "2024-03-29"


def test_with_roll_skip_a_closed_day_is_skipped_and_recorded(floor: Floor) -> None:
    builders.add_holidays(floor.world.connection, "2024-01-10")
    rule = floor.add(**MONTHLY, roll="skip")
    floor.price("125")
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "non_business_day")]
    assert floor.executions() == []


def test_a_day_is_a_business_day_where_all_of_its_products_do_business(floor: Floor) -> None:
    floor.world.connection.execute("update products set calendar = 'XNSE' where id = 'DEBT'")
    builders.add_holidays(floor.world.connection, "2024-01-10", calendar="XNSE")
    assert f"{floor.create(**MONTHLY).next_occurrences[0].actual}" == "2024-01-11"


def test_after_an_outage_the_newest_occurrence_runs_and_the_older_ones_are_recorded_as_missed(floor: Floor) -> None:
    rule = floor.add(**DAILY)
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-11")
    floor.tick("2024-01-12 10:00")
    assert floor.log(rule) == [
        ("2024-01-09 10:00", "Skipped", "missed"),
        ("2024-01-10 10:00", "Skipped", "missed"),
        ("2024-01-11 10:00", "Skipped", "missed"),
        ("2024-01-12 10:00", "Success", None),
    ]
    assert [str(row["occurrence"]) for row in floor.executions()] == ["2024-01-12 10:00:00"]


def test_a_late_occurrence_runs_under_its_own_name(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-10")
    floor.tick("2024-01-11 16:30")
    assert floor.log(rule) == [("2024-01-10 10:00", "Success", None)]


def test_each_occurrence_has_exactly_one_row_however_often_it_ticks(floor: Floor) -> None:
    rule = floor.add(**DAILY)
    days = ["2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-13", "2024-01-15"]
    for day in days:
        for hour in ("09:00", "10:00", "10:00", "10:15"):
            floor.tick(f"{day} {hour}")
        floor.evening(day)
    assert [at for at, _, _ in floor.log(rule)] == [f"{day} 10:00" for day in days if day != "2024-01-13"]
    assert {reason for _, _, reason in floor.log(rule)} == {"on_target"}


def test_an_occurrence_before_the_creation_is_never_due(floor: Floor) -> None:
    rule = floor.add(**MONTHLY | {"day_of_month": 5})
    floor.tick("2024-01-31 10:00")
    assert floor.log(rule) == []


def test_a_calendar_that_has_ended_completes_its_rule(floor: Floor) -> None:
    rule = floor.add(**MONTHLY, end_date="2024-01-31")
    floor.tick("2024-01-10 10:00")
    row = floor.row(rule)
    assert (row["status"], row["status_reason"], row["next_run_at"]) == ("Completed", "ended", None)
    floor.tick("2024-02-12 10:00")
    assert len(floor.log(rule)) == 1


def test_hybrid_goes_on_by_drift_until_its_last_day_is_over(floor: Floor) -> None:
    rule = floor.add(**HYBRID, end_date="2024-01-11")
    floor.tick("2024-01-10 10:00")
    assert floor.row(rule)["status"] == "Active"
    floor.evening("2024-01-11", EQ="125")
    assert floor.states(rule) == ["Executing"]


def test_after_its_last_day_no_drift_makes_it_act(floor: Floor) -> None:
    rule = floor.add(end_date="2024-01-10")
    floor.price("125", "2024-01-11")
    assert (floor.executions(), floor.last_look(rule)) == ([], "ended")


def test_before_its_first_day_no_drift_makes_it_act(floor: Floor) -> None:
    rule = floor.add(start_date="2024-01-09")
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], "not_started")
    floor.price("125", "2024-01-09")
    assert floor.states(rule) == ["Executing"]


def test_a_drift_is_found_on_business_days_alone(floor: Floor) -> None:
    rule = floor.add()
    floor.publish("125", "2024-01-12", when="2024-01-13 09:00")
    floor.tick()
    assert (floor.executions(), floor.last_look(rule)) == ([], "non_business_day")


def test_an_end_that_leaves_no_occurrence_is_refused(floor: Floor) -> None:
    with pytest.raises(InvalidInput) as refused:
        floor.create(**MONTHLY, end_date="2024-01-09")
    assert refused.value.field == "end_date"
    assert floor.world.value("select count(*) from rebalancing_rules") == 0


@pytest.mark.parametrize(("time", "zone", "due"), [
    ("10:00", "Asia/Kolkata", "2024-01-10 10:00"),
    ("16:45", "Asia/Kolkata", "2024-01-10 16:45"),
    ("10:00", "America/New_York", "2024-01-10 20:30"),
])  # fmt: skip
def test_its_time_of_day_is_local(floor: Floor, time: str, zone: str, due: str) -> None:
    floor.world.connection.execute("update clients set time_zone = %s", (zone,))
    rule = floor.create(**MONTHLY, time=time).id
    assert floor.row(rule)["next_run_at"] == builders.at(due)


def test_hybrid_with_an_occurrence_at_midnight_may_still_find_a_drift_on_that_day(floor: Floor) -> None:
    """A drift is named by its day, as the occurrence at 00:00 is."""
    rule = floor.add(**HYBRID, time="00:00")
    floor.tick("2024-01-10 00:00")
    assert floor.log(rule) == [("2024-01-10 00:00", "Skipped", "within_band")]
    floor.price("125", "2024-01-10")
    assert floor.states(rule) == ["Executing"]
    assert len(floor.log(rule)) == 2


def test_a_second_calendar_rule_of_a_client_waits_while_the_first_is_under_way(floor: Floor) -> None:
    first, second = floor.add(**MONTHLY), floor.add(**MONTHLY, name="second")
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-01-09")
    floor.tick("2024-01-10 10:00")
    logged = sorted([floor.log(first)[0][1:], floor.log(second)[0][1:]], key=str)
    assert logged == [("Skipped", "execution_live"), ("Success", None)]


def test_what_falls_due_while_a_rule_is_paused_is_recorded_as_skipped(floor: Floor) -> None:
    rule: Any = floor.add(**MONTHLY)
    rebalancing_rules.pause(floor.world.runtime, rule, None, "holiday", by="test")
    floor.tick("2024-01-10 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "rule_paused")]
    assert floor.row(rule)["status"] == "Paused"


def test_a_day_that_is_closed_at_short_notice_moves_what_was_named_for_it(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    assert floor.row(rule)["next_run_at"] == builders.at("2024-01-10 10:00")
    builders.add_holidays(floor.world.connection, "2024-01-10")
    floor.world.restart()
    assert floor.tick("2024-01-10 10:05") == {"rules": 1}
    assert floor.row(rule)["next_run_at"] == builders.at("2024-01-11 10:00")
    floor.tick("2024-01-11 10:00")
    assert floor.log(rule) == [("2024-01-10 10:00", "Skipped", "on_target")]


def test_more_missed_occurrences_than_fit_in_one_look_are_all_recorded(floor: Floor) -> None:
    rule = floor.add(**DAILY)
    for _ in range(2):
        floor.tick("2024-06-28 10:00")
    log = floor.log(rule)
    assert (len(log), log[-1][0]) == (124, "2024-06-28 10:00")
    assert {reason for _, _, reason in log[:-1]} == {"missed"}
