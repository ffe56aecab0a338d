"""A NAV that does not come: the next one stands in for it, but not before its own can still be expected."""

from __future__ import annotations

from datetime import date

import pytest

from automation.store import paper
from tests import builders
from tests.builders import World

FRIDAY, MONDAY = "2024-01-05", "2024-01-08"


def without_friday(world: World) -> None:
    """An order for Friday's NAV, which does not come; Monday's is 12."""
    world.connection.execute("delete from navs where date >= '2024-01-05'")
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    builders.add_navs(world.connection, "FUND", MONDAY, MONDAY, "12")


def booked(world: World, when: str) -> tuple[date, int] | None:
    """NAV date and NAV of the order after a tick, None while it waits."""
    world.orders(when)
    (order,) = world.order_rows()
    return order["nav_date"] and (order["nav_date"], int(order["nav"]))


def test_mondays_nav_does_not_stand_in_while_fridays_may_still_come(world: World) -> None:
    without_friday(world)
    assert booked(world, f"{MONDAY} 21:30") is None
    builders.add_navs(world.connection, "FUND", FRIDAY, FRIDAY, "11")
    assert booked(world, "2024-01-09 21:30") == (date(2024, 1, 5), 11)


def test_after_three_business_days_the_next_nav_stands_in(world: World) -> None:
    without_friday(world)
    assert booked(world, "2024-01-09 23:59") is None
    assert booked(world, "2024-01-10 00:05") == (date(2024, 1, 8), 12)


def test_a_holiday_is_no_day_of_patience(world: World) -> None:
    builders.add_holidays(world.connection, "2024-01-09")
    without_friday(world)
    assert booked(world, "2024-01-10 23:55") is None
    assert booked(world, "2024-01-11 00:05") == (date(2024, 1, 8), 12)


@pytest.mark.parametrize(("zone", "instant"), [("Asia/Tokyo", "2024-01-09 20:30"), ("UTC", "2024-01-10 05:30")])
def test_the_days_are_those_of_the_product_s_zone(world: World, zone: str, instant: str) -> None:
    world.connection.execute("update products set time_zone = %s", (zone,))
    without_friday(world)
    hour = int(instant[11:13])
    assert booked(world, f"{instant[:11]}{hour - 1:02}:59") is None
    assert booked(world, f"{instant[:11]}{hour + 1:02}:05") == (date(2024, 1, 8), 12)


def test_a_look_up_reads_no_navs_from_before_the_one_that_applies(world: World) -> None:
    builders.add_navs(world.connection, "FUND", "1996-01-01", "2023-05-31", "10")
    without_friday(world)
    (order,) = world.order_rows()
    world.connection.execute("vacuum analyze navs")
    with world.connection.transaction():
        before = _read(world)
        paper.find(world.connection, [order["id"]], world.clock.instant)
        assert _read(world) - before <= 2


def _read(world: World) -> int:
    """Rows of NAVs that this session has read so far."""
    statement = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'navs'"
    read: int = world.value(statement)
    return read
