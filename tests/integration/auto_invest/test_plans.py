"""SIP, STP and SWP from the decision to cash and units; baskets; limits that trim and complete."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests import builders
from tests.builders import World

HALVES = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]


def through(world: World, day: str) -> None:
    """A day: decided at ten, submitted, and executed when the NAV is known."""
    world.auto_invest(f"{day} 10:00")
    world.orders(f"{day} 10:01")
    world.orders(f"{day} 21:30")


def add_bond(world: World, **terms: object) -> None:
    builders.add_product(world.connection, "BOND", **terms)
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")


def units(world: World, product: str) -> Decimal:
    return Decimal(world.value("select coalesce(sum(units), 0) from holdings where product_id = %s", product))


def cash(world: World) -> Decimal:
    return Decimal(world.value("select cash_balance from clients where id = 'C1'"))


def test_a_sip_turns_cash_into_units(world: World) -> None:
    rule = world.rule()
    through(world, "2024-01-05")
    assert (cash(world), units(world, "FUND")) == (Decimal("90000.00"), Decimal("1000.0000"))
    assert [order["status"] for order in world.order_rows(rule)] == ["Executed"]


def test_an_stp_turns_units_of_one_into_units_of_the_other_and_touches_no_cash(world: World) -> None:
    add_bond(world)
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    rule = world.rule(plan="STP", source_product="FUND", product="BOND")
    through(world, "2024-01-05")
    (order,) = world.order_rows(rule)
    assert (order["order_type"], order["product_id"], order["target_product_id"]) == ("Switch", "FUND", "BOND")
    assert units(world, "FUND") == 4000
    assert units(world, "BOND") == 500
    assert cash(world) == Decimal("100000.00")
    assert world.value("select cost from holdings where product_id = 'FUND'") == Decimal("32000.00")


def test_an_swp_turns_units_into_cash(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    rule = world.rule(plan="SWP", amount="2500.50")
    through(world, "2024-01-05")
    (order,) = world.order_rows(rule)
    assert (order["order_type"], order["executed_amount"]) == ("Redemption", Decimal("2500.50"))
    assert (units(world, "FUND"), cash(world)) == (Decimal("4749.9500"), Decimal("102500.50"))


@pytest.mark.parametrize("plan", ["STP", "SWP"])
def test_a_plan_that_redeems_stops_where_the_units_end_and_takes_the_rest_if_it_may(world: World, plan: str) -> None:
    add_bond(world)
    builders.add_lot(world.connection, "FUND", "150", "1500.00", "2023-06-01")
    source = {"source_product": "FUND", "product": "BOND"} if plan == "STP" else {"product": "FUND"}
    rule = world.rule(plan=plan, amount="1000", cash_policy="partial", **source)
    for day in ("2024-01-05", "2024-02-05", "2024-03-05"):
        through(world, day)
    assert [(status, reason) for _, status, reason in world.log(rule)] == [
        ("Success", None),
        ("Success", None),
        ("Skipped", "insufficient_units"),
    ]
    assert [order["executed_amount"] for order in world.order_rows(rule)] == [1000, 500]
    assert units(world, "FUND") == 0


def test_two_plans_that_redeem_the_same_units_do_not_count_on_them_twice(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "150", "1500.00", "2023-06-01")
    first, second = (world.rule(plan="SWP", amount="1000") for _ in range(2))
    world.auto_invest("2024-01-05 10:00")
    logs = sorted((world.log(rule)[0][1:] for rule in (first, second)), key=str)
    assert logs == [("Skipped", "insufficient_units"), ("Success", None)]


def test_two_rules_do_not_spend_the_same_cash_in_one_tick_nor_in_the_next(world: World) -> None:
    first, second = (world.rule(amount="60000", cash_policy="partial") for _ in range(2))
    third = world.rule(amount="500", time="11:00")
    world.auto_invest("2024-01-05 10:00")
    world.auto_invest("2024-01-05 11:00")
    assert sorted(world.value("select array_agg(amount) from orders")) == [40000, 60000]
    assert {world.log(rule)[0][1] for rule in (first, second)} == {"Success"}
    assert world.log(third) == [("2024-01-05 11:00", "Skipped", "insufficient_cash")]


def test_a_basket_buys_its_parts_and_they_sum_to_the_paisa(world: World) -> None:
    add_bond(world)
    rule = world.rule(product=..., allocations=HALVES, amount="9999.99")
    through(world, "2024-01-05")
    assert [(order["product_id"], order["amount"]) for order in world.order_rows(rule)] in (
        [("FUND", Decimal("5999.99")), ("BOND", Decimal("4000.00"))],
        [("BOND", Decimal("4000.00")), ("FUND", Decimal("5999.99"))],
    )
    assert cash(world) == Decimal("90000.01")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("update products set open_for_subscription = false where id = 'BOND'", "product_closed"),
        ("update products set status = 'Merged' where id = 'BOND'", "product_closed"),
        ("delete from navs where product_id = 'BOND'", "nav_missing"),
        ("delete from navs where product_id = 'BOND' and date > '2023-12-10'", "nav_stale"),
        ("update products set min_purchase = 4000.01 where id = 'BOND'", "below_minimum"),
    ],
)
def test_a_basket_runs_without_the_leg_that_is_not_available_and_records_why(
    world: World, spoil: str, reason: str
) -> None:
    add_bond(world)
    rule = world.rule(product=..., allocations=HALVES)
    world.connection.execute(spoil.encode())
    through(world, "2024-01-05")
    assert [(order["product_id"], order["amount"]) for order in world.order_rows(rule)] == [("FUND", 6000)]
    parts = world.value("select details -> 'decision' -> 'parts' from automation_execution_logs")
    assert [part.get("left_out") for part in parts] == [None, reason]
    assert world.value("select amount from automation_execution_logs") == 6000


def test_a_basket_rests_where_any_of_its_products_is_closed_for_the_day(world: World) -> None:
    add_bond(world, calendar="BONDS")
    builders.add_holidays(world.connection, "2024-01-05", calendar="BONDS")
    rule = world.rule(product=..., allocations=HALVES)
    world.auto_invest("2024-01-05 10:00")
    assert world.log(rule) == []
    world.auto_invest("2024-01-08 10:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]


def months(world: World, *numbers: int) -> None:
    for month in numbers:
        world.auto_invest(f"2024-{month:02}-06 10:00")


def test_the_last_instalment_completes_the_rule(world: World) -> None:
    rule = world.rule(instalments=2, amount="500", day_of_month=6, roll="preceding")
    months(world, 1, 2, 3, 4)
    assert len(world.log(rule)) == 2
    state = world.state(rule)
    assert (state["status"], state["status_reason"], state["execution_count"]) == ("Completed", "instalments_done", 2)
    assert (state["next_occurrence"], state["next_run_at"]) == (None, None)


def test_a_skipped_occurrence_is_no_instalment(world: World) -> None:
    rule = world.rule(instalments=2, amount="500", day_of_month=6, roll="skip")
    months(world, 1, 2, 3, 4)
    assert [status for _, status, _ in world.log(rule)] == ["Skipped", "Success", "Success"]


def test_the_total_trims_the_last_instalment_and_completes_the_rule(world: World) -> None:
    rule = world.rule(amount="10000", max_total_amount="25000", day_of_month=6, roll="preceding")
    months(world, 1, 2, 3, 4)
    assert [order["amount"] for order in world.order_rows(rule)] == [10000, 10000, 5000]
    state = world.state(rule)
    assert (state["status"], state["status_reason"]) == ("Completed", "max_total_reached")


def test_what_is_left_of_the_total_below_the_minimum_completes_the_rule_with_a_record(world: World) -> None:
    rule = world.rule(amount="10000", max_total_amount="10499.99", day_of_month=6, roll="preceding")
    months(world, 1, 2, 3)
    assert world.log(rule)[1:] == [("2024-02-06 10:00", "Skipped", "max_total_reached")]
    assert world.state(rule)["status"] == "Completed"


def test_the_end_date_completes_the_rule_with_its_last_occurrence(world: World) -> None:
    rule = world.rule(end_date="2024-03-05")
    for day in ("2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05"):
        world.auto_invest(f"{day} 10:00")
    assert len(world.log(rule)) == 3
    assert world.state(rule)["status_reason"] == "ended"


def test_a_last_occurrence_that_is_rolled_beyond_the_end_date_still_runs(world: World) -> None:
    rule = world.rule(day_of_month=6, end_date="2024-01-07")
    world.auto_invest("2024-01-08 10:00")
    assert world.log(rule) == [("2024-01-06 10:00", "Success", None)]
    assert world.state(rule)["status"] == "Completed"


def test_instalments_step_up_with_the_anniversary_of_the_first(world: World) -> None:
    builders.add_navs(world.connection, "FUND", "2025-04-01", "2026-12-31", "10")
    step = {"percent": "10", "every_months": 12, "cap": "1150"}
    rule = world.rule(amount="1000", frequency="Half-Yearly", step_up=step)
    for day in ("2024-01-05", "2024-07-05", "2025-01-06", "2025-07-07", "2026-01-05"):
        world.auto_invest(f"{day} 10:00")
    assert [order["amount"] for order in world.order_rows(rule)] == [1000, 1000, 1100, 1100, 1150]


def test_the_cap_the_floor_and_the_multiple_hold_together(world: World) -> None:
    world.connection.execute("update products set purchase_multiple = 1000 where id = 'FUND'")
    rule = world.rule(amount="80000", max_per_execution="70500", min_balance_required="45500", cash_policy="partial")
    world.auto_invest("2024-01-05 10:00")
    assert [order["amount"] for order in world.order_rows(rule)] == [54000]
