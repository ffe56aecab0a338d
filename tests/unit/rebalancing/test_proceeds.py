"""Money that redemptions brought and nothing has spent: it is bought with first, unless it is a mere remainder."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from automation.rebalancing.plan import plan
from automation.rebalancing.proceeds import planned
from tests.unit.rebalancing.examples import portfolio, position, rule
from tests.unit.rebalancing.test_plan import said

HELD = portfolio(position("EQ1", 700), position("DEBT1", 300), cash="5000")


@pytest.mark.parametrize(("unspent", "trades"), [
    ("0", ["Redemption EQ1 1000", "Purchase DEBT1 1000 | 0: 1000"]),
    ("499.99", ["Redemption EQ1 1000", "Purchase DEBT1 1000 | 0: 1000"]),
    ("500", ["Purchase DEBT1 500"]),
    ("1000", ["Purchase DEBT1 1000"]),
])  # fmt: skip
def test_half_of_what_is_to_be_bought_is_enough_to_sell_nothing(unspent: str, trades: list[str]) -> None:
    assert said(planned(rule("EQ 60 DEBT 40"), HELD, Decimal(unspent))) == trades


def test_no_more_is_bought_than_there_is() -> None:
    made = planned(rule("EQ 60 DEBT 40"), HELD, Decimal(800))
    assert made.cash_used == 800


def test_where_it_buys_nothing_the_whole_plan_stands() -> None:
    held = portfolio(position("EQ1", 700), position("DEBT1", 300, min_purchase=Decimal(900)), cash="5000")
    assert said(planned(rule("EQ 60 DEBT 40"), held, Decimal(800)))[0] == "Redemption EQ1 1000"


@pytest.mark.parametrize("changes", [{"mode": "sell_only"}, {"target_allocation": {"EQ": "60", "cash": "40"}}])
def test_where_money_is_to_stay_in_cash_none_of_it_is_left_over(changes: dict[str, Any]) -> None:
    assert planned(rule(**changes), HELD, Decimal(5000)) == plan(rule(**changes), HELD)
