"""How much is ordered: what was asked, or what there is of it, or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.triggers.facts import Facts
from automation.triggers.size import Size, sized
from automation.triggers.trigger import Trigger
from tests.unit.triggers.examples import facts, quote, seller, switcher, trigger

quick = settings(derandomize=True, deadline=None, max_examples=300)
amounts = st.decimals(Decimal("0.01"), 20_000, places=2)
holdings = st.decimals(Decimal(0), 3_000, places=4)
policies = st.sampled_from(["reduce", "reject"])


def worth(**changes: Any) -> Trigger:
    return seller(all_units=False, amount=Decimal(changes.pop("amount")), **changes)


def counted(units: str, **changes: Any) -> Trigger:
    return seller(all_units=False, units=Decimal(units), **changes)


def result(size: Size) -> tuple[str | None, str | None, bool, str | None]:
    """(amount, units, all, reason) as text."""
    amount, units = (None if part is None else f"{part.normalize():f}" for part in (size.amount, size.units))
    return amount, units, size.all_units, size.reason


@pytest.mark.parametrize(("cash", "policy", "expected"), [
    ("10000.00", "reduce", ("10000", None, False, None)),
    ("10000.00", "reject", ("10000", None, False, None)),
    ("9999.99", "reduce", ("9999.99", None, False, None)),
    ("9999.99", "reject", (None, None, False, "insufficient_cash")),
    ("500.00", "reduce", ("500", None, False, None)),
    ("499.99", "reduce", (None, None, False, "insufficient_cash")),
    ("-3.00", "reduce", (None, None, False, "insufficient_cash")),
])  # fmt: skip
def test_a_purchase_takes_what_cash_there_is_or_is_refused(cash: str, policy: str, expected: object) -> None:
    assert result(sized(trigger(on_shortfall=policy), facts(cash=Decimal(cash)))) == expected


@pytest.mark.parametrize(("multiple", "expected"), [("300.00", "9900"), ("1000.00", "10000"), ("0.01", "10000")])
def test_a_purchase_is_rounded_down_to_the_products_multiple(multiple: str, expected: str) -> None:
    size = sized(trigger(), facts(quotes=(quote(multiple=Decimal(multiple)),)))
    assert result(size)[0] == expected


def test_a_purchase_whose_multiple_leaves_too_little_is_below_the_minimum_and_not_out_of_cash() -> None:
    size = sized(trigger(amount=Decimal(600)), facts(quotes=(quote(multiple=Decimal(700)),)))
    assert size.reason == "below_minimum"


@pytest.mark.parametrize(("one", "expected"), [
    (worth(amount="4000"), ("4000", None, False, None)),
    (worth(amount="10000"), ("10000", None, False, None)),
    (worth(amount="10000.01"), ("10000", None, False, None)),
    (worth(amount="10000.01", on_shortfall="reject"), (None, None, False, "insufficient_units")),
    (counted("1000"), (None, "1000", False, None)),
    (counted("1000.0001"), (None, "1000", False, None)),
    (counted("1000.0001", on_shortfall="reject"), (None, None, False, "insufficient_units")),
    (seller(), (None, None, True, None)),
    (seller(on_shortfall="reject"), (None, None, True, None)),
])  # fmt: skip
def test_a_redemption_of_a_thousand_units_at_ten_is_capped_to_them(one: Trigger, expected: object) -> None:
    assert result(sized(one, facts())) == expected


@pytest.mark.parametrize("one", [worth(amount="1"), counted("1"), seller(), switcher()])
@pytest.mark.parametrize("free", [{"units": Decimal(0)}, {"claimed": Decimal(10_000)}, {"claimed": Decimal(99_999)}])
def test_where_all_is_locked_or_claimed_nothing_is_ordered(one: Trigger, free: dict[str, Any]) -> None:
    known = facts(**free, quotes=(quote(), quote(product_id="OTHER")))
    assert sized(one, known).reason == "insufficient_units"


def test_what_live_orders_by_amount_have_claimed_is_not_ordered_again() -> None:
    known = facts(claimed=Decimal("4000.00"))
    assert result(sized(worth(amount="9000"), known))[0] == "6000"
    assert result(sized(counted("900"), known))[1] == "600"


@pytest.mark.parametrize(("one", "reason"), [
    (worth(amount="99.99"), "below_minimum"),
    (worth(amount="100.00"), None),
    (counted("9.9999"), "below_minimum"),
    (counted("10"), None),
])  # fmt: skip
def test_less_than_the_smallest_redemption_is_refused(one: Trigger, reason: str | None) -> None:
    assert sized(one, facts()).reason == reason


@pytest.mark.parametrize("one", [worth(amount="5000"), counted("500"), seller()])
def test_the_rest_of_a_holding_may_be_redeemed_however_small(one: Trigger) -> None:
    assert sized(one, facts(units=Decimal(2))).reason is None


@pytest.mark.parametrize("units", ["49.9999", "50"])
def test_a_switch_brings_at_least_what_its_target_takes(units: str) -> None:
    known = facts(quotes=(quote(), quote(product_id="OTHER")), units=Decimal(units))
    assert sized(switcher(), known).reason == (None if units == "50" else "below_minimum")


@quick
@given(amounts, st.decimals(-100, 20_000, places=2), policies, st.sampled_from(["0.01", "1.00", "100.00", "333.33"]))
def test_a_purchase_is_a_multiple_within_what_was_asked_the_cash_and_the_minimum(
    amount: Decimal, cash: Decimal, policy: str, multiple: str
) -> None:
    known = facts(cash=cash, quotes=(quote(multiple=Decimal(multiple)),))
    size = sized(trigger(amount=amount, on_shortfall=policy), known)
    if size.reason is None:
        assert size.amount is not None
        assert Decimal(500) <= size.amount <= min(amount, cash)
        assert size.amount % Decimal(multiple) == 0
        assert min(amount, cash) - size.amount < Decimal(multiple)
        assert policy == "reduce" or cash >= amount
    else:
        assert size.amount is None


@quick
@given(amounts, holdings, st.decimals(0, 5000, places=2), st.decimals(Decimal("0.0001"), 5000, places=4), policies)
def test_nothing_beyond_what_is_free_is_ever_sold(
    amount: Decimal, units: Decimal, claimed: Decimal, nav: Decimal, policy: str
) -> None:
    known = facts(units=units, claimed=claimed, quotes=(quote(nav=nav),))
    free = units * nav - claimed
    for one in (worth(amount=amount, on_shortfall=policy), counted(str(amount), on_shortfall=policy)):
        size = sized(one, known)
        assert size.reason in (None, "insufficient_units", "below_minimum")
        if size.reason is None:
            assert 0 < (size.units or 0) * nav + (size.amount or 0) <= free
            assert (size.amount or size.units or 0) <= amount


def test_units_and_money_are_ordered_in_their_own_decimals() -> None:
    known: Facts = facts(units=Decimal("33.3333"), quotes=(quote(nav=Decimal("33.3333")),), claimed=Decimal("0.01"))
    by_amount, by_units = sized(worth(amount="9999"), known), sized(counted("9999"), known)
    assert by_amount.amount == by_amount.worth == Decimal("1111.09")
    assert by_units.units == Decimal("33.3327")
