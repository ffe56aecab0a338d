"""What executed orders do to cash, holdings and lots, one after the other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from automation.orders.booking import Book
from automation.orders.order import PURCHASE, REDEMPTION, SWITCH, Fill, Order
from tests.unit.portfolio.examples import TODAY, lot

P, C = "P", "C"


def order(n: int, kind: str, amount: str = "100.00", target: str | None = None) -> Order:
    return Order(UUID(int=n), C, kind, P, target, Decimal(amount), None, False, TODAY)


def bought(units: str, amount: str) -> Fill:
    return Fill(Decimal("10.0000"), TODAY, Decimal(units), Decimal(amount))


def test_a_purchase_takes_cash_and_makes_one_lot_with_the_order_as_its_key() -> None:
    book = Book({C: Decimal("100.00")}, {})
    assert book.add(order(1, PURCHASE), bought("10.0000", "100.00")) is None
    assert book.cash == {C: Decimal("0.00")}
    assert book.moves == [(UUID(int=1), C, Decimal("-100.00"), "Purchase", UUID(int=1))]
    assert book.holdings == [(C, P, Decimal("10.0000"), Decimal("100.00"))]
    assert [(row[0], row[4], row[5], row[7]) for row in book.new_lots] == [
        (UUID(int=1), TODAY, Decimal("10.0000"), Decimal("100.00"))
    ]


def test_a_purchase_beyond_the_cash_changes_nothing_and_says_so() -> None:
    book = Book({C: Decimal("99.99")}, {})
    assert book.add(order(1, PURCHASE), bought("10.0000", "100.00")) == "insufficient_cash"
    assert book == Book({C: Decimal("99.99")}, {})


def test_two_purchases_share_the_cash() -> None:
    book = Book({C: Decimal("150.00")}, {})
    answers = [book.add(order(n, PURCHASE), bought("10.0000", "100.00")) for n in (1, 2)]
    assert answers == [None, "insufficient_cash"]
    assert len(book.moves) == len(book.new_lots) == 1


def test_a_redemption_pays_cash_and_takes_units_and_their_cost() -> None:
    book = Book({C: Decimal(0)}, {(C, P): [lot(7, "30", cost="150.00"), lot(8, "30", cost="600.00")]})
    fill = Fill(Decimal("10.0000"), TODAY, Decimal(40), Decimal("396.00"), Decimal("4.00"))
    assert book.add(order(1, REDEMPTION, "400.00"), fill) is None
    assert book.cash[C] == Decimal("396.00")
    assert book.holdings == [(C, P, Decimal(-40), Decimal("-350.00"))]
    assert book.slices == [(UUID(int=7), Decimal(30)), (UUID(int=8), Decimal(10))]
    assert book.new_lots == []


def test_units_that_are_gone_or_locked_are_not_booked() -> None:
    for held in ([lot(7, "30")], [lot(7, "60", age=5, lock_days=1095)]):
        book = Book({C: Decimal(0)}, {(C, P): held})
        fill = Fill(Decimal("10.0000"), TODAY, Decimal(40), Decimal("400.00"))
        assert book.add(order(1, REDEMPTION), fill) == "insufficient_units"
        assert (book.moves, book.holdings, book.slices) == ([], [], [])


def test_the_second_redemption_finds_what_the_first_left() -> None:
    book = Book({C: Decimal(0)}, {(C, P): [lot(7, "30")]})
    fill = Fill(Decimal("10.0000"), TODAY, Decimal(20), Decimal("200.00"))
    assert [book.add(order(n, REDEMPTION), fill) for n in (1, 2)] == [None, "insufficient_units"]


def test_a_switch_moves_no_cash_and_makes_a_lot_of_the_target() -> None:
    book = Book({C: Decimal("5.00")}, {(C, P): [lot(7, "30", cost="150.00")]})
    fill = Fill(
        Decimal("10.0000"), TODAY, Decimal(10), Decimal("99.00"), Decimal("1.00"), Decimal("3.0000"), Decimal("33.0000")
    )
    assert book.add(order(1, SWITCH, target="Q"), fill) is None
    assert book.moves == []
    assert book.cash == {C: Decimal("5.00")}
    assert book.holdings == [
        (C, P, Decimal(-10), Decimal("-50.00")),
        (C, "Q", Decimal("33.0000"), Decimal("99.00")),
    ]
    assert book.new_lots[0][2:] == (
        "Q",
        UUID(int=1),
        date(2024, 6, 3),
        Decimal("33.0000"),
        Decimal("3.0000"),
        Decimal("99.00"),
    )


def test_a_switch_without_its_other_side_is_an_error() -> None:
    book = Book({C: Decimal(0)}, {(C, P): [lot(7, "30")]})
    with pytest.raises(ValueError, match="target"):
        book.add(order(1, SWITCH, target="Q"), bought("10", "100.00"))
