"""Redemptions and switches: lots, lock-in, exit load, and what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from psycopg import sql

from tests import builders
from tests.builders import World
from tests.gateways import FakeGateway

FRIDAY = "2024-01-05"


def through(world: World, day: str = FRIDAY) -> dict[str, Any]:
    """A day on which the only new order is decided, submitted and executed; the order."""
    world.auto_invest(f"{day} 10:00")
    world.orders(f"{day} 10:01")
    world.orders(f"{day} 21:30")
    return world.order_rows()[-1]


def lots(world: World) -> list[tuple[str, object]]:
    """Acquired on, and units left, oldest first."""
    found = world.rows("select acquired_on, units_left from lots where product_id = 'FUND' order by acquired_on, id")
    return [(row["acquired_on"].isoformat(), row["units_left"]) for row in found]


def terms(world: World, **columns: int) -> None:
    """Change what the product asks."""
    for name, value in columns.items():
        change = sql.SQL("update products set {} = %s where id = 'FUND'").format(sql.Identifier(name))
        world.connection.execute(change, (value,))


def test_the_oldest_lots_go_first(world: World) -> None:
    for day in ("2023-07-03", "2023-06-01", "2023-08-01"):
        builders.add_lot(world.connection, "FUND", "100", "900.00", day)
    world.rule(plan="SWP", amount="1500")
    order = through(world)
    assert order["executed_amount"] == 1500
    assert lots(world) == [("2023-06-01", 0), ("2023-07-03", 50), ("2023-08-01", 100)]
    assert world.value("select cost from holdings") == Decimal("1350.00")


def test_locked_lots_are_passed_over_and_count_for_nothing(world: World) -> None:
    terms(world, lock_in_days=200)
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-06-01")
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    rule = world.rule(plan="SWP", amount="1000.01")
    world.auto_invest(f"{FRIDAY} 10:00")
    assert world.log(rule)[0][1:] == ("Skipped", "insufficient_units")
    free = world.rule(plan="SWP", amount="1000", day_of_month=8)
    order = through(world, "2024-01-08")
    assert (world.log(free)[0][1], order["executed_amount"]) == ("Success", 1000)
    assert lots(world) == [("2023-06-01", 0), ("2023-08-01", 100)]


@pytest.mark.parametrize(("lock_in_days", "runs"), [(157, True), (158, False)])
def test_a_lot_is_free_from_the_day_on_which_its_lock_in_is_over(world: World, lock_in_days: int, runs: bool) -> None:
    terms(world, lock_in_days=lock_in_days)  # 1 August 2023 and 157 days: 5 January 2024
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    rule = world.rule(plan="SWP", amount="500")
    world.auto_invest(f"{FRIDAY} 10:00")
    assert (world.log(rule)[0][1] == "Success") is runs


def test_exit_load_is_kept_back_from_young_lots_only(world: World) -> None:
    terms(world, exit_load_percent=1, exit_load_days=180)
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-06-01")
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    world.rule(plan="SWP", amount="1500")
    order = through(world)
    assert (order["executed_amount"], order["exit_load"]) == (Decimal("1495.00"), Decimal("5.00"))
    assert world.value("select cash_balance from clients") == Decimal("101495.00")


def test_a_switch_buys_the_target_with_what_is_left_after_load(world: World) -> None:
    terms(world, exit_load_percent=2, exit_load_days=365)
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "30")
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    world.rule(plan="STP", source_product="FUND", product="BOND", amount="500")
    order = through(world)
    assert (order["executed_units"], order["executed_amount"], order["exit_load"]) == (50, 490, 10)
    assert order["target_units"] == Decimal("16.3333")
    assert world.value("select cost from lots where product_id = 'BOND'") == Decimal("490.00")
    assert world.value("select count(*) from cash_journal") == 1


def test_a_switch_waits_until_both_navs_are_known(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-01-04", "30")
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    world.rule(plan="STP", source_product="FUND", product="BOND", amount="500")
    assert through(world)["status"] == "Submitted"
    builders.add_navs(world.connection, "BOND", FRIDAY, FRIDAY, "25")
    world.orders(f"{FRIDAY} 21:40")
    assert world.order_rows()[-1]["target_units"] == 20


def test_a_nav_that_falls_after_the_decision_redeems_what_is_held_and_no_more(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-08-01")
    builders.add_navs(world.connection, "FUND", FRIDAY, FRIDAY, "9.5")
    world.rule(plan="SWP", amount="1000")
    order = through(world)
    assert (order["executed_units"], order["executed_amount"]) == (100, 950)
    assert world.value("select units + cost from holdings") == 0


def test_several_redemptions_of_one_holding_are_booked_one_after_the_other(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-07-01")
    builders.add_lot(world.connection, "FUND", "100", "950.00", "2023-08-01")
    terms(world, exit_load_percent=1, exit_load_days=180)
    for amount in ("700", "600", "500"):
        world.rule(plan="SWP", amount=amount)
    through(world)
    found = world.rows("select amount, executed_units, exit_load from orders order by id")
    assert sum(row["executed_units"] for row in found) == 180
    assert sum(row["exit_load"] for row in found) == Decimal("8.00")
    assert lots(world) == [("2023-07-01", 0), ("2023-08-01", 20)]


def test_a_redemption_of_dust_that_is_worth_no_money_fails_and_hinders_no_other_order(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-07-01")
    world.rule(plan="SWP", amount="1000")
    other = world.rule(amount="500")
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    # A merger of the house leaves a crumb: the lot and the holding shrink together.
    world.connection.execute("update lots set units = 0.0001, units_left = 0.0001, cost = 0.01")
    world.connection.execute("update holdings set units = 0.0001, cost = 0.01")
    world.orders(f"{FRIDAY} 21:30")
    statuses = {order["order_type"]: order["status"] for order in world.order_rows()}
    assert statuses == {"Redemption": "Failed", "Purchase": "Executed"}
    assert world.log(other)[0][1] == "Success"


def test_what_live_orders_have_claimed_is_not_redeemed_again(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-07-01")
    first, second = world.rule(plan="SWP", amount="600"), world.rule(plan="SWP", amount="600", time="11:00")
    world.auto_invest(f"{FRIDAY} 10:00")
    world.orders(f"{FRIDAY} 10:01")
    world.auto_invest(f"{FRIDAY} 11:00")
    assert [world.log(rule)[0][1:] for rule in (first, second)] == [
        ("Success", None),
        ("Skipped", "insufficient_units"),
    ]


def unbookable(world: World) -> None:
    """A redemption that the house has executed while the units went elsewhere."""
    builders.add_lot(world.connection, "FUND", "100", "900.00", "2023-07-01")
    world.rule(plan="SWP", amount="600")
    world.auto_invest(f"{FRIDAY} 10:00")
    house = FakeGateway(on_look_up="execute")
    world.behind(house, house.ledger)
    world.orders(f"{FRIDAY} 10:01")
    world.connection.execute("update lots set units = 1, units_left = 1, cost = 9")
    world.connection.execute("update holdings set units = 1, cost = 9")
    world.orders(f"{FRIDAY} 10:10")


def test_a_redemption_whose_units_are_gone_is_held_for_a_person(world: World) -> None:
    unbookable(world)
    (order,) = world.order_rows()
    assert (order["status"], order["reason"], order["next_look_at"]) == ("Held", "insufficient_units", None)
    assert lots(world) == [("2023-07-01", 1)]


def test_a_client_is_not_told_that_an_order_failed_which_is_held(world: World) -> None:
    unbookable(world)
    (order,) = world.order_rows()
    told = world.rows("select event, payload from notification_logs where source_id = %s", order["id"])
    assert {row["event"]: row["payload"] for row in told} == {
        "Order Submitted": {},
        "Portfolio Alert": {"order": "Held", "reason": "insufficient_units"},
    }
