"""Redeeming from lots: oldest unlocked first, exit load lot by lot, never more than is asked or held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.portfolio.lots import Lot, left_after, redeem
from tests.unit.portfolio.examples import TODAY, holdings, lot

quick = settings(derandomize=True, deadline=None, max_examples=200)
navs = st.decimals(Decimal("0.0001"), 3000, places=4)
TEN = Decimal("10.0000")


def free_units(lots: Sequence[Lot]) -> Decimal:
    return sum((each.units_left for each in lots if each.free_from <= TODAY), Decimal(0))


def test_the_oldest_units_go_first() -> None:
    out = redeem([lot(1, "30", age=500), lot(2, "30", age=400), lot(3, "30", age=300)], TEN, TODAY, units=Decimal(45))
    assert out is not None
    assert [(piece.lot.id.int, piece.units) for piece in out.slices] == [(1, Decimal(30)), (2, Decimal(15))]


def test_a_locked_lot_is_passed_over_until_its_day() -> None:
    held = [lot(1, "30", age=500, lock_days=1095), lot(2, "30", age=400)]
    now = redeem(held, TEN, TODAY)
    assert now is not None
    assert [piece.lot.id.int for piece in now.slices] == [2]
    day = held[0].free_from
    assert redeem(held[:1], TEN, day - timedelta(days=1)) is None
    later = redeem(held[:1], TEN, day)
    assert later is not None
    assert later.units == 30


def test_exit_load_falls_on_young_lots_only() -> None:
    out = redeem([lot(1, "100", age=366, load_days=365), lot(2, "100", age=10, load_days=365)], TEN, TODAY)
    assert out is not None
    assert [piece.load for piece in out.slices] == [Decimal(0), Decimal(10)]
    assert (out.gross, out.load, out.net) == (Decimal("2000.00"), Decimal("10.00"), Decimal("1990.00"))


def test_the_last_day_of_the_load_period_is_loaded_and_the_next_is_free() -> None:
    held = [lot(1, "100", age=0, load_days=30)]
    last, next_day = (redeem(held, TEN, TODAY + timedelta(days=n)) for n in (30, 31))
    assert last is not None
    assert next_day is not None
    assert (last.load, next_day.load) == (Decimal("10.00"), Decimal("0.00"))


def test_load_is_rounded_up_and_what_is_paid_down() -> None:
    out = redeem([lot(1, "3.3333", age=0, load_days=30)], Decimal("10.0001"), TODAY)
    assert out is not None
    assert (out.gross, out.load, out.net) == (Decimal("33.33"), Decimal("0.34"), Decimal("32.99"))


@pytest.mark.parametrize("asked", [{"units": Decimal(0)}, {"units": Decimal(-1)}])
def test_nothing_asked_is_nothing_redeemed(asked: dict[str, Decimal]) -> None:
    assert redeem([lot(1, "30")], TEN, TODAY, **asked) is None


def test_where_nothing_is_unlocked_nothing_is_redeemed() -> None:
    assert redeem([], TEN, TODAY) is None
    assert redeem([lot(1, "30", age=1, lock_days=1095)], TEN, TODAY, amount=Decimal(5)) is None


def test_dust_that_is_worth_less_than_its_load_pays_nothing_rather_than_less() -> None:
    out = redeem([lot(1, "0.0001", age=0, load_days=30, load_percent="1")], TEN, TODAY)
    assert out is not None
    assert (out.gross, out.load, out.net) == (Decimal(0), Decimal(0), Decimal(0))


@quick
@given(holdings(), navs, st.decimals(Decimal("0.01"), 3_000_000, places=2))
def test_for_an_amount_at_most_the_amount_is_paid_and_at_least_it_is_redeemed(
    lots: Sequence[Lot], nav: Decimal, amount: Decimal
) -> None:
    out = redeem(lots, nav, TODAY, amount=amount)
    if out is None:
        assert free_units(lots) == 0
        return
    assert 0 <= out.net <= out.gross <= amount
    assert out.net == out.gross - out.load
    whole = out.units == free_units(lots)
    assert whole or out.gross == amount
    if not whole:
        assert Fraction(out.units - Decimal("0.0001")) * Fraction(nav) < Fraction(amount)


@quick
@given(holdings(), navs, st.decimals(Decimal("0.0001"), 20_000, places=4))
def test_units_are_taken_from_unlocked_lots_in_order_and_no_more_than_asked(
    lots: Sequence[Lot], nav: Decimal, units: Decimal
) -> None:
    out = redeem(lots, nav, TODAY, units=units)
    wanted = min(units, free_units(lots))
    taken = {} if out is None else {piece.lot.id: piece.units for piece in out.slices}
    for each in lots:
        expected = min(each.units_left, wanted) if each.free_from <= TODAY else Decimal(0)
        assert taken.get(each.id, 0) == expected
        wanted -= expected


@quick
@given(holdings(), navs)
def test_a_full_redemption_leaves_nothing_that_is_unlocked(lots: Sequence[Lot], nav: Decimal) -> None:
    out = redeem(lots, nav, TODAY)
    if out is None:
        assert free_units(lots) == 0
        return
    after = left_after(lots, out)
    assert free_units(after) == 0
    assert [each.units_left for each in after if each.free_from > TODAY] == [
        each.units_left for each in lots if each.free_from > TODAY
    ]


@quick
@given(holdings(), navs)
def test_the_load_is_what_each_young_lot_owes_rounded_up_once(lots: Sequence[Lot], nav: Decimal) -> None:
    out = redeem(lots, nav, TODAY)
    if out is None:
        return
    owed = sum(
        Fraction(each.units_left) * Fraction(nav) * Fraction(each.load_percent) / 100
        for each in lots
        if each.free_from <= TODAY and each.load_until is not None and each.load_until >= TODAY
    )
    paise = Fraction(out.load) * 100
    assert paise.denominator == 1
    assert paise - 1 < owed * 100 <= paise or out.load == out.gross


@quick
@given(
    st.decimals(Decimal("0.0001"), 5000, places=4),
    st.decimals(Decimal("0.01"), 500_000, places=2),
    st.lists(st.integers(1, 100), min_size=1, max_size=8),
)
def test_the_cost_of_the_parts_of_a_lot_sums_to_its_cost(units: Decimal, cost: Decimal, weights: list[int]) -> None:
    held, total = lot(1, str(units), cost=str(cost)), Decimal(0)
    for weight in weights:
        part = min((units * weight / sum(weights)).quantize(Decimal("0.0001")), held.units_left)
        total += held.cost_of(part)
        held = held._replace(units_left=held.units_left - part)
    total += held.cost_of(held.units_left)
    assert total == cost
