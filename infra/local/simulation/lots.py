"""What clients hold from the start: lots that no order of ours bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from automation import identifiers
from automation.database import Connection
from automation.store import portfolio


class FirstLot(NamedTuple):
    """Units of a product, the NAV at which they were bought, and what they cost."""

    product: str
    acquired_on: date
    units: Decimal
    nav: Decimal
    cost: Decimal


def hold(connection: Connection, client: str, lots: Sequence[FirstLot], now: datetime) -> None:
    """Book a client's first lots, one a product; its cash stays as it is."""
    portfolio.change_holdings(connection, [(client, lot.product, lot.units, lot.cost) for lot in lots])
    portfolio.insert_lots(
        connection,
        [(identifiers.derived(now, client, lot.product), client, lot.product, None, *lot[1:]) for lot in lots],
    )
