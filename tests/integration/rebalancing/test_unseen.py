"""A proposal is carried out only as the person who confirms it has seen it, give or take one percent."""

from __future__ import annotations

import pytest

from automation.engine import rebalancing_edits
from automation.engine.rebalancing_confirm import NewPlan
from tests import builders
from tests.rebalancing_floor import ASKS, MONDAY, Floor


def again(floor: Floor, shown: str) -> None:
    """It is planned anew and asked about; as that it may be confirmed."""
    before = floor.trades()
    floor.refused(shown)
    assert (floor.states(), floor.orders()) == (["Pending"], [])
    assert floor.trades() != before
    floor.confirm(shown)
    assert floor.states() == ["Executing"]


def test_other_targets_are_another_plan(floor: Floor) -> None:
    rule = floor.add(**ASKS)
    floor.price("125")
    rebalancing_edits.edit(floor.world.runtime, rule, {"target_allocation": {"EQ": "55", "DEBT": "45"}}, by="test")
    again(floor, floor.shown())


def test_more_that_is_held_is_another_plan(floor: Floor) -> None:
    shown = floor.proposed()
    builders.add_lot(floor.world.connection, "EQ", "100", "8000.00", "2022-06-01")
    again(floor, shown)


def test_less_cash_to_spend_is_another_plan(floor: Floor) -> None:
    shown = floor.proposed(mode="buy_only")
    builders.deposit(floor.world.connection, "C1", "-99000")
    again(floor, shown)


def test_holdings_that_change_a_trade_by_less_than_a_percent_are_the_same_plan(floor: Floor) -> None:
    shown = floor.proposed()
    builders.add_lot(floor.world.connection, "EQ", "1", "80.00", "2022-06-01")
    floor.confirm(shown)
    assert [str(order["amount"]) for order in floor.orders()] == ["6050.00"]


def test_a_product_that_has_no_price_and_is_not_traded_does_not_count(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NFO", asset_class="debt", amc="Alpha")
    shown = floor.proposed(target_allocation={"equity": "60", "debt": "40"}, preferred_products=["NFO"])
    floor.confirm(shown)
    assert floor.trades() == [("Switch", "EQ", "DEBT", "6000.00")]


def test_a_product_that_gets_its_first_price_and_is_bought_instead_is_another_plan(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NFO", asset_class="debt", amc="Alpha")
    shown = floor.proposed(target_allocation={"equity": "60", "debt": "40"}, preferred_products=["NFO"])
    floor.publish("10", MONDAY, "NFO")
    with pytest.raises(NewPlan) as new:
        floor.confirm(shown)
    assert [trade["target_product_id"] for trade in new.value.plan["trades"]] == ["NFO"]
