"""A product (scheme): its terms and its last known NAV."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import NamedTuple


class Product(NamedTuple):
    """A product's row with its last known NAV; times are local to its zone."""

    id: str
    status: str
    open: bool
    min_purchase: Decimal
    multiple: Decimal
    min_redemption: Decimal
    cut_off_time: time
    time_zone: str
    calendar: str
    nav: Decimal | None
    nav_date: date | None


class Quote(NamedTuple):
    """A product as it stands now: its terms and its last known NAV with the age in its business days."""

    product_id: str
    status: str
    open: bool
    min_purchase: Decimal
    multiple: Decimal
    min_redemption: Decimal
    nav: Decimal | None
    nav_date: date | None
    nav_age: int | None
