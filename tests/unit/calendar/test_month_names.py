"""The names of monthly, quarterly, half-yearly and yearly occurrences."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import islice

import pytest
from dateutil.rrule import MONTHLY, rrule  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar import occurrences
from automation.calendar.schedule import Frequency
from tests.unit.calendar.examples import (
    MONTH_FREQUENCIES,
    MONTHS,
    TEN,
    WEEKDAYS,
    month_days,
    schedule,
    walk,
)

ANCHORS = range(1, 32)
STARTS = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 2, 29), date(2021, 2, 28), date(2021, 4, 30)]
dates = st.dates(date(1990, 1, 1), date(2080, 12, 31))
anchors = st.integers(1, 31)
frequencies = st.sampled_from(MONTH_FREQUENCIES)


def names(frequency: str, start: date, anchor: int | None, count: int) -> list[date]:
    found = walk(schedule(frequency, start, month_day=anchor), WEEKDAYS)
    return [o.nominal.date() for o in islice(found, count)]


def dateutil_names(frequency: str, start: date, anchor: int, count: int) -> list[date]:
    """The latest of the 28th to the anchor day that a month has: RFC 5545's way to say a clamped day."""
    days = anchor if anchor <= 28 else tuple(range(28, anchor + 1))
    begin = rrule(MONTHLY, dtstart=datetime.combine(start, TEN), bymonthday=days, bysetpos=-1, count=1)[0]
    rule = rrule(MONTHLY, interval=MONTHS[frequency], dtstart=begin, bymonthday=days, bysetpos=-1, count=count)
    return [moment.date() for moment in rule]


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("frequency", MONTH_FREQUENCIES)
def test_sixty_months_of_names_are_those_of_dateutil(frequency: Frequency, anchor: int) -> None:
    count = 60 // MONTHS[frequency]
    for start in STARTS:
        assert names(frequency, start, anchor, count) == dateutil_names(frequency, start, anchor, count)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(frequencies, dates, anchors)
def test_sixty_months_of_names_from_any_start_are_those_of_plain_month_arithmetic(
    frequency: Frequency, start: date, anchor: int
) -> None:
    count = 60 // MONTHS[frequency]
    assert names(frequency, start, anchor, count) == list(islice(month_days(frequency, start, anchor), count))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    frequencies,
    dates,
    anchors,
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - local wall times
)
def test_following_any_moment_is_the_first_name_after_it(
    frequency: Frequency, start: date, anchor: int, moment: datetime
) -> None:
    plan = schedule(frequency, start, month_day=anchor)
    found = occurrences.following(plan, WEEKDAYS, moment)
    expected = (datetime.combine(day, TEN) for day in month_days(frequency, start, anchor))
    assert found is not None
    assert found.nominal == next(name for name in expected if name > moment)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(frequencies, dates)
def test_without_a_day_of_month_the_start_is_the_first_name_and_its_day_the_anchor(
    frequency: Frequency, start: date
) -> None:
    found = names(frequency, start, None, 5)
    assert found[0] == start
    assert found == names(frequency, start, start.day, 5)


def test_the_31st_clamps_to_short_months_and_returns() -> None:
    assert names("Monthly", date(2024, 1, 31), 31, 5) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
        date(2024, 5, 31),
    ]


def test_the_30th_clamps_to_28_february_and_returns_to_the_30th() -> None:
    assert names("Monthly", date(2023, 1, 30), None, 3) == [
        date(2023, 1, 30),
        date(2023, 2, 28),
        date(2023, 3, 30),
    ]


def test_quarterly_from_30_november_clamps_to_february_and_returns() -> None:
    assert names("Quarterly", date(2022, 11, 30), None, 6) == [
        date(2022, 11, 30),
        date(2023, 2, 28),
        date(2023, 5, 30),
        date(2023, 8, 30),
        date(2023, 11, 30),
        date(2024, 2, 29),
    ]


def test_half_yearly_from_31_august_meets_29_february_in_leap_years() -> None:
    assert names("Half-Yearly", date(2023, 8, 31), None, 4) == [
        date(2023, 8, 31),
        date(2024, 2, 29),
        date(2024, 8, 31),
        date(2025, 2, 28),
    ]


def test_yearly_from_29_february_is_28_february_in_common_years_and_returns() -> None:
    assert names("Yearly", date(2020, 2, 29), None, 5) == [
        date(2020, 2, 29),
        date(2021, 2, 28),
        date(2022, 2, 28),
        date(2023, 2, 28),
        date(2024, 2, 29),
    ]


def test_yearly_on_the_29th_from_28_february_of_a_common_year_starts_that_day() -> None:
    assert names("Yearly", date(2023, 2, 28), 29, 2) == [date(2023, 2, 28), date(2024, 2, 29)]


def test_the_last_day_of_february_is_a_first_name_of_the_31st() -> None:
    assert names("Monthly", date(2023, 2, 28), 31, 2) == [date(2023, 2, 28), date(2023, 3, 31)]


def test_a_day_before_the_start_day_begins_in_the_next_month_and_sets_the_quarters() -> None:
    assert names("Quarterly", date(2024, 1, 20), 5, 2) == [date(2024, 2, 5), date(2024, 5, 5)]


def test_a_quarter_that_begins_in_the_next_year_keeps_its_months() -> None:
    assert names("Quarterly", date(2023, 12, 20), 5, 2) == [date(2024, 1, 5), date(2024, 4, 5)]


def test_29_february_of_2000_has_a_name_and_1900_has_none() -> None:
    assert names("Monthly", date(1900, 2, 1), 29, 1) == [date(1900, 2, 28)]
    assert names("Monthly", date(2000, 2, 1), 29, 1) == [date(2000, 2, 29)]


def test_two_schedules_on_one_day_with_different_starts_share_their_names() -> None:
    early = schedule("Monthly", date(2001, 3, 7), month_day=5)
    late = schedule("Monthly", date(2023, 11, 30), month_day=5)
    moment = datetime.combine(date(2024, 1, 5), time(10))
    assert occurrences.following(early, WEEKDAYS, moment) == occurrences.following(late, WEEKDAYS, moment)
