"""Order gateways: one protocol, an adapter for each way to place an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from automation.orders.order import Order, Reply


class Gateway(Protocol):
    """Places orders and knows what became of them, by our own order ids.

    Neither call is made with a transaction open. A gateway answers for every order that it is given; where it
    can't, it answers Unknown rather than raise, and is never asked to place the same order blindly again.
    """

    def submit(self, orders: Sequence[Order], now: datetime) -> list[Reply]: ...

    def look_up(self, order_ids: Sequence[UUID], now: datetime) -> list[Reply]: ...
