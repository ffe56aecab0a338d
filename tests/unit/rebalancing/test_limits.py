"""Plans by example: what minimums, locks, loads and closed products make of a plan, and what is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from automation.rebalancing.plan import plan
from automation.rebalancing.trade import Saving
from tests.unit.rebalancing.examples import Limits, lot, portfolio, position, rule, world
from tests.unit.rebalancing.executor import after
from tests.unit.rebalancing.test_plan import SEVENTY, carried, said, skipped

LOCKED = (lot(100), lot(600, age=100, lock=1095))


def test_locked_units_are_not_sold_and_the_purchases_shrink() -> None:
    made = carried(rule("EQ 40 DEBT 60"), portfolio(position("EQ1", lots=LOCKED), position("DEBT1", 300)))
    assert said(made) == ["Redemption EQ1 1000", "Purchase DEBT1 1000 | 0: 1000"]
    assert skipped(made) == [("EQ1", "2000", "locked_in")]


def test_what_a_product_cant_give_others_of_its_class_give() -> None:
    held = portfolio(position("EQ1", lots=LOCKED), position("EQ2", 300), position("DEBT1", 500))
    made = carried(rule("EQ 40 DEBT 60"), held)
    assert said(made) == [
        "Redemption EQ1 1000",
        "Redemption EQ2 3000 all",
        "Purchase DEBT1 4000 | 0: 1000 | 1: 3000",
    ]


def test_units_that_a_live_order_takes_are_not_sold_and_the_rest_not_as_all_units() -> None:
    held = portfolio(position("EQ1", 700)._replace(units=Decimal(500)), position("DEBT1", 500))
    made = plan(rule("EQ 0 DEBT 100"), held)
    assert said(made) == ["Redemption EQ1 5000", "Purchase DEBT1 5000 | 0: 5000"]


@pytest.mark.parametrize("problem", ["stale_price", "suspect_price"])
def test_what_has_no_price_to_trust_is_not_bought_and_nothing_is_sold_for_it(problem: str) -> None:
    made = plan(rule("EQ1 50 GOLD1 50"), portfolio(position("EQ1", 1000), position("GOLD1", 0, price_problem=problem)))
    assert (made.trades, skipped(made)) == ((), [("GOLD1", "5000", problem)])


def test_a_product_whose_class_is_called_cash_does_not_count_as_cash() -> None:
    held = portfolio(position("EQ1", 600), position("LIQ1", 400, asset_class="cash"), cash="4000")
    assert plan(rule("EQ 60 cash 40"), held).trades == ()


@pytest.mark.parametrize(("changes", "equity", "debt", "left"), [
    ({"do_not_trade": ["EQ1"]}, {}, {}, ("EQ1", "1000", "do_not_trade")),
    ({"do_not_trade": ["DEBT1"]}, {}, {}, ("DEBT1", "1000", "do_not_trade")),
    ({}, {"status": "Suspended"}, {}, ("EQ1", "1000", "product_closed")),
    ({}, {}, {"status": "Merged"}, ("DEBT1", "1000", "product_closed")),
    ({}, {}, {"open": False}, ("DEBT1", "1000", "product_closed")),
    ({}, {}, {"min_purchase": Decimal(1001)}, ("DEBT1", "1000", "below_minimum")),
    ({}, {}, {"multiple": Decimal(1001)}, ("DEBT1", "1000", "below_minimum")),
    ({}, {"min_redemption": Decimal(1001)}, {}, ("EQ1", "1000", "below_minimum")),
])  # fmt: skip
def test_where_one_side_cant_trade_nothing_is_traded(
    changes: dict[str, Any], equity: dict[str, Any], debt: dict[str, Any], left: tuple[str, str, str]
) -> None:
    made = plan(rule(**changes), portfolio(position("EQ1", 700, **equity), position("DEBT1", 300, **debt)))
    assert said(made) == []
    assert left in skipped(made)


def test_a_product_that_is_closed_for_subscription_may_be_sold() -> None:
    held = portfolio(position("EQ1", 700, open=False), position("DEBT1", 300))
    assert said(carried(rule(), held)) == ["Redemption EQ1 1000", "Purchase DEBT1 1000 | 0: 1000"]


def test_a_class_of_which_nothing_is_held_needs_a_preferred_product() -> None:
    held = portfolio(position("EQ1", 700), position("DEBT1"), position("DEBT2"))
    assert skipped(plan(rule(), held)) == [("DEBT", "2800", "no_product")]
    assert said(carried(rule(preferred_products=["DEBT2"]), held)) == [
        "Redemption EQ1 2800",
        "Purchase DEBT2 2800 | 0: 2800",
    ]


def test_a_product_that_is_itself_the_target_can_be_bought_new() -> None:
    made = carried(rule("EQ 60 DEBT1 40"), portfolio(position("EQ1", 700), position("DEBT1")))
    assert said(made)[1] == "Purchase DEBT1 2800 | 0: 2800"


def test_preferred_products_are_bought_in_their_order_the_first_that_can_be() -> None:
    held = portfolio(
        position("EQ1", 700),
        position("DEBT1", 300),
        position("DEBT2", open=False),
        position("DEBT3"),
        position("DEBT4"),
    )
    preferring = rule(preferred_products=["DEBT2", "DEBT4", "DEBT3"])
    assert said(carried(preferring, held))[1:] == ["Purchase DEBT4 1000 | 0: 1000"]


def test_a_class_is_sold_and_bought_in_proportion_to_what_is_held() -> None:
    held = portfolio(position("EQ1", 525), position("EQ2", 175), position("DEBT1", 100), position("DEBT2", 200))
    assert said(carried(rule(), held)) == [
        "Redemption EQ1 750",
        "Redemption EQ2 250",
        "Purchase DEBT1 333.33 | 0: 333.33",
        "Purchase DEBT2 666.67 | 0: 416.67 | 1: 250",
    ]


def test_parts_below_a_minimum_are_merged_into_others_of_their_class() -> None:
    held = portfolio(
        position("EQ1", 525, min_redemption=Decimal(300)),
        position("EQ2", 175, min_redemption=Decimal(300)),
        position("DEBT1", 100, min_purchase=Decimal(500)),
        position("DEBT2", 200, min_purchase=Decimal(500)),
    )
    assert said(carried(rule(), held)) == ["Redemption EQ1 1000", "Purchase DEBT2 1000 | 0: 1000"]


def test_a_small_holding_may_be_sold_whole_below_its_minimum() -> None:
    held = portfolio(position("EQ1", 20, min_redemption=Decimal(1000)), position("DEBT1", 300))
    assert said(carried(rule("EQ 0 DEBT 100"), held))[0] == "Redemption EQ1 200 all"


def test_sales_shrink_to_what_multiples_let_be_bought() -> None:
    held = portfolio(position("EQ1", 700), position("DEBT1", "300.777", multiple=Decimal(100)))
    made = carried(rule(), held)
    assert said(made) == ["Redemption EQ1 900", "Purchase DEBT1 900 | 0: 900"]
    assert made.cash_used == 0


def test_what_a_sale_of_all_units_pays_beyond_a_multiple_stays_in_cash() -> None:
    held = portfolio(position("EQ1", "70.777"), position("DEBT1", 300, multiple=Decimal(100)))
    made = carried(rule("EQ 0 DEBT 100"), held)
    assert said(made) == ["Redemption EQ1 707.77 all", "Purchase DEBT1 700 | 0: 700"]
    assert made.cash_used == Decimal("-7.77")


def test_a_switch_leaves_nothing_behind_that_is_too_small_to_be_traded() -> None:
    held = portfolio(
        position("EQ1", 525, amc="X"),
        position("EQ2", 75, amc="Y", min_redemption=Decimal(100)),
        position("DEBT1", 200, amc="X", min_purchase=Decimal(500)),
    )
    assert said(carried(rule("EQ 60 DEBT 40"), held)) == [
        "Switch EQ1>DEBT1 699.9",
        "Redemption EQ1 350.1",
        "Redemption EQ2 150",
        "Purchase DEBT1 500.1 | 1: 350.1 | 2: 150",
    ]


def test_exit_load_is_taken_from_what_is_bought_and_the_weights_come_right() -> None:
    held = portfolio(position("EQ1", lots=(lot(700, age=10, load_days=365),)), position("DEBT1", 300))
    made = carried(rule(), held)
    assert said(made) == ["Redemption EQ1 1006.03", "Purchase DEBT1 995.96 | 0: 995.96"]
    assert made.trades[0].load == Decimal("10.07")


def test_tax_aware_sells_first_what_is_free_of_load_then_what_is_long_held() -> None:
    held = portfolio(
        position("EQ1", lots=(lot(350, age=100, load_days=365),)),
        position("EQ2", lots=(lot(60, age=400), lot(290, age=30))),
        position("DEBT1", 300),
    )
    assert said(carried(rule(tax_aware=True), held))[:1] == ["Redemption EQ2 1000"]
    assert [each.product_id for each in plan(rule(), held).trades] == ["EQ1", "EQ2", "DEBT1"]


def test_tax_aware_says_what_waiting_would_save() -> None:
    lots = (lot(50, age=300, load_days=365), lot(650, age=100, load_days=365))
    made = carried(rule(tax_aware=True), portfolio(position("EQ1", lots=lots), position("DEBT1", 300)))
    assert made.savings == (Saving("EQ1", 66, Decimal("5.00")), Saving("EQ1", 266, Decimal("10.06")))


def test_a_purchase_that_would_buy_no_unit_is_none() -> None:
    held = portfolio(position("EQ1", 6), position("DEBT1", "0.0001", nav=Decimal(390_000)))
    assert plan(rule("EQ 60 DEBT 40"), held).trades == ()


def test_money_on_its_way_into_a_product_is_not_bought_again() -> None:
    held = portfolio(position("EQ1", 600), position("DEBT1", 300, coming=Decimal(1000)))
    assert plan(rule(), held).trades == ()


def test_what_no_target_covers_is_left_alone() -> None:
    held = SEVENTY._replace(positions=(*SEVENTY.positions, position("GOLD1", 999)))
    assert said(carried(rule(), held)) == said(plan(rule(), SEVENTY))


def test_what_is_free_beside_locked_units_is_sold_only_if_it_is_no_less_than_a_sale_may_be() -> None:
    held = portfolio(position("EQ1", lots=LOCKED, min_redemption=Decimal("1000.01")), position("DEBT1", 300))
    made = carried(rule("EQ 40 DEBT 60"), held)
    assert (said(made), skipped(made)) == ([], [("EQ1", "3000", "locked_in")])


def test_a_paisa_of_debt_that_no_sale_pays_exactly_is_no_trade() -> None:
    """No sale of what costs load pays what is left of this debt to the paisa, and GOLD can't be bought."""
    owing = world(5, 20340, Limits(minimums=True, locks=True, loads=True, closed=True, debt=True), {})
    left = after(owing, plan(owing.rule, owing.portfolio).trades)
    assert (left.cash, plan(owing.rule, left).trades) == (Decimal("-0.01"), ())


def test_what_is_sold_to_the_last_unit_is_not_kept_in_part_for_less_than_a_rounding_step() -> None:
    """What a switch of DEBT3 has bought leaves 62 paise over, and cash is a target."""
    held = world(5, 539, Limits(minimums=True, loads=True), {})
    made = plan(held.rule, held.portfolio)
    sold = {each.product_id: each.all_units for each in made.trades if each.order_type == "Redemption"}
    assert sold == {"GOLD0": True, "GOLD4": True}
