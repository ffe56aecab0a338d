"""Every frequency runs on its days and no other, once, whatever else ticks in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders
from tests.builders import World

CASES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"frequency": "Daily"},
        ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"],
    ),
    ({"frequency": "Weekly", "day_of_week": 3}, ["2024-01-03", "2024-01-10", "2024-01-17", "2024-01-24"]),
    ({"frequency": "Weekly"}, ["2024-01-01", "2024-01-08", "2024-01-15"]),
    ({"frequency": "Fortnightly", "day_of_week": 5}, ["2024-01-05", "2024-01-19", "2024-02-02", "2024-02-16"]),
    ({"frequency": "Monthly", "day_of_month": 15}, ["2024-01-15", "2024-02-15", "2024-03-15", "2024-04-15"]),
    (
        {"frequency": "Monthly", "day_of_month": 31},
        ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30", "2024-07-31"],
    ),
    ({"frequency": "Monthly", "day_of_month": "last", "start_date": "2024-02-01"}, ["2024-02-29", "2024-03-31"]),
    (
        {"frequency": "Quarterly", "day_of_month": ..., "start_date": "2024-11-30"},
        ["2024-11-30", "2025-02-28", "2025-05-30", "2025-08-30", "2025-11-30", "2026-02-28"],
    ),
    (
        {"frequency": "Half-Yearly", "day_of_month": 31, "start_date": "2024-02-10"},
        ["2024-02-29", "2024-08-31", "2025-02-28", "2025-08-31"],
    ),
    (
        {"frequency": "Yearly", "day_of_month": ..., "start_date": "2024-02-29"},
        ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
    ),
]


@pytest.fixture(autouse=True)
def _every_day_is_open_and_priced(world: World) -> None:
    world.connection.execute(
        """
        insert into navs (product_id, date, nav, observed_at, source)
        select 'FUND', day, 10, day::timestamp at time zone 'UTC', 'test'
        from generate_series(date '2024-01-01', date '2028-12-31', interval '1 day') day
        on conflict do nothing
        """
    )


@pytest.mark.parametrize(("schedule", "days"), CASES, ids=lambda case: str(case)[:60])
def test_a_schedule_runs_on_its_days(world: World, schedule: dict[str, Any], days: list[str]) -> None:
    weekends = [day for day in days if builders.at(f"{day} 12:00").isoweekday() > 5]
    builders.add_holidays(world.connection, *weekends, kind="session")
    rule = world.rule(amount="500", **schedule)
    for day in days:
        assert world.auto_invest(f"{day} 09:59")["counts"] == {}
        assert world.auto_invest(f"{day} 10:00")["counts"] == {"rules": 1, "orders": 1, "success": 1}
        assert world.auto_invest(f"{day} 23:59")["counts"] == {}
    assert world.log(rule) == [(f"{day} 10:00", "Success", None) for day in days]
    assert len(world.order_rows(rule)) == len(days)


@pytest.mark.parametrize(
    ("roll", "runs_on"),
    [("following", "2024-01-08"), ("modified_following", "2024-01-08"), ("preceding", "2024-01-05")],
)
def test_a_weekend_is_rolled_and_the_execution_keeps_its_name(world: World, roll: str, runs_on: str) -> None:
    rule = world.rule(day_of_month=6, roll=roll)
    world.auto_invest(f"{runs_on} 09:59")
    assert world.log(rule) == []
    world.auto_invest(f"{runs_on} 10:00")
    assert world.log(rule) == [("2024-01-06 10:00", "Success", None)]
    (order,) = world.order_rows(rule)
    assert order["trade_date"].isoformat() == runs_on


def test_a_closed_day_is_skipped_where_the_rule_says_so_and_recorded(world: World) -> None:
    rule = world.rule(day_of_month=6, roll="skip")
    world.auto_invest("2024-01-06 10:00")
    world.auto_invest("2024-02-06 10:00")
    assert world.log(rule) == [
        ("2024-01-06 10:00", "Skipped", "non_business_day"),
        ("2024-02-06 10:00", "Success", None),
    ]


def test_a_daily_rule_passes_over_holidays_and_takes_a_sunday_session(world: World) -> None:
    builders.add_holidays(world.connection, "2024-01-26")
    builders.add_holidays(world.connection, "2024-01-28", kind="session")
    rule = world.rule(frequency="Daily", start_date="2024-01-25", amount="500")
    for day in range(25, 32):
        world.auto_invest(f"2024-01-{day} 10:00")
    assert [name[:10] for name, _, _ in world.log(rule)] == [f"2024-01-{day}" for day in (25, 28, 29, 30, 31)]


def test_occurrences_before_the_rule_was_made_are_never_due(world: World) -> None:
    world.clock.instant = builders.at("2024-03-05 10:01")
    reply = world.create(start_date="2020-01-01")
    assert [found.nominal.isoformat() for found in reply.next_occurrences][:2] == [
        "2024-04-05T10:00:00",
        "2024-05-05T10:00:00",
    ]
    world.auto_invest("2024-04-05 10:00")
    assert world.log(reply.id) == [("2024-04-05 10:00", "Success", None)]


def test_a_rule_made_at_the_very_instant_of_its_occurrence_runs(world: World) -> None:
    world.clock.instant = builders.at("2024-01-05 10:00")
    rule = world.rule()
    world.auto_invest("2024-01-05 10:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]


def test_two_occurrences_that_a_closed_market_rolls_onto_one_day_both_run_under_their_names(world: World) -> None:
    builders.add_holidays(world.connection, *(f"2024-01-{day:02}" for day in range(8, 20)))
    rule = world.rule(frequency="Weekly", day_of_week=2)
    for when in ("2024-01-02 10:00", "2024-01-09 10:00", "2024-01-16 10:00", "2024-01-22 10:00"):
        world.auto_invest(when)
    assert [name[:10] for name, status, _ in world.log(rule) if status == "Success"] == [
        "2024-01-02",
        "2024-01-09",
        "2024-01-16",
    ]


def test_rules_of_two_zones_run_at_ten_of_their_own_clocks(world: World) -> None:
    builders.add_client(world.connection, "NY", time_zone="America/New_York")
    here, there = world.rule(), world.rule(client="NY")
    world.auto_invest("2024-01-05 10:00")
    assert (len(world.log(here)), world.log(there)) == (1, [])
    world.auto_invest("2024-01-05 20:29")
    assert world.log(there) == []
    world.auto_invest("2024-01-05 20:30")
    assert world.log(there) == [("2024-01-05 10:00", "Success", None)]


def test_a_client_s_daylight_saving_moves_the_instant_and_never_the_name(world: World) -> None:
    builders.add_client(world.connection, "NY", time_zone="America/New_York")
    builders.add_holidays(world.connection, "2024-03-03", "2024-03-10", "2024-03-17", kind="session")
    rule = world.rule(client="NY", frequency="Weekly", day_of_week=0, time="02:30", start_date="2024-03-03")
    # 02:30 does not exist on 10 March: it runs at 03:30 daylight time, 07:30 UTC.
    for utc in ("2024-03-03 07:30", "2024-03-10 07:29", "2024-03-10 07:30", "2024-03-17 06:30"):
        world.clock.instant = builders.at(utc, builders.UTC_ZONE)
        world.auto_invest()
    found = world.rows("select occurrence::text, due_at from automation_execution_logs order by occurrence")
    assert [(row["occurrence"], f"{row['due_at']:%m-%d %H:%M}") for row in found] == [
        ("2024-03-03 02:30:00", "03-03 07:30"),
        ("2024-03-10 02:30:00", "03-10 07:30"),
        ("2024-03-17 02:30:00", "03-17 06:30"),
    ]
    assert [status for _, status, _ in world.log(rule)] == ["Success"] * 3


def test_a_local_time_that_exists_twice_runs_once_at_the_first(world: World) -> None:
    builders.add_client(world.connection, "NY", time_zone="America/New_York")
    builders.add_holidays(world.connection, "2024-11-03", kind="session")
    rule = world.rule(client="NY", day_of_month=3, time="01:30", start_date="2024-11-01")
    for utc in ("2024-11-03 05:30", "2024-11-03 06:30"):
        world.clock.instant = builders.at(utc, builders.UTC_ZONE)
        world.auto_invest()
    assert world.log(rule) == [("2024-11-03 01:30", "Success", None)]
    assert world.value("select due_at from automation_execution_logs") == builders.at(
        "2024-11-03 05:30", builders.UTC_ZONE
    )
