"""One order that can't be handled is left to a person; the others of its batch go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automation.orders.order import PURCHASE, Order
from tests import builders
from tests.builders import World

DAY = "2024-01-05"


def two_orders(world: World) -> None:
    """Pending orders of FUND and of ODD, which is sound so far."""
    builders.add_product(world.connection, "ODD")
    builders.add_navs(world.connection, "ODD", "2023-06-01", "2024-12-31", "10")
    world.rule(amount="500")
    world.rule(amount="700", product="ODD")
    world.auto_invest(f"{DAY} 10:00")


def spoil(world: World) -> None:
    world.connection.execute("update products set time_zone = 'Mars/Olympus' where id = 'ODD'")


def heal(world: World) -> None:
    world.connection.execute("update products set time_zone = 'Asia/Kolkata'")


def statuses(world: World) -> dict[str, str]:
    return {order["product_id"]: order["status"] for order in world.order_rows()}


def test_an_order_that_can_t_be_checked_is_held_and_the_other_one_is_submitted(world: World) -> None:
    two_orders(world)
    spoil(world)
    world.orders(f"{DAY} 10:01")
    assert statuses(world) == {"FUND": "Submitted", "ODD": "Held"}


def test_an_order_that_can_t_be_looked_up_hinders_no_other(world: World) -> None:
    two_orders(world)
    world.orders(f"{DAY} 10:01")
    spoil(world)
    world.orders(f"{DAY} 21:30")
    assert statuses(world)["FUND"] == "Executed"


def test_an_order_whose_nav_is_awaited_in_a_zone_that_is_not_there_hinders_no_other(world: World) -> None:
    two_orders(world)
    world.orders(f"{DAY} 10:01")
    world.connection.execute("delete from navs where product_id = 'ODD' and date >= '2024-01-05'")
    spoil(world)
    world.orders(f"{DAY} 21:30")
    assert statuses(world) == {"FUND": "Executed", "ODD": "Submitted"}


def test_an_order_that_can_t_be_settled_hinders_no_other(world: World) -> None:
    two_orders(world)
    world.orders(f"{DAY} 10:01")
    world.orders(f"{DAY} 21:30")
    assert set(statuses(world).values()) == {"Executed"}
    spoil(world)
    world.orders("2024-01-10 10:00")
    assert statuses(world) == {"FUND": "Settled", "ODD": "Executed"}
    heal(world)
    world.orders("2024-01-10 10:05")
    assert statuses(world) == {"FUND": "Settled", "ODD": "Settled"}


def switch_and_purchase(world: World) -> None:
    """Pending orders from FUND into ODD, and of FUND."""
    builders.add_product(world.connection, "ODD", calendar="ODD")
    builders.add_navs(world.connection, "ODD", "2023-06-01", "2024-12-31", "10")
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    world.rule(amount="500")
    world.rule(amount="700", plan="STP", source_product="FUND", product="ODD")
    world.auto_invest(f"{DAY} 10:00")


def never_open(world: World) -> None:
    """The calendar of ODD has no business day any more."""
    world.connection.execute(
        "insert into market_holidays (calendar, date, kind) select 'ODD', '2024-01-01'::date + n, 'closed'"
        " from generate_series(0, 500) n"
    )
    world.restart()


@pytest.mark.parametrize("spoilt", [spoil, never_open])
def test_a_switch_whose_target_can_t_be_dated_is_held_and_the_other_one_is_submitted(
    world: World, spoilt: Callable[[World], None]
) -> None:
    switch_and_purchase(world)
    spoilt(world)
    world.orders(f"{DAY} 10:01")
    found = {order["order_type"]: (order["status"], order["reason"]) for order in world.order_rows()}
    assert found == {"Purchase": ("Submitted", None), "Switch": ("Held", "internal_error")}
    world.connection.execute("delete from market_holidays")


def test_a_switch_is_as_stale_as_its_target_is_on_the_target_s_own_calendar(world: World) -> None:
    switch_and_purchase(world)
    builders.add_holidays(world.connection, "2024-01-02", "2024-01-03", "2024-01-04", calendar="ODD")
    world.connection.execute("delete from navs where product_id = 'ODD' and date > '2023-12-29'")
    world.restart()
    world.orders(f"{DAY} 10:01")
    assert {order["status"] for order in world.order_rows()} == {"Submitted"}


def test_the_paper_gateway_answers_for_each_order_also_for_one_that_it_can_t_date(world: World) -> None:
    two_orders(world)
    spoil(world)
    ids = [order["id"] for order in world.order_rows()]
    orders = [
        Order(row["id"], "C1", PURCHASE, row["product_id"], None, row["amount"], None, False, row["trade_date"])
        for row in world.order_rows()
    ]
    replies = world.runtime.gateway.submit(orders, world.clock.instant)
    answers = {ids.index(reply.order_id): reply.status for reply in replies}
    assert {row["product_id"]: answers[n] for n, row in enumerate(world.order_rows())} == {
        "FUND": "Submitted",
        "ODD": "Unknown",
    }


@pytest.mark.parametrize("column", ["nav", "date"])
def test_a_nav_that_was_corrected_after_it_was_booked_changes_nothing(world: World, column: str) -> None:
    two_orders(world)
    world.orders(f"{DAY} 10:01")
    world.orders(f"{DAY} 21:30")
    change = {"nav": "update navs set nav = nav * 2", "date": "delete from navs where date = '2024-01-05'"}[column]
    world.connection.execute(change.encode())
    world.orders(f"{DAY} 21:40")
    assert {order["nav"] for order in world.order_rows()} == {10}
