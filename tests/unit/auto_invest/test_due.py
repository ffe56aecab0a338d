"""Which occurrences are found due, and which of them the policy for missed ones gives up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.auto_invest.due import LIMIT, Due, due, period_end
from automation.auto_invest.rule import Rule
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from tests.unit.auto_invest.examples import WEEKDAYS, conditional, rule

quick = settings(derandomize=True, deadline=None, max_examples=60)
DAY = timedelta(days=1)
NOON = timedelta(hours=12)


def kolkata(day: date, time: timedelta = NOON) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + time - timedelta(hours=5, minutes=30)


def named(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10)  # noqa: DTZ001 - a name is local


def weekly(first: date, missed: str = "latest") -> Rule:
    return rule(frequency="Weekly", day_of_month=None, start_date=first, next_occurrence=named(first), missed=missed)


def daily(first: date, missed: str = "latest") -> Rule:
    return weekly(first, missed)._replace(frequency="Daily")


def found(one: Rule, now: datetime, calendar: BusinessCalendar = WEEKDAYS) -> list[tuple[int, bool]]:
    """Day of the month and whether it counts as missed."""
    return [(each.occurrence.nominal.day, each.missed) for each in due(one, calendar, now)]


def drained(one: Rule, now: datetime, calendar: BusinessCalendar) -> Iterator[Due]:
    """Claim after claim until nothing is due."""
    while batch := due(one, calendar, now):
        yield from batch
        after = batch[-1].after
        if after is None:
            return
        one = one._replace(next_occurrence=after.nominal)


FRIDAY, SATURDAY = date(2024, 1, 5), date(2024, 1, 6)
MONDAY = date(2024, 1, 1)
ALL_RUN = [(day, False) for day in range(1, 6)]
LAST_RUNS = [*((day, True) for day in range(1, 5)), (5, False)]
NONE_RUNS = [(day, True) for day in range(1, 6)]


@pytest.mark.parametrize(
    ("missed", "on", "expected"),
    [
        ("all", FRIDAY, ALL_RUN),
        ("all", SATURDAY, ALL_RUN),
        ("latest", FRIDAY, LAST_RUNS),
        ("latest", SATURDAY, LAST_RUNS),
        ("none", FRIDAY, LAST_RUNS),
        ("none", SATURDAY, NONE_RUNS),
    ],
)
def test_after_an_outage_of_a_week_the_policy_decides(missed: str, on: date, expected: list[tuple[int, bool]]) -> None:
    assert found(daily(MONDAY, missed), kolkata(on)) == expected


@pytest.mark.parametrize("missed", ["all", "latest", "none"])
def test_an_occurrence_found_late_on_its_own_day_runs(missed: str) -> None:
    assert found(daily(MONDAY, missed), kolkata(MONDAY, timedelta(hours=23, minutes=59))) == [(1, False)]


def test_one_that_is_found_a_day_late_runs_unless_only_todays_may() -> None:
    on_tuesday = kolkata(MONDAY + DAY, timedelta(hours=1))
    assert [found(daily(MONDAY, missed), on_tuesday) for missed in ("all", "latest")] == [[(1, False)]] * 2
    assert found(daily(MONDAY, "none"), on_tuesday) == [(1, True)]


def test_nothing_is_due_before_its_instant_and_it_is_at_it() -> None:
    ten = timedelta(hours=10)
    assert found(daily(MONDAY), kolkata(MONDAY, ten - timedelta(microseconds=1))) == []
    assert found(daily(MONDAY), kolkata(MONDAY, ten)) == [(1, False)]


def closed(first: date, days: int) -> BusinessCalendar:
    return BusinessCalendar("shut", frozenset(first + n * DAY for n in range(days)), frozenset())


@pytest.mark.parametrize("missed", ["all", "latest", "none"])
def test_two_that_are_rolled_onto_one_date_both_run(missed: str) -> None:
    shut = closed(date(2024, 1, 8), 12)
    assert found(weekly(date(2024, 1, 9), missed), kolkata(date(2024, 1, 22)), shut) == [(9, False), (16, False)]


def test_of_three_the_two_that_share_the_newest_date_run() -> None:
    shut = closed(date(2024, 1, 8), 12)
    assert found(weekly(date(2024, 1, 2)), kolkata(date(2024, 1, 22)), shut) == [(2, True), (9, False), (16, False)]


def test_a_condition_has_no_missed_occurrences_its_periods_end_by_themselves() -> None:
    looking = conditional(frequency="Daily", day_of_month=None, start_date=MONDAY, next_occurrence=named(MONDAY))
    assert found(looking, kolkata(FRIDAY)) == ALL_RUN


@quick
@given(st.integers(0, 400), st.sampled_from(["Daily", "Weekly", "Monthly"]), st.sampled_from(["latest", "none", "all"]))
def test_however_long_the_outage_each_occurrence_is_found_once_and_the_newest_run(
    days: int, frequency: str, missed: str
) -> None:
    one = daily(MONDAY, missed)._replace(frequency=frequency)
    now = kolkata(MONDAY + days * DAY)
    everything = [
        each
        for each in occurrences.upcoming(one.schedule, WEEKDAYS, kolkata(MONDAY, timedelta(0)), days + 2)
        if each.due <= now
    ]
    newest = max((each.actual for each in everything), default=MONDAY)
    kept = {"latest": newest, "none": MONDAY + days * DAY, "all": date.min}[missed]
    assert [(each.occurrence, each.missed) for each in drained(one, now, WEEKDAYS)] == [
        (each, each.actual < kept) for each in everything
    ]


def test_two_on_one_date_in_the_middle_of_a_very_long_outage_are_both_missed() -> None:
    first = date(2024, 1, 2)
    edge = first + (LIMIT - 1) * 7 * DAY
    shut = closed(edge - DAY, 12)
    one, now = weekly(first), kolkata(first + (LIMIT + 50) * 7 * DAY)
    running = [each.occurrence.nominal.date() for each in drained(one, now, shut) if not each.missed]
    assert running == [first + (LIMIT + 50) * 7 * DAY]


def test_a_period_ends_when_the_next_begins_or_with_the_last_day() -> None:
    for end, expected in ((None, date(2024, 2, 5)), (date(2024, 1, 20), None)):
        one = rule(end_date=end)
        after = occurrences.following(one.schedule, WEEKDAYS, named(FRIDAY))
        friday = occurrences.named(one.schedule, WEEKDAYS, named(FRIDAY))
        finish = period_end(one.schedule, friday, after, WEEKDAYS)
        day_after_end = kolkata(date(2024, 1, 21), timedelta(0))
        assert finish == (kolkata(expected, timedelta(hours=10)) if expected else day_after_end)
