"""Lots, and what redeeming from them means: oldest unlocked units first, exit load lot by lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from automation import money


class Lot(NamedTuple):
    """Units of one allotment: locked in before `free_from`, with exit load up to `load_until` (None: never)."""

    client_id: str
    product_id: str
    id: UUID
    acquired_on: date
    units: Decimal
    units_left: Decimal
    cost: Decimal
    free_from: date
    load_until: date | None
    load_percent: Decimal

    def cost_of(self, units: Decimal) -> Decimal:
        """What so many of the units that are left cost; taken bit by bit the parts sum exactly to the whole."""
        return self._cost_left(self.units_left) - self._cost_left(self.units_left - units)

    def _cost_left(self, units: Decimal) -> Decimal:
        return money.nearest(self.cost * units / self.units)


class Slice(NamedTuple):
    """Units taken from one lot, what they cost once, and the load on them now."""

    lot: Lot
    units: Decimal
    cost: Decimal
    load: Decimal


class Redemption(NamedTuple):
    """Units redeemed at a NAV: `gross` is their worth, `net` what is paid out after load."""

    slices: tuple[Slice, ...]
    units: Decimal
    gross: Decimal
    load: Decimal
    net: Decimal


def unlocked(lots: Sequence[Lot], on: date) -> list[Lot]:
    """The lots that may be redeemed on a date."""
    return [lot for lot in lots if lot.free_from <= on]


def redeem(
    lots: Sequence[Lot],
    nav: Decimal,
    on: date,
    *,
    amount: Decimal | None = None,
    units: Decimal | None = None,
) -> Redemption | None:
    """Redeem an amount of money, a number of units, or all (neither given), at most what is unlocked.

    The units for an amount are rounded up, so that they are worth it, and no more than the amount is paid. None
    where nothing is unlocked.
    """
    free = unlocked(lots, on)
    held = sum((lot.units_left for lot in free), money.ZERO)
    wanted = money.sold(amount, nav) if amount is not None else held if units is None else units
    taken = min(wanted, held)
    if taken <= 0:
        return None
    gross = money.paid_out(taken * nav)
    if amount is not None:
        gross = min(gross, amount)
    slices = tuple(_slices(free, taken, nav, on))
    owed = sum((piece.load for piece in slices), money.ZERO).quantize(money.PAISA, "ROUND_UP")
    load = min(owed, gross)
    return Redemption(slices, taken, gross, load, gross - load)


def _slices(lots: Sequence[Lot], units: Decimal, nav: Decimal, on: date) -> list[Slice]:
    slices = []
    for lot in lots:
        taken = min(lot.units_left, units)
        if taken > 0:
            due = lot.load_until is not None and on <= lot.load_until
            load = taken * nav * lot.load_percent / money.HUNDRED if due else money.ZERO
            slices.append(Slice(lot, taken, lot.cost_of(taken), load))
            units -= taken
    return slices


def left_after(lots: Sequence[Lot], redemption: Redemption) -> list[Lot]:
    """The same lots, less what was redeemed from them."""
    taken = {piece.lot.id: piece.units for piece in redemption.slices}
    return [lot._replace(units_left=lot.units_left - taken.get(lot.id, money.ZERO)) for lot in lots]
