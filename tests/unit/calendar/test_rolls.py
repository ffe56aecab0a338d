"""Where an occurrence goes whose day is closed, on the real days of the Bombay exchange."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar, Roll, combined
from automation.calendar.occurrences import Occurrence
from tests.unit.calendar.examples import DAY, TEN, XBOM, XNYS, open_days, schedule, walk

OPEN = open_days()
REPUBLIC_DAY = date(2024, 1, 26)  # a Friday
GOOD_FRIDAY = date(2024, 3, 29)  # the month's last weekday
DAYS = [date(1997, 2, 1) + n * DAY for n in range(29 * 365)]


def independent(day: date, roll: Roll) -> date | None:
    later, earlier = OPEN[bisect_left(OPEN, day)], OPEN[bisect_right(OPEN, day) - 1]
    modified = later if later.strftime("%Y%m") == day.strftime("%Y%m") else earlier
    where = {Roll.FOLLOWING: later, Roll.PRECEDING: earlier, Roll.MODIFIED_FOLLOWING: modified}
    return where.get(roll, day if later == day else None)


def on(day: date, roll: Roll, calendar: BusinessCalendar = XBOM) -> Occurrence:
    return next(walk(schedule("Monthly", day, roll=roll), calendar))


@pytest.mark.parametrize("roll", Roll)
def test_every_day_of_29_years_rolls_as_the_list_of_open_days_says(roll: Roll) -> None:
    assert [XBOM.roll(day, roll) for day in DAYS] == [independent(day, roll) for day in DAYS]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(Roll), st.dates(date(1997, 3, 1), date(2020, 12, 31)), st.integers(1, 31))
def test_sixty_months_of_occurrences_run_on_the_rolled_day_at_the_scheduled_time(
    roll: Roll, start: date, month_day: int
) -> None:
    for found in islice(walk(schedule("Monthly", start, month_day=month_day, roll=roll), XBOM), 60):
        rolled = independent(found.nominal.date(), roll)
        assert found.skipped == (rolled is None)
        assert found.actual == (rolled or found.nominal.date())
        assert (found.note is None) == (found.actual == found.nominal.date() and not found.skipped)
        assert found.due == datetime.combine(found.actual, TEN, UTC) - timedelta(hours=5, minutes=30)


@pytest.mark.parametrize("roll", Roll)
def test_an_open_day_is_not_rolled(roll: Roll) -> None:
    assert XBOM.roll(date(2024, 1, 25), roll) == date(2024, 1, 25)


def test_following_goes_to_the_next_business_day() -> None:
    assert on(REPUBLIC_DAY, Roll.FOLLOWING).actual == date(2024, 1, 29)


def test_preceding_goes_to_the_business_day_before() -> None:
    assert on(REPUBLIC_DAY, Roll.PRECEDING).actual == date(2024, 1, 25)


def test_preceding_reaches_a_saturday_session() -> None:
    assert on(date(2024, 1, 22), Roll.PRECEDING).actual == date(2024, 1, 20)


def test_modified_following_goes_forward_inside_the_month() -> None:
    assert on(REPUBLIC_DAY, Roll.MODIFIED_FOLLOWING).actual == date(2024, 1, 29)


def test_modified_following_goes_back_rather_than_leave_the_month() -> None:
    assert on(GOOD_FRIDAY, Roll.FOLLOWING).actual == date(2024, 4, 1)
    assert on(GOOD_FRIDAY, Roll.MODIFIED_FOLLOWING).actual == date(2024, 3, 28)


def test_modified_following_goes_back_at_the_turn_of_the_year() -> None:
    assert on(date(2022, 12, 31), Roll.MODIFIED_FOLLOWING).actual == date(2022, 12, 30)


def test_modified_following_goes_back_from_december_when_the_same_month_comes_again_open() -> None:
    closed = frozenset(date(2022, 12, 26) + n * DAY for n in range(350))
    calendar = BusinessCalendar("long", closed, frozenset())
    assert calendar.roll(date(2022, 12, 26), Roll.MODIFIED_FOLLOWING) == date(2022, 12, 23)


def test_skip_keeps_the_nominal_day_and_says_that_it_is_skipped() -> None:
    found = on(REPUBLIC_DAY, Roll.SKIP)
    assert found == Occurrence(
        datetime.combine(REPUBLIC_DAY, TEN),
        REPUBLIC_DAY,
        datetime(2024, 1, 26, 4, 30, tzinfo=UTC),
        "skipped 2024-01-26 (closed)",
        skipped=True,
    )


@pytest.mark.parametrize(
    ("roll", "day", "note"),
    [
        (Roll.FOLLOWING, REPUBLIC_DAY, "rolled following from 2024-01-26 (closed)"),
        (Roll.PRECEDING, REPUBLIC_DAY, "rolled preceding from 2024-01-26 (closed)"),
        (Roll.MODIFIED_FOLLOWING, GOOD_FRIDAY, "rolled modified following from 2024-03-29 (closed)"),
        (Roll.FOLLOWING, date(2024, 1, 27), "rolled following from 2024-01-27 (weekend)"),
        (Roll.SKIP, date(2024, 1, 27), "skipped 2024-01-27 (weekend)"),
        (Roll.FOLLOWING, date(2024, 1, 20), None),
    ],
)
def test_the_note_says_from_where_and_why(roll: Roll, day: date, note: str | None) -> None:
    assert on(day, roll).note == note


def test_a_rolled_occurrence_keeps_its_nominal_name() -> None:
    assert on(REPUBLIC_DAY, Roll.FOLLOWING).nominal == datetime.combine(REPUBLIC_DAY, TEN)


def test_a_rolled_occurrence_does_not_move_the_next_one() -> None:
    found = islice(walk(schedule("Monthly", REPUBLIC_DAY), XBOM), 2)
    assert [o.actual for o in found] == [date(2024, 1, 29), date(2024, 2, 26)]


def test_two_occurrences_that_roll_onto_one_date_are_two() -> None:
    # Closed for a week: Thursday's occurrence meets the next Thursday's.
    closed = frozenset(date(2021, 12, 16) + n * DAY for n in range(7))
    found = islice(walk(schedule("Weekly", date(2021, 12, 16)), BusinessCalendar("week", closed, frozenset())), 2)
    assert [(o.nominal.date(), o.actual) for o in found] == [
        (date(2021, 12, 16), date(2021, 12, 23)),
        (date(2021, 12, 23), date(2021, 12, 23)),
    ]


def test_a_rolled_monthly_occurrence_can_share_the_date_of_another_month() -> None:
    closed = frozenset(date(2024, 1, 31) + n * DAY for n in range(29))
    plan = schedule("Monthly", date(2024, 1, 31), month_day=31)
    found = list(islice(walk(plan, BusinessCalendar("month", closed, frozenset())), 2))
    assert [o.actual for o in found] == [date(2024, 2, 29), date(2024, 2, 29)]
    assert found[0].due == found[1].due
    assert found[0].nominal != found[1].nominal


def test_occurrences_never_run_out_of_order_over_29_years_of_closures() -> None:
    for roll in Roll:
        found = list(islice(walk(schedule("Weekly", date(1997, 2, 3), weekday=5, roll=roll), XBOM), 29 * 52))
        assert [o.due for o in found] == sorted(o.due for o in found)


def test_a_basket_on_two_exchanges_rolls_over_the_closures_of_both() -> None:
    # Monday 15 January 2024 was closed in New York only, Friday 26 January in Bombay only.
    both = combined([XBOM, XNYS])
    assert on(date(2024, 1, 15), Roll.FOLLOWING, both).actual == date(2024, 1, 16)
    assert on(REPUBLIC_DAY, Roll.FOLLOWING, both).actual == date(2024, 1, 29)


def test_a_session_of_one_exchange_alone_is_no_business_day_of_a_basket_on_two() -> None:
    assert on(date(2024, 1, 20), Roll.FOLLOWING, combined([XBOM, XNYS])).actual == date(2024, 1, 23)


def test_a_new_calendar_changes_where_a_name_runs_and_not_the_name() -> None:
    plan = schedule("Monthly", REPUBLIC_DAY)
    name = datetime.combine(REPUBLIC_DAY, TEN)
    before = BusinessCalendar("XBOM", XBOM.closed - {REPUBLIC_DAY}, XBOM.sessions)
    assert occurrences.named(plan, before, name).actual == REPUBLIC_DAY
    assert occurrences.named(plan, XBOM, name) == on(REPUBLIC_DAY, Roll.FOLLOWING)
