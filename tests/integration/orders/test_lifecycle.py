"""An order from Pending to Settled behind the paper gateway: which NAV applies, and when money moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import builders
from tests.builders import World

FRIDAY = "2024-01-05"


def only(world: World) -> dict[str, Any]:
    """The only order."""
    (order,) = world.order_rows()
    return order


def price_each_day(world: World) -> None:
    """A NAV of 10 + the day of the month in January, so that the date of a NAV shows."""
    for day in range(1, 32):
        builders.add_navs(world.connection, "FUND", f"2024-01-{day:02}", f"2024-01-{day:02}", str(10 + day))


def test_an_order_passes_through_its_states(world: World) -> None:
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    assert only(world)["status"] == "Pending"
    world.orders(f"{FRIDAY} 10:01")
    assert only(world)["status"] == "Submitted"
    world.orders(f"{FRIDAY} 20:59")
    assert only(world)["status"] == "Submitted"
    world.orders(f"{FRIDAY} 21:00")
    assert only(world)["status"] == "Executed"
    world.orders("2024-01-08 23:59")
    assert only(world)["status"] == "Executed"
    world.orders("2024-01-09 00:00")
    assert only(world)["status"] == "Settled"
    assert world.orders("2024-01-09 12:00")["counts"] == {}


@pytest.mark.parametrize(
    ("submitted", "nav_date"),
    [
        (f"{FRIDAY} 14:59", "2024-01-05"),
        (f"{FRIDAY} 15:00", "2024-01-05"),
        (f"{FRIDAY} 15:01", "2024-01-08"),
        ("2024-01-06 09:00", "2024-01-08"),
        ("2024-01-08 15:01", "2024-01-09"),
    ],
)
def test_the_cut_off_decides_whose_day_s_nav_applies(world: World, submitted: str, nav_date: str) -> None:
    price_each_day(world)
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(submitted)
    world.orders("2024-01-10 22:00")
    order = only(world)
    assert order["nav_date"] == date.fromisoformat(nav_date)
    assert order["nav"] == 10 + order["nav_date"].day
    assert order["executed_units"] == (10000 / order["nav"]).quantize(Decimal("0.0001"), "ROUND_DOWN")


def test_a_holiday_moves_the_nav_that_applies_and_the_settlement(world: World) -> None:
    builders.add_holidays(world.connection, "2024-01-08", "2024-01-10")
    price_each_day(world)
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 16:00")
    world.orders("2024-01-09 22:00")
    order = only(world)
    assert (order["nav_date"], order["settles_on"]) == (date(2024, 1, 9), date(2024, 1, 12))


@pytest.mark.parametrize(("days", "settles_on"), [(0, "2024-01-05"), (1, "2024-01-08"), (3, "2024-01-10")])
def test_settlement_is_so_many_business_days_after_the_nav(world: World, days: int, settles_on: str) -> None:
    world.connection.execute("update products set settlement_days = %s", (days,))
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    world.orders(f"{FRIDAY} 21:30")
    assert only(world)["settles_on"] == date.fromisoformat(settles_on)


def test_an_order_that_waits_for_its_nav_is_booked_as_soon_as_that_is_known(world: World) -> None:
    world.connection.execute("delete from navs where date >= '2024-01-05'")
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    for when in (f"{FRIDAY} 10:01", f"{FRIDAY} 21:00", f"{FRIDAY} 23:00", "2024-01-06 11:00"):
        world.orders(when)
    assert only(world)["status"] == "Submitted"
    builders.add(
        world.connection,
        "navs",
        product_id="FUND",
        date=date(2024, 1, 5),
        nav=Decimal("12.5000"),
        observed_at=builders.at("2024-01-06 12:00"),
        source="late",
    )
    world.orders("2024-01-06 12:00")
    assert (only(world)["executed_units"], only(world)["status"]) == (800, "Executed")


def test_units_and_money_are_rounded_down_to_their_places(world: World) -> None:
    builders.add_navs(world.connection, "FUND", FRIDAY, FRIDAY, "33.3333")
    world.rule(amount="1000.01")
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    world.orders(f"{FRIDAY} 21:30")
    assert only(world)["executed_units"] == Decimal("30.0003")
    assert world.value("select cash_balance from clients") == Decimal("98999.99")
    assert world.value("select cost from holdings") == Decimal("1000.01")


def test_each_event_of_an_order_is_told_once(world: World) -> None:
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    for when in (f"{FRIDAY} 10:01", f"{FRIDAY} 21:30", f"{FRIDAY} 21:35", "2024-01-09 10:00"):
        world.orders(when)
    told = world.rows("select event, count(*) from notification_logs group by event order by event")
    assert {row["event"]: row["count"] for row in told} == {
        "Auto-Invest Executed": 1, "Order Submitted": 1, "Order Executed": 1, "Order Settled": 1,
    }  # fmt: skip


def test_a_purchase_that_the_cash_no_longer_covers_is_held_for_a_person(world: World) -> None:
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    builders.deposit(world.connection, "C1", "-90000.01")
    world.orders(f"{FRIDAY} 21:30")
    assert (only(world)["status"], only(world)["reason"]) == ("Held", "insufficient_cash")
    assert world.value("select count(*) from lots") == 0


def test_a_held_order_keeps_its_claim_on_the_cash(world: World) -> None:
    world.rule()
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    builders.deposit(world.connection, "C1", "-90000.01")
    world.orders(f"{FRIDAY} 21:30")
    later = world.rule(amount="500", day_of_month=8)
    world.auto_invest("2024-01-08 10:00")
    assert [(status, reason) for _, status, reason in world.log(later)] == [("Skipped", "insufficient_cash")]
