"""What is traded, seen from outside: cash, modes, caps, houses, loads, locks, orders under way. The oracle adds up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from automation.engine import rebalancing_rules
from tests import builders
from tests.rebalancing_floor import ACROSS, MONTHLY, Floor

CASHED = {"target_allocation": {"EQ": "30", "DEBT": "20", "cash": "50"}}


def test_cash_counts_where_it_is_a_target(floor: Floor) -> None:
    """60,000, 40,000 and 100,000 in cash are what is asked for; at 125 EQ is 75,000 of 215,000."""
    floor.add(**CASHED, threshold_percent="2")
    assert floor.executions() == []
    floor.price("125")
    sold = [trade for trade in floor.trades() if trade[0] != "Purchase"]
    assert sold == [("Switch", "EQ", "DEBT", "3000.00"), ("Redemption", "EQ", "7500.00")]
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert (floor.states(), floor.cash()) == (["Executed"], "107500.00")


def test_too_much_cash_is_spent(floor: Floor) -> None:
    builders.deposit(floor.world.connection, "C1", "20000.00")
    floor.add(**CASHED, threshold_percent="4")
    assert sorted(floor.trades()) == [("Purchase", "DEBT", "4000.00"), ("Purchase", "EQ", "6000.00")]


def test_where_cash_is_no_target_it_is_left_alone(floor: Floor) -> None:
    floor.add()
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert floor.cash() == "100000.00"


def test_buy_only_spends_cash_and_sells_nothing(floor: Floor) -> None:
    """75,000 of EQ are 60 percent of 125,000: DEBT lacks 10,000 to 50,000."""
    floor.add(mode="buy_only")
    floor.price("125")
    assert floor.trades() == [("Purchase", "DEBT", "10000.00")]
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert (floor.states(), floor.held()) == (["Executed"], {"EQ": "600", "DEBT": "500"})
    assert floor.cash() == "90000.00"


def test_the_buffer_is_not_spent(floor: Floor) -> None:
    floor.add(mode="buy_only", cash_buffer="94000")
    floor.price("125")
    assert floor.trades() == [("Purchase", "DEBT", "6000.00")]


def test_buy_only_without_cash_does_nothing(floor: Floor) -> None:
    builders.deposit(floor.world.connection, "C1", "-100000.00")
    rule = floor.add(mode="buy_only")
    floor.price("125")
    assert (floor.executions(), floor.orders()) == ([], [])
    assert floor.last_look(rule) == "insufficient_cash"


def test_sell_only_leaves_the_money_in_cash(floor: Floor) -> None:
    """Each target of 40,000 of DEBT wants 60,000 of EQ: 15,000 are sold at most; what is too much is 6,000."""
    floor.add(mode="sell_only")
    floor.price("125")
    assert floor.trades() == [("Redemption", "EQ", "6000.00")]
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert (floor.held(), floor.cash()) == ({"EQ": "552", "DEBT": "400"}, "106000.00")


def test_it_works_without_any_cash(floor: Floor) -> None:
    builders.deposit(floor.world.connection, "C1", "-100000.00")
    floor.add(**ACROSS, threshold_percent="5")
    assert floor.trades() == [("Redemption", "EQ", "24000.00"), ("Purchase", "GOLD", "24000.00")]


def test_a_cap_is_the_most_money_that_moves(floor: Floor) -> None:
    floor.add(rebalance_amount="2500.50")
    floor.price("125")
    assert floor.trades() == [("Switch", "EQ", "DEBT", "2500.50")]


def test_to_the_band_moves_only_what_brings_it_inside(floor: Floor) -> None:
    """65 percent of 115,000 are 74,750: 250 too much, and a little more for rounding."""
    floor.world.connection.execute("update products set min_purchase = 1, min_redemption = 1")
    floor.add(to="band")
    floor.price("125")
    ((kind, source, target, amount),) = floor.trades()
    assert (kind, source, target) == ("Switch", "EQ", "DEBT")
    assert 250 < float(amount) < 252


def test_what_is_preferred_is_bought_within_its_class(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NEW", asset_class="debt", amc="Alpha")
    builders.add_navs(floor.world.connection, "NEW", "2024-01-01", "2024-01-12", "10")
    floor.add(target_allocation={"equity": "60", "debt": "40"}, preferred_products=["NEW"])
    floor.price("125")
    assert floor.trades() == [("Switch", "EQ", "NEW", "6000.00")]


def test_a_product_that_is_not_to_be_traded_is_not(floor: Floor) -> None:
    rule = floor.add(do_not_trade=["DEBT"])
    floor.price("125")
    assert floor.executions() == []
    assert floor.last_look(rule) == "do_not_trade"


def test_a_closed_product_is_not_bought(floor: Floor) -> None:
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'DEBT'")
    rule = floor.add()
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], "product_closed")


def test_a_part_below_the_minimum_is_left_out_and_listed_with_its_reason(floor: Floor) -> None:
    """Of 15 points too much in EQ DEBT lacks 10, and GOLD 5, which is below what it takes."""
    floor.world.connection.execute("update products set min_purchase = 6000 where id = 'GOLD'")
    floor.add(target_allocation={"EQ": "45", "DEBT": "50", "GOLD": "5"})
    row = floor.execution()
    assert [each["product_id"] for each in row["actions"] if each["order_type"] == "Purchase"] == []
    assert [(each["product_id"], each["code"]) for each in row["skipped_actions"]] == [("GOLD", "below_minimum")]
    floor.turn()
    floor.evening("2024-01-08")
    assert floor.states() == ["Adjusted"]


def test_within_a_house_money_is_switched_across_houses_it_is_redeemed_first(floor: Floor) -> None:
    floor.add(target_allocation={"EQ": "40", "DEBT": "50", "GOLD": "10"})
    assert floor.trades() == [
        ("Switch", "EQ", "DEBT", "10000.00"), ("Redemption", "EQ", "10000.00"), ("Purchase", "GOLD", "10000.00"),
    ]  # fmt: skip
    assert floor.execution()["actions"][2]["funded_by"] == [[1, "10000.00"]]


def test_a_purchase_waits_until_its_redemption_is_executed(floor: Floor) -> None:
    floor.add(**ACROSS)
    floor.turn()
    floor.tick("2024-01-08 20:00")
    assert [row["order_type"] for row in floor.orders()] == ["Redemption"]
    floor.evening("2024-01-08")
    assert [(row["order_type"], row["status"]) for row in floor.orders()] == [
        ("Redemption", "Executed"), ("Purchase", "Submitted")]  # fmt: skip


def test_a_purchase_spends_what_its_redemption_came_to(floor: Floor) -> None:
    """24,000 are asked for; the fund falls meanwhile, and less is held than that takes."""
    floor.add(target_allocation={"EQ": "5", "GOLD": "95"}, threshold_percent="10")
    assert floor.trades() == [("Redemption", "EQ", "57000.00"), ("Purchase", "GOLD", "57000.00")]
    floor.turn()
    floor.evening("2024-01-08", EQ="90")
    floor.evening("2024-01-09", EQ="90")
    assert [str(row["executed_amount"]) for row in floor.orders()] == ["54000.00", "54000.00"]
    assert (floor.held(), floor.cash()) == ({"DEBT": "400", "GOLD": "540"}, "100000.00")
    assert floor.states() == ["Executed"]


def test_money_in_transit_is_counted_so_that_nothing_fires_twice(floor: Floor) -> None:
    """The redemption is executed, the purchase is not: EQ is 60 percent of what is held and on its way."""
    rule = floor.add(**ACROSS)
    floor.turn()
    floor.evening("2024-01-08")
    facts = floor.preview(rule).facts
    assert {each.product_id: str(each.coming) for each in facts.portfolio.positions} == {
        "EQ": "0", "GOLD": "24000.00"}  # fmt: skip
    assert floor.last_drift() == 0


def test_units_that_a_live_order_will_take_do_not_count(floor: Floor) -> None:
    """A withdrawal of 20,000 of EQ is on its way: 40,000 to 40,000 remain."""
    withdraw(floor, "20000")
    floor.add()
    assert floor.trades() == [("Switch", "DEBT", "EQ", "8000.00")]


def test_what_a_live_order_will_bring_counts(floor: Floor) -> None:
    floor.world.rule(product="EQ", amount="25000", frequency="Daily", start_date="2024-01-08")
    floor.world.auto_invest("2024-01-08 10:00")
    floor.add()
    assert floor.trades() == [("Switch", "EQ", "DEBT", "10000.00")]


def test_units_that_a_live_order_has_claimed_are_not_sold_with_the_rest(floor: Floor) -> None:
    """All that is left of EQ goes, but not as all units: that would take what the withdrawal is to take."""
    withdraw(floor, "20000")
    floor.add(target_allocation={"EQ": "0", "DEBT": "100"})
    assert floor.trades() == [("Switch", "EQ", "DEBT", "40000.00")]
    floor.turn()
    floor.evening("2024-01-08")
    assert (floor.held(), floor.cash(), floor.states()) == ({"DEBT": "800"}, "120000.00", ["Executed"])


def withdraw(floor: Floor, amount: str) -> None:
    """An SWP has ordered a redemption of EQ that is not executed yet."""
    floor.world.rule(product="EQ", amount=amount, plan="SWP", frequency="Daily", start_date="2024-01-08")
    floor.world.auto_invest("2024-01-08 10:00")
    assert floor.world.value("select status from orders where origin = 'auto_invest'") == "Pending"


def test_all_of_a_product_goes_without_a_residue(floor: Floor) -> None:
    floor.world.connection.execute("update holdings set units = 600.1234 where product_id = 'EQ'")
    floor.world.connection.execute("update lots set units = 600.1234, units_left = 600.1234 where product_id = 'EQ'")
    floor.add(target_allocation={"EQ": "0", "DEBT": "100"})
    assert floor.trades() == [("Switch", "EQ", "DEBT", "all")]
    floor.turn()
    floor.evening("2024-01-08", EQ="101.3579")
    assert (list(floor.held()), floor.states()) == (["DEBT"], ["Executed"])


def test_exit_load_is_taken_into_account_to_the_paisa(floor: Floor) -> None:
    """Sold is x, with 60,000 - x = 60 percent of 60,000 - 1 percent of x."""
    floor.world.connection.execute(
        "update products set exit_load_percent = 1, exit_load_days = 3650, lock_in_days = 0 where id = 'EQ'"
    )
    floor.add(**ACROSS)
    sold, bought = floor.execution()["actions"]
    assert (sold["amount"], sold["load"], bought["amount"]) == ("24144.86", "241.45", "23903.41")
    floor.turn()
    floor.evening("2024-01-08")
    floor.evening("2024-01-09")
    assert (floor.states(), floor.cash()) == (["Executed"], "100000.00")
    assert floor.last_drift() <= 0.01


@pytest.mark.parametrize(("acquired", "sells"), [("2021-01-04", True), ("2021-01-20", False)])
def test_locked_units_are_untouchable(floor: Floor, acquired: str, sells: bool) -> None:
    """Three years after its allotment a lot is free: on 8 January 2024 that of the 4th is, that of the 20th is not."""
    floor.world.connection.execute("update products set lock_in_days = 1095 where id = 'EQ'")
    floor.world.connection.execute(
        "update lots set acquired_on = %s where product_id = 'EQ'", (date.fromisoformat(acquired),)
    )
    rule = floor.add()
    floor.price("125")
    assert bool(floor.executions()) == sells
    assert floor.last_look(rule) == (None if sells else "locked_in")


def test_of_several_lots_the_free_ones_are_sold(floor: Floor) -> None:
    floor.world.connection.execute("update products set lock_in_days = 1095 where id = 'EQ'")
    floor.world.connection.execute("update lots set acquired_on = '2023-12-01' where product_id = 'EQ'")
    builders.add_lot(floor.world.connection, "EQ", "20", "1000.00", "2020-01-06")
    floor.add(threshold_percent="0.5")
    assert floor.execution()["actions"][0]["amount"] == "800.00"


def test_tax_aware_says_what_waiting_would_save(floor: Floor) -> None:
    floor.world.connection.execute("update products set exit_load_percent = 1, exit_load_days = 600 where id = 'EQ'")
    rule = floor.add(tax_aware=True, threshold_percent="50")
    floor.price("125")
    plan: Any = floor.preview(rule).decision.plan
    (saving,) = plan.savings
    assert (saving.product_id, saving.days > 0, saving.load > 0) == ("EQ", True, True)


def test_an_order_for_a_closed_day_waits_for_the_next(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    builders.add_holidays(floor.world.connection, "2024-01-09")
    floor.world.restart()
    floor.publish("125", "2024-01-08")
    floor.world.clock.instant = builders.at("2024-01-09 12:00")
    floor.by_hand(rule)
    assert [str(row["trade_date"]) for row in floor.orders()] == ["2024-01-10"]
    rebalancing_rules.cancel(floor.world.runtime, rule, "done", by="test")


def test_what_is_left_of_a_product_is_sold_after_the_part_that_is_switched(floor: Floor) -> None:
    floor.add(target_allocation={"EQ": "0", "DEBT": "70", "GOLD": "30"})
    switched, sold, *_ = floor.orders()
    assert (switched["order_type"], sold["order_type"], sold["all_units"]) == ("Switch", "Redemption", True)
    assert switched["id"] < sold["id"]
    for day in ("2024-01-08", "2024-01-09"):
        floor.evening(day)
    assert {row["status"] for row in floor.orders() if row["product_id"] == "EQ"} == {"Executed"}
    assert floor.states() == ["Executing"]


def test_what_is_unlocked_between_order_and_fill_is_not_sold_with_the_rest(floor: Floor) -> None:
    """The order of the evening is filled on the 9th, on which 500 more units are free."""
    connection = floor.world.connection
    connection.execute("update products set lock_in_days = 30 where id = 'EQ'")
    connection.execute(
        "update lots set acquired_on = '2023-12-10', units = 500, units_left = 500 where product_id = 'EQ'"
    )
    connection.execute("update holdings set units = 500 where product_id = 'EQ'")
    builders.add_lot(connection, "EQ", "100", "10000.00", "2022-06-01")
    floor.add(target_allocation={"EQ": "20", "DEBT": "80"}, cooldown_days=30)
    assert floor.trades() == [("Switch", "EQ", "DEBT", "10000.00")]
    floor.world.orders("2024-01-08 16:00")
    floor.evening("2024-01-09")
    assert floor.held()["EQ"] == "500"
