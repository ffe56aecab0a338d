"""The names of weekly, fortnightly and daily occurrences."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar import occurrences
from tests.unit.calendar.examples import DAY, TEN, WEEKDAYS, XBOM, open_days, schedule, walk

SUNDAY, FRIDAY = date(2024, 1, 7), date(2024, 1, 5)
dates = st.dates(date(1998, 1, 1), date(2025, 12, 31))


def names(frequency: str, start: date, weekday: int | None, count: int) -> list[date]:
    found = walk(schedule(frequency, start, weekday=weekday), WEEKDAYS)
    return [o.nominal.date() for o in islice(found, count)]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.sampled_from([("Weekly", 7), ("Fortnightly", 14)]), dates, st.integers(0, 6))
def test_five_years_of_weeks_step_from_the_first_such_weekday(
    frequency: tuple[str, int], start: date, weekday: int
) -> None:
    name, days = frequency
    # strftime's %w counts from Sunday = 0 as the product does.
    first = next(d for d in (start + n * DAY for n in range(7)) if d.strftime("%w") == str(weekday))
    count = 5 * 366 // days
    assert names(name, start, weekday, count) == [first + timedelta(days=days * n) for n in range(count)]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.sampled_from([("Weekly", 7), ("Fortnightly", 14)]), dates, st.integers(0, 6), dates, st.times())
def test_following_any_moment_is_the_first_weekday_after_it(
    frequency: tuple[str, int], start: date, weekday: int, day: date, clock: time
) -> None:
    name, days = frequency
    moment = datetime.combine(day, clock)
    expected = next(d for d in (start + n * DAY for n in range(7)) if d.isoweekday() % 7 == weekday)
    while datetime.combine(expected, TEN) <= moment:
        expected += timedelta(days=days)
    found = occurrences.following(schedule(name, start, weekday=weekday), WEEKDAYS, moment)
    assert found is not None
    assert found.nominal == datetime.combine(expected, TEN)


@pytest.mark.parametrize(("weekday", "day"), [(n, SUNDAY + timedelta(days=n)) for n in range(7)])
def test_weekday_0_is_sunday_and_6_saturday(weekday: int, day: date) -> None:
    assert names("Weekly", SUNDAY, weekday, 1) == [day]


@pytest.mark.parametrize("frequency", ["Weekly", "Fortnightly"])
def test_without_a_weekday_the_start_is_the_first_name(frequency: str) -> None:
    assert names(frequency, FRIDAY, None, 1) == [FRIDAY]


def test_a_fortnight_keeps_its_phase_over_the_turn_of_the_year() -> None:
    assert names("Fortnightly", date(2023, 12, 22), None, 3) == [
        date(2023, 12, 22),
        date(2024, 1, 5),
        date(2024, 1, 19),
    ]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.dates(date(1997, 1, 1), date(2021, 12, 31)))
def test_daily_names_are_the_business_days_of_the_market_over_60_months(start: date) -> None:
    days = open_days()
    begin = bisect_right(days, start - DAY)
    found = islice(walk(schedule("Daily", start), XBOM), 5 * 240)
    assert [o.nominal.date() for o in found] == days[begin : begin + 5 * 240]


def test_a_daily_occurrence_runs_on_the_day_of_its_name() -> None:
    assert all(
        o.actual == o.nominal.date() and o.note is None and not o.skipped
        for o in islice(walk(schedule("Daily", date(2024, 1, 1)), XBOM), 250)
    )


def test_daily_runs_on_a_saturday_session_and_not_on_the_monday_it_replaces() -> None:
    found = [o.actual for o in islice(walk(schedule("Daily", date(2024, 1, 19)), XBOM), 3)]
    assert found == [date(2024, 1, 19), date(2024, 1, 20), date(2024, 1, 23)]


def test_a_daily_name_whose_day_was_closed_later_is_skipped_and_not_moved_onto_the_next() -> None:
    plan = schedule("Daily", date(2024, 1, 1))
    found = occurrences.named(plan, XBOM, datetime.combine(date(2024, 1, 26), TEN))
    assert (found.skipped, found.actual, found.note) == (
        True,
        date(2024, 1, 26),
        "skipped 2024-01-26 (closed)",
    )
