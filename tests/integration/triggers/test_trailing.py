"""Levels that follow the best price: only up for what sells, only down for what buys."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import builders
from tests.trigger_floor import MONDAY, NO_LEVEL, SELLS, SWITCHES, TRAILS, Floor, weekdays

BUYS = NO_LEVEL | {"trailing_percent": "10"}


def best(floor: Floor, trigger: str) -> str | None:
    value = floor.row(trigger)["best_value"]
    return None if value is None else f"{value:f}"


@pytest.mark.parametrize(("body", "prices", "last"), [
    (TRAILS, ["110", "120", "108.0001"], "108.0000"),
    (TRAILS, ["110", "120", "115", "119", "108.5"], "104.0000"),
    (TRAILS, ["100", "90.0001"], "90.0000"),
    (SWITCHES | NO_LEVEL | {"trailing_percent": "5", "max_data_age": 9}, ["100", "104", "98.8001"], "98.8000"),
    (BUYS, ["95", "90", "98.9999"], "99.0000"),
    (BUYS, ["95", "90", "92", "98.9"], "104.0000"),
    (BUYS, ["100", "109.9999"], "110.0000"),
])  # fmt: skip
def test_it_fires_at_or_beyond_a_percent_of_the_best_price(
    floor: Floor, body: dict[str, Any], prices: list[str], last: str
) -> None:
    trigger = floor.add(**body)
    day = date.fromisoformat(floor.days(*prices))
    assert floor.fired(trigger) is None
    after = next(other for other in weekdays(day.isoformat()) if other > day.isoformat())
    floor.price(last, after)
    assert floor.fired(trigger) == (last, after)


def test_the_best_price_only_ever_improves(floor: Floor) -> None:
    sells, buys = floor.add(**TRAILS), floor.add(**BUYS)
    found = []
    for price, day in zip(("100", "104", "102", "106", "99", "97"), weekdays(MONDAY), strict=False):
        floor.price(price, day)
        found.append((best(floor, sells), best(floor, buys)))
    high, low = [pair[0] for pair in found], [pair[1] for pair in found]
    assert high == ["100.0000", "104.0000", "104.0000", "106.0000", "106.0000", "106.0000"]
    assert low == ["100.0000"] * 4 + ["99.0000", "97.0000"]


def test_a_price_of_before_the_first_valid_day_is_no_best_price(floor: Floor) -> None:
    """EQ was at 100 on Friday. On Monday it begins at 92: 83 would be its level, and not 90."""
    trigger = floor.add(**TRAILS)
    assert (best(floor, trigger), floor.reason(trigger)) == (None, "condition_unknown")
    floor.days("92", "85", "83")
    assert floor.fired(trigger) is None
    assert best(floor, trigger) == "92.0000"
    floor.days("82.8", first="2024-01-11")
    assert floor.fired(trigger) == ("82.8000", "2024-01-11")


def test_it_begins_on_its_first_valid_day_whatever_was_better_before(floor: Floor) -> None:
    trigger = floor.add(valid_from="2024-01-10", **TRAILS)
    floor.days("120", "120", "105", "100", "94.6")
    assert (best(floor, trigger), floor.fired(trigger)) == ("105.0000", None)
    floor.days("94.5", first="2024-01-15")
    assert floor.fired(trigger) == ("94.5000", "2024-01-15")


def test_highs_between_two_looks_count(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("100")
    floor.publish("120", "2024-01-09")
    floor.publish("108", "2024-01-10")
    floor.tick()
    assert floor.fired(trigger) == ("108.0000", "2024-01-10")


def test_a_suspect_price_is_no_best_price(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("100", "130", "101")
    assert best(floor, trigger) == "101.0000"
    assert floor.fired(trigger) is None


def test_it_is_stopped_and_then_fires_as_long_as_it_is_beyond(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    switch = builders.add_switch(floor.world.connection, "client", "C1", "stop_all")
    floor.days("100", "90")
    assert (floor.status(trigger), floor.reason(trigger)) == ("Active", "kill_switch")
    floor.world.connection.execute("update automation_controls set lifted_at = now() where id = %s", (switch,))
    floor.tick("2024-01-09 21:10")
    assert floor.fired(trigger) == ("90.0000", "2024-01-09")


def test_made_while_no_price_is_known_it_follows_the_first(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NEW")
    builders.add_lot(floor.world.connection, "NEW", "10", "1000.00", "2023-06-01")
    trigger = floor.add(product="NEW", **TRAILS)
    floor.days("50", "60", "54", product="NEW")
    assert floor.fired(trigger) == ("54.0000", "2024-01-10")


def stops(prices: list[int], percent: int) -> int | None:
    """Where a trailing stop ends, in whole numbers."""
    high = prices[0]
    for number, price in enumerate(prices):
        high = max(high, price)
        if price * 100 <= high * (100 - percent):
            return number
    return None


@settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-9, 9), min_size=4, max_size=9), st.sampled_from([3, 5, 10, 12]))
def test_on_any_path_it_ends_where_counting_ends_it(floor: Floor, steps: list[int], percent: int) -> None:
    count = floor.world.value("select count(*) from products")
    code = f"P{count}"
    prices = [1000]
    for step in steps:
        prices.append(prices[-1] * (100 + step) // 100)
    builders.add_product(floor.world.connection, code)
    floor.world.clock.instant = builders.at(f"{MONDAY} 10:00")
    trigger = floor.add(product=code, mode="notify", **SELLS | NO_LEVEL | {"trailing_percent": str(percent)})
    floor.days(*map(str, prices), product=code)
    ends = stops(prices, percent)
    fired = floor.fired(trigger)
    day = None if ends is None else list(zip(prices, weekdays(MONDAY), strict=False))[ends][1]
    assert (fired and fired[1]) == day
