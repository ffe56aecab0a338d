"""The jump guard: which NAVs are believed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.jumps import FEED, Nav, Verdict, judge, within

PERCENT = Decimal(25)
START = date(2024, 1, 1)
navs = st.decimals("0.0001", "1000000", places=4)
histories = st.lists(navs, min_size=1, max_size=30)
calm = st.lists(st.decimals("100", "125", places=4), min_size=1, max_size=30)


def days(values: list[Decimal], *, good: int = 1) -> list[Nav]:
    """A NAV a day; the first `good` ones are not open."""
    return [Nav(START + timedelta(days=n), value, open=n >= good) for n, value in enumerate(values)]


def verdicts(*values: str) -> str:
    """The verdicts on NAVs after a first one that is good: `.` good, `s` suspect, `f` good as the feed confirmed it."""
    found = judge(days([Decimal(value) for value in values]), PERCENT)
    return "".join("s" if one.suspect else "f" if one.confirmed_by == FEED else "." for one in found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("100", "125", "94", "117.5"), "..."),
        (("100", "125.0001"), "s"),
        (("100", "74.9999"), "s"),
        (("100", "200", "101", "99"), "s.."),
        (("100", "10", "10.1"), "ss"),
        (("100", "10", "10.1", "9.9", "10.2"), "fff."),
        (("100", "10", "10.1", "100", "10", "10.1"), "ss.ss"),
        (("100", "10", "1000", "10.1", "9.9"), "ssss"),
        (("100", "10", "1000", "10.1", "9.9", "10.0"), "ssfff"),
        (("100", "10", "12.4", "15.6", "12.5"), "ssss"),
        (("100", "10", "12.4", "15.6", "12.5", "13"), "ssfff"),
        (("100", "1000", "1010", "990", "100"), "fffs"),
    ],
)
def test_what_is_believed(values: tuple[str, ...], expected: str) -> None:
    assert verdicts(*values) == expected


def test_what_is_not_open_is_good_whatever_it_is() -> None:
    history = days([Decimal(100), Decimal(1000), Decimal(1010)], good=2)
    assert judge(history, PERCENT) == [Verdict(START + timedelta(days=2), suspect=False)]


@given(calm)
def test_navs_that_never_leave_the_range_are_all_good(values: list[Decimal]) -> None:
    assert not any(one.suspect or one.confirmed_by for one in judge(days([Decimal(112), *values]), PERCENT))


@given(histories)
def test_every_open_nav_gets_one_verdict_in_the_order_of_dates(values: list[Decimal]) -> None:
    history = days(values)
    assert [one.date for one in judge(history, PERCENT)] == [nav.date for nav in history if nav.open]


@given(histories)
def test_no_more_than_two_navs_in_a_row_are_suspect_while_they_agree(values: list[Decimal]) -> None:
    suspect = {one.date for one in judge(days(values), PERCENT) if one.suspect}
    for place, anchor in enumerate(days(values)[:-2]):
        following = days(values)[place : place + 3]
        if all(nav.date in suspect for nav in following):
            assert not all(within(nav.nav, anchor.nav, PERCENT) for nav in following)


@given(histories)
def test_a_good_nav_is_near_the_good_one_before_it_or_confirmed(values: list[Decimal]) -> None:
    history = days(values)
    found = {one.date: one for one in judge(history, PERCENT)}
    good = history[0].nav
    for nav in history[1:]:
        if not found[nav.date].suspect:
            assert found[nav.date].confirmed_by == FEED or within(nav.nav, good, PERCENT)
            good = nav.nav


@given(histories, st.integers(0, 29))
def test_judging_day_by_day_comes_to_the_same(values: list[Decimal], split: int) -> None:
    """What is known by a day and what comes later: the second look starts from what the first one found."""
    whole = {one.date: one for one in judge(days(values), PERCENT)}
    first = {one.date: one for one in judge(days(values[: split + 1]), PERCENT)}
    later = [nav._replace(open=nav.open and (nav.date not in first or first[nav.date].suspect)) for nav in days(values)]
    second = first | {one.date: one for one in judge(later, PERCENT)}
    assert {day: one.suspect for day, one in second.items()} == {day: one.suspect for day, one in whole.items()}


@given(histories, st.decimals("0.001", "1000", places=3))
def test_the_scale_of_navs_does_not_matter(values: list[Decimal], scale: Decimal) -> None:
    assert judge(days(values), PERCENT) == judge(days([value * scale for value in values]), PERCENT)
