"""What is checked again in the transaction that moves an order to Submitting: much may have changed meanwhile."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from automation.orders.order import REDEMPTION, Order
from automation.portfolio.client import may_not_trade


class Traded(NamedTuple):
    """A product that an order trades: the date of its last known NAV, and where that date is meant."""

    nav_date: date | None
    calendar: str
    time_zone: str


class Pending(NamedTuple):
    """A Pending order with the present state of its rule, client and products.

    `max_nav_age` is what its rule allows, in business days, None where that is left to the settings.
    """

    order: Order
    origin: str
    rule_id: UUID | None
    rule_status: str
    rule_enabled: bool
    client_status: str
    kyc_status: str
    product_status: str
    open: bool
    max_nav_age: int | None
    traded: tuple[Traded, ...]

    @property
    def buys(self) -> bool:
        return self.order.order_type != REDEMPTION


def reason_against(pending: Pending, stop: str | None, nav_age: int | None, max_nav_age: int) -> str | None:
    """Why an order must not be submitted now, or None. `nav_age` is that of the oldest, in business days."""
    if stop:
        return "kill_switch"
    if pending.rule_status in ("Cancelled", "Paused") or not pending.rule_enabled:
        return "rule_stopped"
    if barred := may_not_trade(pending.client_status, pending.kyc_status):
        return barred
    if pending.product_status != "Active" or (pending.buys and not pending.open):
        return "product_closed"
    return "nav_stale" if nav_age is None or nav_age > max_nav_age else None
