"""What may be sold of a product, and what selling so much of it pays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.portfolio.lots import Lot, left_after, redeem
from automation.rebalancing.portfolio import Position
from automation.rebalancing.shares import rounded_up

_LONG_TERM_DAYS: Final = 365
# Every try leaves a load's share of what the one before it was short of.
_TRIES: Final = 30


class Source(NamedTuple):
    """The lots of a product that may be sold, oldest first, and their worth at its NAV in whole paise.

    `least` is the smallest sale unless it is of everything: the product's, and no less than a unit's last digit, since
    units are rounded up. `claimed` says that more is held than these lots, claimed by a live order or locked: by the
    time of the fill that may be free, and "all units" would take it. `loaded` says that selling some costs exit load.
    """

    product_id: str
    amc: str
    nav: Decimal
    day: date
    lots: tuple[Lot, ...]
    worth: Decimal
    least: Decimal
    claimed: bool
    loaded: bool


class Sale(NamedTuple):
    """So much gross money taken from a source, and the exit load on it."""

    source: Source
    gross: Decimal
    load: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.load

    @property
    def whole(self) -> bool:
        return self.gross == self.source.worth

    @property
    def all_units(self) -> bool:
        return self.whole and not self.source.claimed


def source_of(position: Position, day: date) -> Source | None:
    """What may be sold of a product on a day; None where that is less than a paisa, or than a sale may be."""
    nav, lots = position.nav, position.lots
    if nav is None or not lots:
        return None
    claimed = sum([lot.units_left for lot in lots]) - position.units
    if claimed > 0 and (taken := redeem(lots, nav, day, units=claimed)):
        lots = tuple(left_after(lots, taken))
    free = tuple([lot for lot in lots if lot.free_from <= day and lot.units_left > 0])
    locked = any(lot.free_from > day and lot.units_left > 0 for lot in lots)
    return _source(position, day, nav, free, claimed=claimed > 0 or locked)


def _source(position: Position, day: date, nav: Decimal, lots: tuple[Lot, ...], *, claimed: bool) -> Source | None:
    worth = money.paid_out(sum([lot.units_left for lot in lots], money.ZERO) * nav)
    if worth <= 0:
        return None
    loaded = any(load_due(lot, day) for lot in lots)
    least = max(position.min_redemption, rounded_up(money.UNIT * nav))
    if claimed and worth < least:
        return None
    return Source(position.product_id, position.amc, nav, day, lots, worth, least, claimed, loaded)


def load_due(lot: Lot, day: date) -> bool:
    return lot.load_until is not None and day <= lot.load_until and lot.load_percent > 0


def sale(source: Source, gross: Decimal) -> Sale:
    """What selling for so much money, at most the source's worth, really costs in exit load."""
    if not source.loaded:
        return Sale(source, gross, money.ZERO)
    whole = gross == source.worth and not source.claimed
    out = redeem(source.lots, source.nav, source.day, amount=None if whole else gross)
    return Sale(source, gross, out.load if out else money.ZERO)


def paying(source: Source, net: Decimal) -> Sale:
    """The sale that pays an amount after load, or a little less where no sale pays it exactly."""
    found = sale(source, min(net, source.worth))
    for _ in range(_TRIES):
        if found.net >= net or found.whole:
            break
        found = sale(source, min(found.gross + net - found.net, source.worth))
    return found


def rest(sold: Sale) -> Source | None:
    """What may still be sold after a sale; None where that is less than a paisa."""
    source = sold.source
    if sold.all_units:
        return None
    out = redeem(source.lots, source.nav, source.day, amount=sold.gross)
    if out is None:
        return source
    lots = tuple([lot for lot in left_after(source.lots, out) if lot.units_left > 0])
    worth = money.paid_out(sum([lot.units_left for lot in lots], money.ZERO) * source.nav)
    return source._replace(lots=lots, worth=worth) if worth > 0 else None


def expected_load(source: Source, gross: Decimal) -> Decimal:
    """The exit load on a sale, not rounded: quick, to find out how much has to be sold."""
    load = money.ZERO
    if source.loaded:
        for lot in source.lots:
            taken = min(lot.units_left * source.nav, gross)
            if load_due(lot, source.day):
                load += taken * lot.load_percent / money.HUNDRED
            gross -= taken
            if gross <= 0:
                break
    return load


def ladder(source: Source) -> tuple[Decimal, Decimal, Decimal]:
    """What a source can give free of load and held for long, what free of load, and what at all.

    Lots are sold oldest first, so each is money from the first lot on.
    """
    best = free = money.ZERO
    for lot in source.lots:
        if load_due(lot, source.day):
            break
        free += lot.units_left * source.nav
        if (source.day - lot.acquired_on).days > _LONG_TERM_DAYS:
            best = free
    return min(best, source.worth), min(free, source.worth), source.worth
