"""What a plan says: trades, what was left out of it, and the money that it moves."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from automation import money


class Trade(NamedTuple):
    """One order of a plan: a Redemption, a Switch or a Purchase, numbered in the order in which they have to be done.

    `amount` is gross money, None for all units. `worth` is the gross money that is expected at the known NAV, `load`
    the exit load that is taken from it. Of a Purchase `funded_by` has the legs of the redemptions that pay for it,
    each with its share; the rest is paid from cash, and where there is nothing else it can be placed at once.
    """

    leg: int
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    all_units: bool
    worth: Decimal
    load: Decimal
    funded_by: tuple[tuple[int, Decimal], ...] = ()


class Skipped(NamedTuple):
    """A trade that would have been right and that is not made; `product_id` is a target's name where no product is."""

    product_id: str
    order_type: str
    amount: Decimal
    code: str


class Saving(NamedTuple):
    """The exit load that selling a product so many days later would save."""

    product_id: str
    days: int
    load: Decimal


class Plan(NamedTuple):
    """Trades that add up: purchases and switches in are redemptions and switches out, less loads, plus `cash_used`.

    `cash_used` below zero is money that stays in cash. `turnover` is half the money of all trades by what the
    targets' holdings are worth before, to 4 decimals; a switch is a sale and a purchase.
    """

    trades: tuple[Trade, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cash_used: Decimal = money.ZERO
    turnover: Decimal = money.ZERO
    savings: tuple[Saving, ...] = ()
