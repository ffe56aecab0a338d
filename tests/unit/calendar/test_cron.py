"""Cron expressions, against a search through every minute that knows nothing of the evaluator."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.calendar import cron

MINUTE = timedelta(minutes=1)
NAMES = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}

# Expression, zone, the month that is searched minute by minute.
CASES = [
    ("0 18-23 * * ? *", "Asia/Kolkata", (2026, 1)),
    ("*/15 * ? * MON-FRI *", "UTC", (2026, 2)),
    ("7,37 0/6 * * ? *", "America/New_York", (2026, 6)),
    ("30 2 * * ? *", "America/New_York", (2026, 3)),  # 8 March has no 02:30
    ("30 1 * * ? *", "America/New_York", (2026, 11)),  # 1 November has it twice
    ("0,30 0-4 * * ? *", "Europe/Berlin", (2026, 3)),
    ("*/20 1-3 * * ? *", "Europe/Berlin", (2026, 10)),
    ("0 * * * ? *", "Australia/Lord_Howe", (2026, 4)),  # goes back by half an hour
    ("0 12 L * ? *", "UTC", (2028, 2)),
    ("0 12 ? * 6L *", "UTC", (2026, 5)),
    ("0 12 ? * FRIL *", "Pacific/Apia", (2026, 5)),
    ("0 12 ? * L *", "UTC", (2026, 5)),
    ("0 12 31 JAN,MAR ? 2025-2030", "Asia/Kathmandu", (2026, 3)),
    ("0 12 1,15,29-31 2 ? 2026/2", "UTC", (2026, 2)),
    ("5-20/5 9 ? JAN-JUN/2 2,4,6 *", "UTC", (2026, 3)),
    ("0 0 29 2 ? *", "UTC", (2028, 2)),
]


def matches(text: str, value: int, low: int, high: int, names: dict[str, int]) -> bool:
    """Whether one field of an expression names a value."""
    for part in text.split(","):
        span, _, step = part.partition("/")
        for name, number in names.items():
            span = span.replace(name, str(number))
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        end = int(last) if last else high if first == "*" or step else begin
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def names_day(days: str, week: str, local: datetime) -> bool:
    length = calendar.monthrange(local.year, local.month)[1]
    weekday = local.isoweekday() % 7 + 1
    if week == "?":
        return local.day == length if days == "L" else matches(days, local.day, 1, 31, {})
    if week == "L":
        return weekday == 7
    if week.endswith("L"):
        return matches(week[:-1], weekday, 1, 7, DAYS) and local.day + 7 > length
    return matches(week, weekday, 1, 7, DAYS)


def searched(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """Every minute from start up to end that an expression names, the second of two equal local times left out."""
    minutes, hours, days, months, week, years = text.split()
    found, at = [], start
    while at < end:
        local = at.astimezone(ZoneInfo(zone))
        if (
            matches(minutes, local.minute, 0, 59, {})
            and matches(hours, local.hour, 0, 23, {})
            and matches(months, local.month, 1, 12, NAMES)
            and matches(years, local.year, 1970, 2199, {})
            and names_day(days, week, local)
            and local.fold == 0
        ):
            found.append(at)
        at += MINUTE
    return found


def ticks(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """The same by the evaluator."""
    schedule, found = cron.parse(text, zone), []
    tick = schedule.first(start)
    while tick is not None and tick < end:
        found.append(tick)
        tick = schedule.following(tick)
    return found


@pytest.mark.parametrize(("text", "zone", "month"), CASES)
def test_a_month_of_ticks_is_what_a_search_finds(text: str, zone: str, month: tuple[int, int]) -> None:
    start = datetime(*month, 1, tzinfo=UTC)
    end = start + timedelta(days=calendar.monthrange(*month)[1])
    expected = searched(text, zone, start, end)
    assert expected
    assert ticks(text, zone, start, end) == expected


numbers = st.integers


def field(low: int, high: int) -> st.SearchStrategy[str]:
    one = numbers(low, high).map(str)
    span = st.tuples(numbers(low, high), numbers(low, high)).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.tuples(st.one_of(st.just("*"), one, span), numbers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(st.one_of(one, span, step, st.just("*")), min_size=1, max_size=3).map(",".join)


@settings(max_examples=25, deadline=None)
@given(
    field(0, 59),
    field(0, 23),
    st.one_of(st.tuples(field(1, 31), st.just("?")), st.tuples(st.just("?"), field(1, 7))),
    field(1, 12),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 25)),  # noqa: DTZ001 - made aware below
)
def test_two_days_of_ticks_are_what_a_search_finds(
    minutes: str, hours: str, days: tuple[str, str], months: str, zone: str, at: datetime
) -> None:
    text = f"{minutes} {hours} {days[0]} {months} {days[1]} *"
    start = at.replace(second=0, microsecond=0, tzinfo=UTC)
    assert ticks(text, zone, start, start + timedelta(days=2)) == searched(text, zone, start, start + timedelta(days=2))


@pytest.mark.parametrize(("text", "zone", "month"), CASES)
def test_the_previous_tick_is_the_one_before(text: str, zone: str, month: tuple[int, int]) -> None:
    schedule = cron.parse(text, zone)
    first = schedule.first(datetime(*month, 1, tzinfo=UTC))
    assert first is not None
    second = schedule.following(first)
    assert second is not None
    assert first < second
    assert schedule.previous(second) == second
    assert schedule.previous(second - MINUTE) == first


def test_an_expression_whose_years_are_over_never_ticks_again() -> None:
    schedule = cron.parse("0 0 1 1 ? 2020", "UTC")
    assert schedule.first(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert schedule.previous(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_day_that_no_year_has_never_ticks() -> None:
    assert cron.parse("0 0 30 2 ? *", "UTC").first(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 18 * * ?", "has 5 fields"),
        ("0 18 * * * *", "needs [?] in exactly one"),
        ("0 18 ? * ? *", "needs [?] in exactly one"),
        ("60 18 * * ? *", "'60' as minutes, which goes from 0 to 59"),
        ("0 24 * * ? *", "'24' as hours"),
        ("0 18 0 * ? *", "'0' as day-of-month"),
        ("0 18 ? * 8 *", "'8' as day-of-week"),
        ("0 18 ? * FRI-MON *", "'FRI-MON' as day-of-week"),
        ("0 18 * FOO ? *", "'FOO' as month"),
        ("0 18 * MON ? *", "'MON' as month"),
        ("*/0 18 * * ? *", "step of zero"),
        ("0 18 * * ? 1969", "'1969' as year"),
        ("0 18 15W * ? *", "W, # and L in lists are not supported"),
        ("0 18 ? * 2#1 *", "W, # and L in lists are not supported"),
        ("0 18 ? * 2,6L *", "L within a list"),
        ("-1 18 * * ? *", "'-1' as minutes"),
    ],
)
def test_what_it_does_not_know_it_refuses_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cron.parse(text, "UTC")


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "", "../etc", "Asia"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone that is not known"):
        cron.parse("0 18 * * ? *", zone)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 18-23 * * ? *", "daily hourly from 18:00 to 23:00 UTC"),
        ("30 9 ? * MON,FRI *", "MON, FRI at 09:30 UTC"),
        ("0,30 * * * ? *", "daily at minute 0, 30 of each hour UTC"),
        ("* 9-17 * * ? *", "daily each minute of hours 9-17 UTC"),
        ("0 0 L * ? *", "on the last day of the month at 00:00 UTC"),
        ("0 0 ? * 6L *", "on the month's last FRI at 00:00 UTC"),
        ("0 12 1-5 1,7 ? 2026", "on day 1-5 of Jan, Jul in 2026 at 12:00 UTC"),
    ],
)
def test_an_expression_in_words(text: str, words: str) -> None:
    assert cron.in_words(cron.parse(text, "UTC")) == words
