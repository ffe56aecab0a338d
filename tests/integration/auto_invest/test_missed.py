"""Late ticks, outages, calendars that are corrected: nothing is silent and nothing runs twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from automation.engine import rules
from tests import builders
from tests.builders import World

WEEK = [f"2024-01-{day:02} 10:00" for day in range(1, 6)]
RUN, MISSED = ("Success", None), ("Skipped", "missed")


def outcomes(world: World, rule: str) -> list[tuple[str, str | None]]:
    return [(status, reason) for _, status, reason in world.log(rule)]


@pytest.mark.parametrize(
    ("missed", "found", "expected"),
    [
        ("latest", "2024-01-05 12:00", [MISSED] * 4 + [RUN]),
        ("latest", "2024-01-07 12:00", [MISSED] * 4 + [RUN]),
        ("all", "2024-01-07 12:00", [RUN] * 5),
        ("none", "2024-01-05 12:00", [MISSED] * 4 + [RUN]),
        ("none", "2024-01-07 12:00", [MISSED] * 5),
    ],
)
def test_after_an_outage_the_policy_decides_and_all_is_recorded(
    world: World, missed: str, found: str, expected: list[tuple[str, str | None]]
) -> None:
    rule = world.rule(frequency="Daily", amount="500", missed=missed)
    assert world.auto_invest(found)["counts"]["rules"] == 1
    assert [name for name, _, _ in world.log(rule)] == WEEK
    assert outcomes(world, rule) == expected
    assert world.auto_invest(found)["counts"] == {}


def test_a_late_occurrence_runs_once_under_its_nominal_name_for_the_day_that_it_is(world: World) -> None:
    rule = world.rule()
    for _ in range(3):
        world.auto_invest("2024-01-10 23:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]
    (order,) = world.order_rows(rule)
    assert order["trade_date"].isoformat() == "2024-01-10"


def test_a_late_occurrence_found_on_a_weekend_is_for_the_next_business_day(world: World) -> None:
    rule = world.rule()
    world.auto_invest("2024-01-06 12:00")
    (order,) = world.order_rows(rule)
    assert order["trade_date"].isoformat() == "2024-01-08"


def test_an_outage_of_a_year_of_days_is_recorded_in_one_tick(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="500")
    world.auto_invest("2025-01-10 12:00")
    log = world.log(rule)
    assert len(log) == 262 + 8  # the weekdays of 2024, and those of January 2025 up to the 10th
    assert {status for _, status, _ in log[:-1]} == {"Skipped"}
    assert log[-1] == ("2025-01-10 10:00", "Success", None)


def test_instalments_found_late_end_with_their_number(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="500", missed="all", instalments=3)
    world.auto_invest("2024-01-10 12:00")
    assert outcomes(world, rule) == [RUN] * 3
    assert world.state(rule)["status"] == "Completed"


def test_cash_that_is_there_for_two_of_three_late_ones_is_spent_on_two(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="40000", missed="all")
    world.auto_invest("2024-01-03 12:00")
    assert outcomes(world, rule) == [RUN, RUN, ("Skipped", "insufficient_cash")]


def close_friday(world: World, **changes: Any) -> str:
    """A rule that was made before an operator closed its day."""
    rule = world.rule(**changes)
    builders.add_holidays(world.connection, "2024-01-05")
    world.restart()
    return rule


def test_a_day_that_is_closed_after_it_was_named_waits_for_its_new_day(world: World) -> None:
    rule = close_friday(world)
    world.auto_invest("2024-01-05 10:00")
    assert world.log(rule) == []
    assert world.state(rule)["next_run_at"] == builders.at("2024-01-08 10:00")
    world.auto_invest("2024-01-08 10:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]


def test_a_daily_rule_records_a_day_that_was_closed_after_it_had_been_named(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="500", start_date="2024-01-05")
    builders.add_holidays(world.connection, "2024-01-05")
    world.restart()
    world.auto_invest("2024-01-05 10:00")
    world.auto_invest("2024-01-08 10:00")
    assert world.log(rule) == [
        ("2024-01-05 10:00", "Skipped", "non_business_day"),
        ("2024-01-08 10:00", "Success", None),
    ]


def test_a_day_that_was_closed_and_is_open_after_all_runs_late_and_once(world: World) -> None:
    builders.add_holidays(world.connection, "2024-01-05")
    world.restart()
    rule = world.rule()
    world.connection.execute("delete from market_holidays")
    world.restart()
    world.auto_invest("2024-01-08 10:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]


def test_a_client_who_moves_keeps_the_names_of_the_occurrences(world: World) -> None:
    rule = world.rule()
    world.auto_invest("2024-01-05 10:00")
    world.connection.execute("update clients set time_zone = 'Europe/London'")
    world.auto_invest("2024-02-05 10:00")
    assert len(world.log(rule)) == 1
    world.auto_invest("2024-02-05 15:30")
    world.auto_invest("2024-03-05 15:30")
    assert [name for name, _, _ in world.log(rule)] == [
        "2024-01-05 10:00",
        "2024-02-05 10:00",
        "2024-03-05 10:00",
    ]


def test_the_latest_that_can_run_does_where_the_newest_has_no_business_day(world: World) -> None:
    rule = world.rule(start_date="2024-02-01", day_of_month=9, roll="skip")
    world.auto_invest("2024-03-12 12:00")  # 9 February is a Friday, 9 March a Saturday
    assert outcomes(world, rule) == [RUN, ("Skipped", "non_business_day")]


def test_the_latest_that_can_run_does_where_the_client_skips_the_newest(world: World) -> None:
    rule = world.rule()
    rules.skip(world.runtime, rule, date(2024, 2, 5), date(2024, 2, 5), "client")
    world.auto_invest("2024-02-06 12:00")
    assert outcomes(world, rule) == [RUN, ("Skipped", "skip_requested")]


@pytest.mark.parametrize("missed", ["latest", "none"])
def test_an_instalment_that_waited_for_money_has_failed_and_was_not_missed(world: World, missed: str) -> None:
    builders.deposit(world.connection, "C1", "-99700.00")
    rule = world.rule(cash_policy="retry", frequency="Daily", start_date="2024-01-05", amount="500", missed=missed)
    world.auto_invest("2024-01-05 10:00")
    builders.deposit(world.connection, "C1", "1000.00")
    world.auto_invest("2024-01-08 10:00")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash"), RUN]


def test_the_same_tick_again_does_nothing(world: World) -> None:
    rule = world.rule()
    first = world.auto_invest("2024-01-05 10:00")
    for _ in range(3):
        assert world.auto_invest("2024-01-05 10:00")["counts"] == {}
    assert first["counts"]["success"] == len(world.log(rule)) == len(world.order_rows(rule)) == 1
