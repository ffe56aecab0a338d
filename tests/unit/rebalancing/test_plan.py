"""Plans by example: what is traded, in which mode, how far, and how it is paid for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from automation.rebalancing.plan import plan, restoring_deposit
from automation.rebalancing.portfolio import Portfolio
from automation.rebalancing.rule import Rule
from automation.rebalancing.trade import Plan
from tests.unit.rebalancing.examples import FREE, World, portfolio, position, rule, world
from tests.unit.rebalancing.executor import after

SEVENTY = portfolio(position("EQ1", 700), position("DEBT1", 300))
THREE = portfolio(position("EQ1", 690), position("DEBT1", 260), position("GOLD1", 50))


def said(made: Plan) -> list[str]:
    """The trades as text: type, product, target and money, `all` for all units, and after a bar who pays."""
    return [
        f"{each.order_type} {each.product_id}"
        + (f">{each.target_product_id}" if each.target_product_id else "")
        + f" {each.worth.normalize():f}"
        + (" all" if each.all_units else "")
        + "".join(f" | {leg}: {part.normalize():f}" for leg, part in each.funded_by)
        for each in made.trades
    ]


def skipped(made: Plan) -> list[tuple[str, str, str]]:
    return [(each.product_id, f"{each.amount.normalize():f}", each.code) for each in made.skipped]


def carried(one: Rule, held: Portfolio) -> Plan:
    """The plan, which can be carried out."""
    made = plan(one, held)
    after(World(one, held, {}), made.trades)
    return made


def test_another_house_is_paid_from_a_redemption_and_the_same_house_is_switched_into() -> None:
    assert said(carried(rule(), SEVENTY)) == ["Redemption EQ1 1000", "Purchase DEBT1 1000 | 0: 1000"]
    same = portfolio(position("EQ1", 700, amc="X"), position("DEBT1", 300, amc="X"))
    assert said(carried(rule(), same)) == ["Switch EQ1>DEBT1 1000"]


def test_the_largest_switch_is_made_first_and_the_rest_goes_through_cash() -> None:
    held = portfolio(
        position("EQ1", 400, amc="X"), position("EQ2", 400, amc="Y"), position("DEBT1", amc="X"), position("GOLD1", 200)
    )
    assert said(carried(rule("EQ 50 DEBT1 30 GOLD 20"), held)) == [
        "Switch EQ1>DEBT1 1500",
        "Redemption EQ2 1500",
        "Purchase DEBT1 1500 | 1: 1500",
    ]


@pytest.mark.parametrize("held", [
    portfolio(position("EQ1", 600), position("DEBT1", 400)),
    portfolio(position("EQ1", "600.0030"), position("DEBT1", "399.9990"), cash=5000),
    portfolio(position("EQ1", 0), position("DEBT1", 0), cash=5000),
    portfolio(),
])  # fmt: skip
def test_within_a_rounding_step_or_without_anything_nothing_is_planned(held: Portfolio) -> None:
    assert plan(rule(), held) == Plan()


def test_a_product_without_a_price_leaves_everything_as_it_is() -> None:
    made = plan(rule(), portfolio(position("EQ1", 700), position("DEBT1", 300, nav=None)))
    assert (said(made), skipped(made)) == ([], [("DEBT1", "0", "no_price")])


@pytest.mark.parametrize(("changes", "cash", "expected", "used"), [
    ({}, "500", ["Purchase DEBT1 500"], "500"),
    ({}, "5000", ["Purchase DEBT1 1666.66"], "1666.66"),
    ({"cash_buffer": Decimal(200)}, "500", ["Purchase DEBT1 300"], "300"),
    ({"rebalance_amount": Decimal(120)}, "500", ["Purchase DEBT1 120"], "120"),
    ({}, "0", [], "0"),
    ({}, "-20", [], "0"),
])  # fmt: skip
def test_buy_only_spends_the_cash_there_is_and_no_more_than_restores(
    changes: dict[str, Any], cash: str, expected: list[str], used: str
) -> None:
    made = carried(rule(mode="buy_only", **changes), SEVENTY._replace(cash=Decimal(cash)))
    assert (said(made), made.cash_used) == (expected, Decimal(used))


def test_buy_only_without_cash_says_so() -> None:
    made = plan(rule(mode="buy_only"), SEVENTY)
    assert skipped(made) == [("DEBT1", "1666.67", "insufficient_cash")]


def test_buy_only_fills_the_lowest_first() -> None:
    targets = rule("EQ 60 DEBT 30 GOLD 10", mode="buy_only")
    assert said(carried(targets, THREE._replace(cash=Decimal(300)))) == ["Purchase GOLD1 300"]
    assert said(carried(targets, THREE._replace(cash=Decimal(900)))) == ["Purchase DEBT1 400", "Purchase GOLD1 500"]


def test_buy_only_keeps_the_cash_that_is_a_target() -> None:
    held = portfolio(position("EQ1", 500), position("DEBT1", 400), cash=1000)
    assert said(carried(rule("EQ 60 DEBT 35 cash 5", mode="buy_only"), held)) == ["Purchase EQ1 500"]


def test_sell_only_goes_down_to_todays_share_and_keeps_the_money() -> None:
    made = carried(rule(mode="sell_only"), SEVENTY)
    assert (said(made), made.cash_used) == (["Redemption EQ1 1000"], Decimal(-1000))
    assert said(carried(rule(mode="sell_only", rebalance_amount=Decimal(250)), SEVENTY)) == ["Redemption EQ1 250"]


@pytest.mark.parametrize(("changes", "money"), [
    ({"threshold_percent": Decimal(5)}, "500"),
    ({"threshold_percent": Decimal(9)}, "100"),
    ({"threshold_percent": Decimal(20), "relative_band_percent": Decimal(10)}, "600"),
    ({"threshold_percent": None, "strategy": "Time-Based"}, "1000"),
    ({"strategy": "Drift-Based", "threshold_percent": Decimal(4)}, "600"),
])  # fmt: skip
def test_to_the_band_is_just_inside_of_it(changes: dict[str, Any], money: str) -> None:
    made = carried(rule(rebalance_to="band", **changes), SEVENTY)
    assert 0 <= made.trades[0].worth - Decimal(money) < Decimal("0.50")


@pytest.mark.parametrize("drift", ["5.01", "4.99"])
def test_inside_the_band_nothing_is_planned(drift: str) -> None:
    units = 600 + 10 * Decimal(drift)
    held = portfolio(position("EQ1", units), position("DEBT1", 1000 - units))
    assert bool(plan(rule(rebalance_to="band"), held).trades) is (Decimal(drift) > 5)


def test_what_a_band_brings_in_goes_to_the_others_in_proportion_to_what_they_miss() -> None:
    held = portfolio(position("EQ1", 690), position("DEBT1", 280), position("GOLD1", 30))
    made = carried(rule("EQ 60 DEBT 32 GOLD 8", rebalance_to="band"), held)
    assert [f"{each.product_id} {each.worth:.0f}" for each in made.trades] == ["EQ1 400", "DEBT1 178", "GOLD1 223"]


def test_a_cap_scales_every_leg() -> None:
    made = carried(rule("EQ 60 DEBT 30 GOLD 10", rebalance_amount=Decimal(450)), THREE)
    assert said(made) == ["Redemption EQ1 450", "Purchase DEBT1 200 | 0: 200", "Purchase GOLD1 250 | 0: 250"]
    assert skipped(made) == [("DEBT", "200", "cap"), ("GOLD", "250", "cap")]


@pytest.mark.parametrize(("cash", "expected", "used"), [
    ("0", ["Redemption EQ1 700", "Redemption DEBT1 300"], "-1000"),
    ("-500", ["Redemption EQ1 1015", "Redemption DEBT1 435"], "-1450"),
    ("2500", ["Purchase EQ1 875", "Purchase DEBT1 375"], "1250"),
])  # fmt: skip
def test_cash_that_is_a_target_is_raised_and_used(cash: str, expected: list[str], used: str) -> None:
    made = carried(rule("EQ 63 DEBT 27 cash 10"), SEVENTY._replace(cash=Decimal(cash)))
    assert (said(made), made.cash_used) == (expected, Decimal(used))


def test_cash_pays_the_first_purchases_so_that_they_can_be_made_at_once() -> None:
    held = portfolio(position("EQ1", 650), position("DEBT1", 200), position("GOLD1", 50), cash=1000)
    assert said(carried(rule("EQ 60 DEBT 29 GOLD 11 cash 0"), held)) == [
        "Redemption EQ1 500",
        "Purchase DEBT1 900",
        "Purchase GOLD1 600 | 0: 500",
    ]


def test_a_debt_is_paid_before_anything_is_bought() -> None:
    made = carried(rule(), SEVENTY._replace(cash=Decimal(-500)))
    assert said(made) == ["Redemption EQ1 1300", "Purchase DEBT1 800 | 0: 800"]
    assert made.cash_used == Decimal(-500)


def test_a_purchase_that_another_redemption_pays_waits_for_the_debt_as_well() -> None:
    held = portfolio(position("EQ1", 350), position("EQ2", 350), position("DEBT1", 300), cash=-500)
    assert said(carried(rule(), held)) == [
        "Redemption EQ1 650",
        "Redemption EQ2 650",
        "Purchase DEBT1 800 | 0: 150 | 1: 650",
    ]


def test_a_target_of_zero_is_sold_to_the_last_unit() -> None:
    held = portfolio(position("EQ1", "700.0009", nav=Decimal("10.0007")), position("DEBT1", 300))
    made = carried(rule("EQ 0 DEBT 100"), held)
    assert said(made) == ["Redemption EQ1 7000.49 all", "Purchase DEBT1 7000.49 | 0: 7000.49"]
    assert made.trades[0].amount is None


def test_all_units_are_the_last_leg_of_their_product() -> None:
    held = portfolio(position("EQ1", 700, amc="X"), position("DEBT1", 100, amc="X"), position("GOLD1", 200))
    assert said(carried(rule("EQ 0 DEBT 50 GOLD 50"), held)) == [
        "Switch EQ1>DEBT1 4000",
        "Redemption EQ1 3000 all",
        "Purchase GOLD1 3000 | 1: 3000",
    ]


def test_turnover_is_half_of_all_trades_by_what_is_held() -> None:
    assert plan(rule(), SEVENTY).turnover == Decimal("0.1000")
    assert plan(rule(mode="buy_only"), SEVENTY._replace(cash=Decimal(500))).turnover == Decimal("0.0250")


@pytest.mark.parametrize(("targets", "cash", "deposit"), [
    ("EQ 60 DEBT 40", "0", "1666.67"),
    ("EQ 70 DEBT 30", "0", "0"),
    ("EQ 50 DEBT 50", "9999", "4000"),
    ("EQ 70 DEBT 0 GOLD 30", "0", "3000"),
    ("EQ 70 DEBT 20 cash 10", "0", "5000"),
    ("EQ 70 DEBT 20 cash 10", "-100", "5100"),
])  # fmt: skip
def test_the_deposit_that_restores_the_targets_without_a_sale(targets: str, cash: str, deposit: str) -> None:
    assert restoring_deposit(rule(targets), SEVENTY._replace(cash=Decimal(cash))) == Decimal(deposit)


def test_two_hundred_products_are_planned_as_one_is() -> None:
    made = world(200, 1, FREE, {})
    trades = plan(made.rule, made.portfolio).trades
    assert len(trades) > 50
    assert plan(made.rule, after(made, trades)).trades == ()
    assert plan(rule("EQ 100"), portfolio(position("EQ1", 5))).trades == ()
