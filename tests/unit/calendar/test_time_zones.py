"""Local times as instants, in every zone and at every change of its clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest

from automation.calendar import occurrences
from automation.calendar.schedule import instant, local_date, local_datetime
from tests.unit.calendar.examples import DAY, TEN, always_open, schedule, walk

# 2011: Samoa leaves a date out; 2018: Korea's half hour; 2024: the rules in force.
YEARS = (2011, 2018, 2024)
OPEN = always_open(date(2010, 12, 1), date(2025, 1, 31))
MINUTE = timedelta(minutes=1)


class Change(NamedTuple):
    """Clocks go from one offset to another at a UTC instant (naive here)."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta


@cache
def changes() -> list[Change]:
    found = [c for zone in sorted(available_timezones()) for year in YEARS for c in _changes(zone, year)]
    assert len(found) > 700
    return found


def _changes(zone: str, year: int) -> Iterator[Change]:
    clock = ZoneInfo(zone)
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + n * DAY for n in range(366)]
    offsets = [noon.astimezone(clock).utcoffset() or timedelta() for noon in noons]
    for (low, before), (high, after) in pairwise(zip(noons, offsets, strict=True)):
        if before != after:
            yield Change(zone, _bisected(clock, low, high, before), before, after)


def _bisected(clock: ZoneInfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    while high - low > MINUTE:
        middle = low + (high - low) // 120 * 60
        if middle.astimezone(clock).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(tzinfo=None)


def times(change: Change, first: timedelta, last: timedelta) -> list[datetime]:
    """The first, a middle and the last minute of the local times between two offsets at a change."""
    start, end = change.at + first, change.at + last
    return [start, start + (end - start) // 120 * 60, end - MINUTE]


def at(local: datetime, zone: str) -> datetime:
    return instant(local.date(), local.time(), zone).replace(tzinfo=None)


def gaps() -> list[Change]:
    return [c for c in changes() if c.after > c.before]


def folds() -> list[Change]:
    return [c for c in changes() if c.after < c.before]


def test_a_local_time_inside_any_gap_runs_the_length_of_the_gap_later() -> None:
    for change in gaps():
        for local in times(change, change.before, change.after):
            shown = local_datetime(instant(local.date(), local.time(), change.zone), change.zone)
            assert shown == local + (change.after - change.before), change


def test_a_local_time_that_exists_twice_is_the_first_of_the_two() -> None:
    for change in folds():
        for local in times(change, change.after, change.before):
            assert at(local, change.zone) == local - change.before, change


def test_the_minutes_around_every_change_have_the_offset_of_their_side() -> None:
    for change in changes():
        early = change.at + min(change.before, change.after) - MINUTE
        late = change.at + max(change.before, change.after)
        assert at(early, change.zone) == early - change.before, change
        assert at(late, change.zone) == late - change.after, change


def test_every_local_date_around_every_change_has_exactly_one_occurrence() -> None:
    for change in changes():
        local = times(change, *sorted((change.before, change.after)))[1]
        start = local.date() - 2 * DAY
        plan = schedule("Daily", start, at=local.time(), zone=change.zone)
        found = list(islice(walk(plan, OPEN), 5))
        assert [o.nominal for o in found] == [datetime.combine(start + n * DAY, local.time()) for n in range(5)]
        assert [o.due for o in found] == sorted(o.due for o in found), change


def test_an_occurrence_inside_any_gap_keeps_its_name_and_notes_why_it_is_late() -> None:
    for change in gaps():
        local = times(change, change.before, change.after)[0]
        plan = schedule("Weekly", local.date(), at=local.time(), zone=change.zone)
        found = next(walk(plan, OPEN))
        assert found.nominal == local
        assert found.due.replace(tzinfo=None) == local - change.before
        assert found.note is not None
        assert f"{local:%H:%M} does not exist in {change.zone}" in found.note


def test_an_occurrence_outside_every_gap_has_no_note() -> None:
    for change in folds():
        local = times(change, change.after, change.before)[0]
        plan = schedule("Weekly", local.date(), at=local.time(), zone=change.zone)
        assert next(walk(plan, OPEN)).note is None, change


@pytest.mark.parametrize("year", YEARS)
def test_every_zone_gives_every_month_its_local_ten_o_clock(year: int) -> None:
    for zone in sorted(available_timezones()):
        found = islice(walk(schedule("Monthly", date(year, 1, 15), zone=zone), OPEN), 11)
        assert all(local_datetime(o.due, zone) == o.nominal for o in found), zone


def test_half_past_two_in_new_york_runs_at_half_past_three_when_clocks_go_forward() -> None:
    found = next(walk(schedule("Daily", date(2024, 3, 10), at=time(2, 30), zone="America/New_York"), OPEN))
    assert found.due == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)
    assert local_datetime(found.due, "America/New_York") == datetime.combine(date(2024, 3, 10), time(3, 30))
    assert found.note == ("2024-03-10 02:30 does not exist in America/New_York: runs at 2024-03-10 03:30")


def test_half_past_one_in_new_york_runs_once_and_in_summer_time_when_clocks_go_back() -> None:
    plan = schedule("Daily", date(2024, 11, 3), at=time(1, 30), zone="America/New_York")
    found = [o.due for o in islice(walk(plan, OPEN), 2)]
    assert found == [datetime(2024, 11, 3, 5, 30, tzinfo=UTC), datetime(2024, 11, 4, 6, 30, tzinfo=UTC)]


def test_a_half_hour_gap_moves_by_half_an_hour() -> None:
    assert instant(date(2024, 10, 6), time(2, 15), "Australia/Lord_Howe") == datetime(2024, 10, 5, 15, 45, tzinfo=UTC)


def test_a_gap_at_midnight_keeps_the_name_on_its_own_date() -> None:
    found = next(walk(schedule("Daily", date(2018, 11, 4), at=time(0), zone="America/Sao_Paulo"), OPEN))
    assert found.nominal == datetime.combine(date(2018, 11, 4), time(0))
    assert local_datetime(found.due, "America/Sao_Paulo") == datetime.combine(date(2018, 11, 4), time(1))


def test_a_date_that_samoa_left_out_still_has_its_occurrence_one_day_later() -> None:
    found = list(islice(walk(schedule("Daily", date(2011, 12, 29), zone="Pacific/Apia"), OPEN), 3))
    assert [o.nominal.day for o in found] == [29, 30, 31]
    assert [local_date(o.due, "Pacific/Apia").day for o in found] == [29, 31, 31]
    assert found[1].due == datetime(2011, 12, 30, 20, tzinfo=UTC)


def test_a_rule_made_on_the_day_after_the_left_out_date_begins_with_the_left_out_name() -> None:
    plan = schedule("Daily", date(2011, 12, 1), zone="Pacific/Apia")
    found = occurrences.first(plan, OPEN, datetime(2011, 12, 30, 20, tzinfo=UTC))
    assert found is not None
    assert found.nominal == datetime.combine(date(2011, 12, 30), TEN)


def test_a_time_marked_as_the_second_of_two_is_still_the_first() -> None:
    marked = time(1, 31, fold=1)
    assert instant(date(2024, 11, 3), marked, "America/New_York") == datetime(2024, 11, 3, 5, 31, tzinfo=UTC)


def test_the_local_date_of_an_instant_is_the_zone_s_own() -> None:
    evening = datetime(2024, 1, 5, 20, tzinfo=UTC)
    assert local_date(evening, "Asia/Kolkata") == date(2024, 1, 6)
    assert local_date(evening, "America/New_York") == date(2024, 1, 5)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(KeyError, match="Mars/Olympus"):
        instant(date(2024, 1, 5), TEN, "Mars/Olympus")
