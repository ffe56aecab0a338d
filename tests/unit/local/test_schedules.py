"""The template's schedules as the local scheduler keeps them, and the variables that change them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automation.calendar import ticks
from automation.calendar.cron import Cron
from automation.calendar.ticks import Rate
from automation.errors import ConfigurationError
from infra.local import schedules
from infra.local.schedules import ENABLED, INTERVAL
from infra.local.template import Tick

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_every_schedule_of_the_template_is_kept_in_its_order() -> None:
    said = {planned.job: planned.words for planned in schedules.planned({})}
    assert said == {
        "auto_invest": "every 15 minutes",
        "orders": "every 5 minutes",
        "triggers": "every 5 minutes",
        "rebalancing": "every 15 minutes",
        "notifications": "every 5 minutes",
        "navs": "daily hourly from 18:00 to 23:00 Asia/Kolkata",
    }


def test_a_check_interval_replaces_every_schedule() -> None:
    planned = schedules.planned({INTERVAL: "200"})
    assert len(planned) == 6
    assert {each.schedule for each in planned} == {Rate(timedelta(milliseconds=200))}
    assert {each.words for each in planned} == {"every 200 ms"}


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_is_none(text: str) -> None:
    assert schedules.check_interval({INTERVAL: text}) is None
    assert schedules.enabled({ENABLED: text})


@pytest.mark.parametrize("text", ["0", "-5", "1.5", "1e3", "abc", "+5", "9" * 11, "2678400001", "\u0665"])
def test_a_wrong_interval_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match=INTERVAL):
        schedules.check_interval({INTERVAL: text})


@pytest.mark.parametrize(
    ("text", "on"), [("true", True), ("FALSE", False), ("0", False), ("yes", True), ("off", False)]
)
def test_the_scheduler_is_switched_in_the_usual_words(text: str, on: bool) -> None:
    assert schedules.enabled({ENABLED: text}) is on


def test_a_switch_that_is_neither_on_nor_off_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigurationError, match=ENABLED):
        schedules.enabled({ENABLED: "maybe"})


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(15 minutes)", timedelta(minutes=15)),
        ("rate(2 hours)", timedelta(hours=2)),
        (" rate(7 days) ", timedelta(days=7)),
    ],
)
def test_a_rate_begins_at_once_and_goes_on_by_its_period(expression: str, period: timedelta) -> None:
    rate = ticks.read(expression, "UTC")
    assert rate == Rate(period)
    assert rate.first(NOON) == NOON
    assert rate.following(NOON) == NOON + period


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("rate(0 minutes)", "no rate of the form"),
        ("rate(5 seconds)", "no rate of the form"),
        ("rate(1.5 hours)", "no rate of the form"),
        ("rate()", "no rate of the form"),
        ("at(2026-01-01T00:00:00)", "runs once only"),
        ("every 5 minutes", "neither rate"),
        ("cron(0 18 * * *)", "has 5 fields"),
    ],
)
def test_an_expression_that_cannot_be_kept_names_the_function(expression: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"of navs .*{said}"):
        schedules.schedule_of(Tick("local-navs", expression, "UTC", "{}"), "navs")


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(1, "1 ms"), (1500, "1500 ms"), (1000, "1 second"), (60_000, "1 minute"), (7_200_000, "2 hours")],
)
def test_a_period_is_said_in_its_largest_unit(milliseconds: int, words: str) -> None:
    assert ticks.period_in_words(timedelta(milliseconds=milliseconds)) == words


def test_a_plan_knows_the_tick_that_must_be_over_and_the_next() -> None:
    (navs,) = (each for each in schedules.planned({}) if each.job == "navs")
    assert isinstance(navs.schedule, Cron)
    just_after = datetime(2026, 1, 5, 13, 32, tzinfo=UTC)  # 19:02 in India
    plan = schedules.plan(navs, just_after)
    assert plan.previous == datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
    assert plan.next == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    assert schedules.plan(schedules.planned({})[0], NOON).period == timedelta(minutes=15)
