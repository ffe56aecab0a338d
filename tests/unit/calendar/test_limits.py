"""Where the occurrences of a rule begin and end: its creation, its start, its end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar, Roll
from automation.calendar.schedule import Frequency, Schedule
from tests.unit.calendar.examples import (
    DAY,
    MONTH_FREQUENCIES,
    TEN,
    WEEKDAYS,
    XBOM,
    month_days,
    schedule,
    walk,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
FIFTH = schedule("Monthly", date(2024, 1, 1), month_day=5)
MICROSECOND = timedelta(microseconds=1)


def local(day: date, clock: time = TEN) -> datetime:
    return datetime.combine(day, clock, KOLKATA).astimezone(UTC)


def first_day(plan: Schedule, not_before: datetime, calendar: BusinessCalendar = XBOM) -> date | None:
    found = occurrences.first(plan, calendar, not_before)
    return found and found.nominal.date()


def test_a_rule_made_at_the_very_instant_of_an_occurrence_begins_with_it() -> None:
    assert first_day(FIFTH, local(date(2024, 1, 5))) == date(2024, 1, 5)


def test_a_rule_made_just_after_an_occurrence_begins_with_the_next() -> None:
    assert first_day(FIFTH, local(date(2024, 1, 5)) + MICROSECOND) == date(2024, 2, 5)


def test_a_rule_made_long_after_its_start_owes_nothing_of_the_past() -> None:
    assert first_day(FIFTH._replace(start=date(2000, 1, 1)), local(date(2024, 6, 6))) == date(2024, 7, 5)


def test_a_rule_made_long_before_its_start_begins_at_its_start() -> None:
    assert first_day(FIFTH, local(date(2001, 1, 1))) == date(2024, 1, 5)


def test_a_rule_made_between_a_name_and_its_rolled_day_does_not_owe_it() -> None:
    # Sunday 5 May rolls to Monday; the rule was made on Sunday at noon.
    assert first_day(FIFTH, local(date(2024, 5, 5), time(12))) == date(2024, 6, 5)


def test_a_rule_made_between_the_preceding_day_and_its_name_does_not_owe_it() -> None:
    # Sunday 5 May would have run on Friday the 3rd; the rule was made on Saturday.
    plan = FIFTH._replace(roll=Roll.PRECEDING)
    assert first_day(plan, local(date(2024, 5, 4))) == date(2024, 6, 5)


def test_a_rule_made_before_the_preceding_day_owes_it() -> None:
    found = occurrences.first(FIFTH._replace(roll=Roll.PRECEDING), XBOM, local(date(2024, 5, 3)))
    assert found is not None
    assert (found.nominal.date(), found.actual) == (date(2024, 5, 5), date(2024, 5, 3))


def test_creation_is_compared_as_an_instant_and_not_as_a_date() -> None:
    # 20:00 UTC on the 4th is already the 5th in Kolkata, before ten o'clock.
    assert first_day(FIFTH, datetime(2024, 6, 4, 20, tzinfo=UTC)) == date(2024, 6, 5)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.sampled_from(MONTH_FREQUENCIES),
    st.dates(date(1998, 1, 1), date(2020, 1, 1)),
    st.integers(1, 31),
    st.sampled_from(Roll),
    st.datetimes(datetime(1998, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_first_occurrence_is_the_earliest_with_name_and_run_at_or_after_creation(
    frequency: Frequency, start: date, month_day: int, roll: Roll, made: datetime
) -> None:
    plan = schedule(frequency, start, month_day=month_day, roll=roll)
    for day in month_days(frequency, start, month_day):
        if min(local(day), local(XBOM.roll(day, roll) or day)) >= made:
            assert first_day(plan, made) == day
            break


def test_an_occurrence_on_the_end_date_is_the_last() -> None:
    plan = FIFTH._replace(end=date(2024, 3, 5))
    assert [o.nominal.month for o in walk(plan, XBOM)] == [1, 2, 3]


def test_an_end_date_one_day_earlier_leaves_it_out() -> None:
    plan = FIFTH._replace(end=date(2024, 3, 4))
    assert [o.nominal.month for o in walk(plan, XBOM)] == [1, 2]


def test_the_end_is_compared_with_the_name_and_not_with_the_day_it_rolls_to() -> None:
    plan = FIFTH._replace(start=date(2024, 5, 1), end=date(2024, 5, 5))
    assert [o.actual for o in walk(plan, XBOM)] == [date(2024, 5, 6)]


def test_a_name_after_the_end_does_not_run_even_if_it_rolls_back_before_it() -> None:
    plan = FIFTH._replace(start=date(2024, 5, 1), end=date(2024, 5, 4), roll=Roll.PRECEDING)
    assert list(walk(plan, XBOM)) == []


@pytest.mark.parametrize("frequency", Frequency)
def test_no_frequency_runs_after_its_end(frequency: Frequency) -> None:
    end = date(2026, 1, 31)
    found = [o.nominal.date() for o in walk(schedule(frequency, date(2024, 1, 31), end=end), XBOM)]
    endless = walk(schedule(frequency, date(2024, 1, 31)), XBOM)
    assert len(found) >= 2
    assert next(o.nominal.date() for o in endless if o.nominal.date() not in found) > end


@pytest.mark.parametrize("frequency", Frequency)
def test_no_frequency_runs_before_its_start(frequency: Frequency) -> None:
    plan = schedule(frequency, date(2024, 5, 20))
    found = occurrences.following(plan, WEEKDAYS, datetime.combine(date(1999, 1, 1), TEN))
    assert found is not None
    assert found.nominal.date() == date(2024, 5, 20)


def test_a_rule_made_after_its_end_has_no_first_occurrence() -> None:
    assert first_day(FIFTH._replace(end=date(2024, 3, 5)), local(date(2024, 3, 6))) is None


def test_the_time_of_day_decides_whether_today_is_still_to_come() -> None:
    day = date(2024, 1, 5)
    for clock, expected in ((time(9, 59), day), (TEN, date(2024, 2, 5)), (time(10, 1), date(2024, 2, 5))):
        found = occurrences.following(FIFTH, XBOM, datetime.combine(day, clock))
        assert found is not None
        assert found.nominal.date() == expected


def test_upcoming_gives_as_many_as_asked_from_the_first_on() -> None:
    found = occurrences.upcoming(FIFTH, XBOM, local(date(2024, 4, 6)), 5)
    assert [(o.nominal.date(), o.actual) for o in found] == [
        (date(2024, 5, 5), date(2024, 5, 6)),
        (date(2024, 6, 5), date(2024, 6, 5)),
        (date(2024, 7, 5), date(2024, 7, 5)),
        (date(2024, 8, 5), date(2024, 8, 5)),
        (date(2024, 9, 5), date(2024, 9, 5)),
    ]


def test_upcoming_stops_at_the_end() -> None:
    plan = FIFTH._replace(end=date(2024, 2, 29))
    assert len(occurrences.upcoming(plan, XBOM, local(date(2024, 1, 1)), 5)) == 2


def test_upcoming_of_none_is_nothing() -> None:
    assert occurrences.upcoming(FIFTH, XBOM, local(date(2024, 1, 1)), 0) == []


@pytest.mark.parametrize("frequency", Frequency)
def test_a_name_given_out_names_the_same_occurrence_again(frequency: Frequency) -> None:
    plan = schedule(frequency, date(2024, 1, 26), end=date(2025, 6, 30))
    found = list(walk(plan, XBOM))
    assert [occurrences.named(plan, XBOM, o.nominal) for o in found] == found


def test_a_name_given_out_before_the_end_was_moved_is_still_an_occurrence() -> None:
    name = datetime.combine(date(2024, 5, 5), TEN)
    found = occurrences.named(FIFTH._replace(end=date(2024, 2, 1)), XBOM, name)
    assert (found.nominal, found.actual) == (name, date(2024, 5, 6))


def test_a_market_that_never_opens_again_is_an_error_and_not_an_endless_search() -> None:
    shut = BusinessCalendar("shut", frozenset(date(2024, 1, 1) + n * DAY for n in range(500)), frozenset())
    with pytest.raises(ValueError, match="calendar shut has no business day"):
        occurrences.first(FIFTH, shut, local(date(2024, 1, 1)))
