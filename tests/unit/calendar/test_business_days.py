"""Business days of one market and of several together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar.business_days import BusinessCalendar, combined
from tests.unit.calendar.examples import DAY, WEEKDAYS, XBOM, XNYS, open_days

OPEN = open_days()
dates = st.dates(date(1997, 2, 1), date(2026, 11, 30))
SHUT = BusinessCalendar(
    "shut", frozenset(date(2024, 1, 1) + n * DAY for n in range(800)), frozenset({date(2023, 12, 30)})
)


def test_every_day_of_thirty_years_is_open_or_closed_as_the_file_says() -> None:
    days = [date(1997, 1, 1) + n * DAY for n in range(30 * 365)]
    assert [d for d in days if XBOM.is_business_day(d)] == [d for d in OPEN if d <= days[-1]]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(dates)
def test_the_nearest_business_days_are_the_neighbours_in_the_list_of_open_days(day: date) -> None:
    assert XBOM.on_or_after(day) == OPEN[bisect_left(OPEN, day)]
    assert XBOM.after(day) == OPEN[bisect_right(OPEN, day)]
    assert XBOM.before(day) == OPEN[bisect_left(OPEN, day) - 1]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(dates, dates)
def test_count_is_the_number_of_open_days_after_the_start_up_to_the_end(start: date, end: date) -> None:
    assert XBOM.count(start, end) == sum(start < day <= end for day in OPEN)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(dates, st.integers(0, 15))
def test_count_undoes_add(day: date, n: int) -> None:
    assert XBOM.count(day, XBOM.add(day, n)) == n


def test_adding_business_days_passes_weekends_closures_and_counts_sessions() -> None:
    # Saturday the 20th had a session, Monday the 22nd was closed.
    assert [XBOM.add(date(2024, 1, 19), n) for n in range(4)] == [
        date(2024, 1, 19),
        date(2024, 1, 20),
        date(2024, 1, 23),
        date(2024, 1, 24),
    ]


def test_adding_no_business_day_leaves_a_closed_day_where_it_is() -> None:
    assert XBOM.add(date(2024, 1, 26), 0) == date(2024, 1, 26)


def test_adding_fewer_than_no_business_days_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot add -1 business days"):
        XBOM.add(date(2024, 1, 26), -1)


def test_a_session_on_a_weekday_or_a_closure_on_a_weekend_changes_nothing() -> None:
    odd = BusinessCalendar("odd", frozenset({date(2024, 1, 6)}), frozenset({date(2024, 1, 8)}))
    start, end = date(2024, 1, 1), date(2024, 1, 31)
    assert odd.count(start, end) == WEEKDAYS.count(start, end)
    assert not odd.is_business_day(date(2024, 1, 6))
    assert odd.is_business_day(date(2024, 1, 8))


@pytest.mark.parametrize("look", [SHUT.on_or_after, SHUT.after])
def test_a_market_without_an_open_day_ahead_is_an_error_that_names_it(look: object) -> None:
    assert callable(look)
    with pytest.raises(ValueError, match="calendar shut has no business day within 366 days of 2024-01-1"):
        look(date(2024, 1, 10))


def test_a_market_without_an_open_day_behind_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="calendar shut has no business day within 366 days of 2025-06-01"):
        SHUT.before(date(2025, 6, 2))


def test_an_open_day_366_days_away_is_still_found() -> None:
    first = date(2024, 1, 1)
    closed = frozenset(first + n * DAY for n in range(365))
    calendar = BusinessCalendar("long", closed, frozenset({first + timedelta(days=365)}))
    assert calendar.on_or_after(first) == date(2024, 12, 31)


def test_combined_markets_are_open_on_the_days_on_which_both_are() -> None:
    both = combined([XBOM, XNYS])
    year = [date(2024, 1, 1) + n * DAY for n in range(366)]
    weekdays = {day for day in OPEN if day.isoweekday() < 6}
    assert [day for day in year if both.is_business_day(day)] == [
        day for day in year if day in weekdays and day not in XNYS.closed
    ]


def test_combined_markets_count_the_days_common_to_both() -> None:
    # 262 weekdays; 10 closures in New York, 17 in Bombay, of which Good Friday and Christmas are common.
    assert combined([XNYS, XBOM]).count(date(2023, 12, 31), date(2024, 12, 31)) == 262 - 10 - 17 + 2


def test_one_calendar_combined_is_itself() -> None:
    assert combined([XBOM]) is XBOM
    assert combined([XBOM, XBOM]) is XBOM


def test_the_same_calendars_in_any_order_combine_to_the_same_object() -> None:
    assert combined([XBOM, XNYS]) is combined([XNYS, XBOM])


def test_a_combined_calendar_is_named_after_its_parts() -> None:
    assert combined([XNYS, XBOM]).name == "XBOM+XNYS"


def test_no_calendar_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match="no calendar"):
        combined([])


def test_equal_contents_are_still_two_calendars() -> None:
    assert BusinessCalendar("weekdays", frozenset(), frozenset()) != WEEKDAYS
