"""The portfolio that is rebalanced: what is held of each product, what may be sold of it, and what may be bought."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.portfolio.lots import Lot
from automation.rebalancing.rule import CASH


class Position(NamedTuple):
    """A product with its terms and what the client has of it.

    `units` are what is held, net of what live orders take away; `coming` is money that live orders bring into it. Of
    the lots, which are the oldest first, only what is unlocked on the day and claimed by no order may be sold.
    `price_problem` says why nothing may be weighed or bought at its NAV, None where it may.
    """

    product_id: str
    asset_class: str
    amc: str
    status: str
    open: bool
    min_purchase: Decimal
    multiple: Decimal
    min_redemption: Decimal
    nav: Decimal | None
    nav_date: date | None
    nav_age: int | None
    units: Decimal
    coming: Decimal
    lots: tuple[Lot, ...]
    price_problem: str | None = None

    @property
    def value(self) -> Decimal:
        """What it is worth with what comes in, not rounded; zero without a NAV."""
        return self.units * (self.nav or money.ZERO) + self.coming


class Portfolio(NamedTuple):
    """A client's positions that count, in the order of their products, and the cash that no live order has claimed.

    `coming` is money that live redemptions will pay into cash. `day` is the local date.
    """

    day: date
    positions: tuple[Position, ...]
    cash: Decimal
    coming: Decimal


def bucket_of(position: Position, targets: dict[str, Decimal]) -> str | None:
    """The target that a position counts toward: its product's own, else its asset class's, None where there is none.

    The target of cash is that of the client's balance: no product counts toward it, whatever its class is called.
    """
    names = (position.product_id, position.asset_class)
    return next((name for name in names if name in targets and name != CASH), None)


def price_problem(nav: Decimal | None, age: int | None, max_age: int, *, suspect: bool) -> str | None:
    """Why a NAV that is `age` business days old can't be traded at, None where it can."""
    if nav is None or age is None:
        return "no_price"
    if suspect:
        return "suspect_price"
    return "stale_price" if age > max_age else None


def values(portfolio: Portfolio, targets: dict[str, Decimal]) -> dict[str, Decimal]:
    """Money by target; cash counts only where it is one."""
    found = dict.fromkeys(targets, money.ZERO)
    for position in portfolio.positions:
        bucket = bucket_of(position, targets)
        if bucket is not None:
            found[bucket] += position.value
    if CASH in targets:
        found[CASH] += portfolio.cash + portfolio.coming
    return found
