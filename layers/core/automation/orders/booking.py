"""What an executed order does to cash, holdings and lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from automation import money
from automation.orders.order import PURCHASE, Fill, Order
from automation.portfolio.lots import Lot, Redemption, left_after, redeem

CashRow = tuple[UUID, str, Decimal, str, UUID | None]
HoldingRow = tuple[str, str, Decimal, Decimal]
LotRow = tuple[UUID, str, str, UUID | None, date, Decimal, Decimal, Decimal]
SliceRow = tuple[UUID, Decimal]


@dataclass
class Book:
    """Changes to be written together, and the state that the next order of the same client finds.

    A lot and a journal entry carry the id of the order that made them: neither can be booked twice. `cash` and
    `lots` are those of the clients as locked.
    """

    cash: dict[str, Decimal]
    lots: dict[tuple[str, str], list[Lot]]
    moves: list[CashRow] = field(default_factory=list)
    holdings: list[HoldingRow] = field(default_factory=list)
    new_lots: list[LotRow] = field(default_factory=list)
    slices: list[SliceRow] = field(default_factory=list)

    def add(self, order: Order, fill: Fill) -> str | None:
        """Book a fill, or answer why it can't be: `insufficient_cash` or `insufficient_units`, nothing changed."""
        if order.order_type == PURCHASE:
            return self._purchase(order, fill)
        held = self.lots.get((order.client_id, order.product_id), [])
        out = redeem(held, fill.nav, fill.nav_date, units=fill.units)
        if out is None or out.units != fill.units:
            return "insufficient_units"
        self._take(order, held, out)
        if order.target_product_id is None:
            self._move(order, fill.amount)
        else:
            self._allot(order, order.target_product_id, fill.target_units, fill.target_nav, fill)
        return None

    def _purchase(self, order: Order, fill: Fill) -> str | None:
        if self.cash[order.client_id] < fill.amount:
            return "insufficient_cash"
        self._move(order, -fill.amount)
        self._allot(order, order.product_id, fill.units, fill.nav, fill)
        return None

    def _move(self, order: Order, amount: Decimal) -> None:
        self.cash[order.client_id] += amount
        if amount:
            self.moves.append((order.id, order.client_id, amount, order.order_type, order.id))

    def _allot(self, order: Order, product: str, units: Decimal | None, nav: Decimal | None, fill: Fill) -> None:
        if units is None or nav is None:
            raise ValueError("a switch was executed without the units and NAV of its target")
        self.holdings.append((order.client_id, product, units, fill.amount))
        self.new_lots.append((order.id, order.client_id, product, order.id, fill.nav_date, units, nav, fill.amount))

    def _take(self, order: Order, held: Sequence[Lot], out: Redemption) -> None:
        self.lots[order.client_id, order.product_id] = left_after(held, out)
        self.slices.extend((piece.lot.id, piece.units) for piece in out.slices)
        cost = sum((piece.cost for piece in out.slices), money.ZERO)
        self.holdings.append((order.client_id, order.product_id, -out.units, -cost))
