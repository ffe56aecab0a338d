"""Months added to dates, steps since a first instalment, and schedules in words."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import takewhile

import pytest
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar.schedule import Schedule, add_months, describe, steps
from tests.unit.calendar.examples import schedule

dates = st.dates(date(1990, 1, 1), date(2080, 12, 31))
START = date(2022, 11, 30)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(dates, st.integers(-600, 600))
def test_adding_months_to_the_own_day_is_dateutil_s_addition(day: date, months: int) -> None:
    assert add_months(day, months, day.day) == day + relativedelta(months=months)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(dates, st.integers(-600, 600), st.integers(1, 31))
def test_the_anchor_day_is_clamped_to_the_month_that_is_reached(day: date, months: int, anchor: int) -> None:
    found = add_months(day, months, anchor)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == min(anchor, monthrange(found.year, found.month)[1])


def test_a_clamped_anchor_returns() -> None:
    assert add_months(date(2024, 2, 29), 1, 31) == date(2024, 3, 31)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(dates, dates, st.sampled_from([6, 12]))
def test_steps_are_the_anniversaries_counted_one_by_one(first: date, day: date, every: int) -> None:
    anniversaries = (first + relativedelta(months=every * k) for k in range(1, 200))
    assert steps(first, day, every) == len(list(takewhile(lambda anniversary: anniversary <= day, anniversaries)))


@pytest.mark.parametrize(
    ("first", "day", "every", "expected"),
    [
        (date(2020, 1, 5), date(2021, 1, 4), 12, 0),
        (date(2020, 1, 5), date(2021, 1, 5), 12, 1),
        (date(2020, 1, 5), date(2030, 1, 5), 12, 10),
        (date(2020, 8, 31), date(2021, 2, 27), 6, 0),
        (date(2020, 8, 31), date(2021, 2, 28), 6, 1),
        (date(2020, 2, 29), date(2021, 2, 28), 12, 1),
        (date(2023, 2, 28), date(2023, 8, 28), 6, 1),
        (date(2023, 2, 28), date(2023, 8, 31), 6, 1),
        (date(2020, 1, 5), date(2019, 1, 5), 12, 0),
    ],
)
def test_a_step_is_due_on_its_anniversary(first: date, day: date, every: int, expected: int) -> None:
    assert steps(first, day, every) == expected


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (schedule("Monthly", START, month_day=5), "Monthly on day 5 at 10:00 Asia/Kolkata"),
        (schedule("Monthly", START, month_day=31), "Monthly on the last day at 10:00 Asia/Kolkata"),
        (schedule("Monthly", START), "Monthly on day 30 at 10:00 Asia/Kolkata"),
        (
            schedule("Quarterly", START, end=date(2030, 1, 1)),
            "Quarterly on day 30 of Feb, May, Aug, Nov at 10:00 Asia/Kolkata until 2030-01-01",
        ),
        (
            schedule("Half-Yearly", START, month_day=5),
            "Half-Yearly on day 5 of Jun, Dec at 10:00 Asia/Kolkata",
        ),
        (schedule("Yearly", date(2024, 2, 29)), "Yearly on day 29 of Feb at 10:00 Asia/Kolkata"),
        (schedule("Weekly", START, weekday=0), "Weekly on Sunday at 10:00 Asia/Kolkata"),
        (schedule("Weekly", START), "Weekly on Wednesday at 10:00 Asia/Kolkata"),
        (schedule("Fortnightly", START, weekday=6), "Fortnightly on Saturday at 10:00 Asia/Kolkata"),
        (schedule("Daily", START, zone="Europe/London"), "Daily on business days at 10:00 Europe/London"),
    ],
)
def test_a_schedule_in_words(plan: Schedule, words: str) -> None:
    assert describe(plan) == words
