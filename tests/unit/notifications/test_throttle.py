"""How fast a channel may be used, and when it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from automation.notifications.throttle import TOLERATED, allowed, failed, pause

NOW = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("tokens", "seconds", "messages"), [("0", 0, 0), ("0", 0.5, 5), ("3.5", 0, 3), ("0", 60, 10)])
def test_a_bucket_fills_by_its_rate_up_to_a_second_of_it(tokens: str, seconds: float, messages: int) -> None:
    assert allowed(Decimal(tokens), NOW - timedelta(seconds=seconds), None, 10, NOW).messages == messages


def test_a_clock_that_goes_back_takes_nothing_out() -> None:
    assert allowed(Decimal(4), NOW + timedelta(hours=1), None, 10, NOW).messages == 4


@pytest.mark.parametrize(("open_for", "messages"), [(1, 0), (0, 1), (-60, 1)])
def test_a_channel_that_is_left_alone_is_tried_by_one_message_afterwards(open_for: int, messages: int) -> None:
    state = allowed(Decimal(10), NOW, NOW + timedelta(seconds=open_for), 10, NOW)
    assert state.messages == messages


def test_a_few_failures_are_tolerated_and_each_further_one_doubles_the_pause() -> None:
    pauses = [pause(failures) for failures in range(TOLERATED + 8)]
    assert pauses[:TOLERATED] == [timedelta()] * TOLERATED
    assert [each.total_seconds() for each in pauses[TOLERATED:]] == [30, 60, 120, 240, 480, 900, 900, 900]


@pytest.mark.parametrize(("before", "more", "after"), [(0, 1, 1), (3, 8, 5), (0, 8, 5), (5, 1, 6), (6, 8, 7)])
def test_failures_of_one_moment_open_the_circuit_no_wider_than_the_first(before: int, more: int, after: int) -> None:
    assert failed(before, more) == after
