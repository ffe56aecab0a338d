"""A trigger order as its decisions see it: one claimed row, with what is needed of its client."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation.orders.order import PURCHASE
from automation.triggers.condition import (
    DATE,
    PRICES,
    TRAILING,
    Leaf,
    Node,
    leaves_of,
    read_tree,
)

CUSTOM: Final = "Custom"
EXECUTE: Final = "execute"
CONFIRM: Final = "confirm"
NOTIFY: Final = "notify"
REJECT: Final = "reject"


class _Row(NamedTuple):
    """Money has 2 decimals, units and prices 4, percents 4; `valid_until` is exclusive, None for ever.

    `best_value` is the best price since the trigger began to follow it, on or after the date `trails_from` (trailing
    only); `last_look` is what it saw when it was last looked at.
    """

    id: UUID
    version: int
    client_id: str
    trigger_type: str
    trigger_condition: str | None
    trigger_value: Decimal | None
    tolerance: Decimal | None
    trailing_percent: Decimal | None
    best_value: Decimal | None
    trails_from: date | None
    condition_tree: dict[str, Any] | None
    trigger_at: datetime | None
    goal_id: str | None
    mode: str
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    units: Decimal | None
    all_units: bool
    on_shortfall: str
    oco_group: str | None
    valid_from: datetime
    valid_until: datetime | None
    max_data_age: int
    enabled: bool
    status: str
    last_look: dict[str, Any] | None
    time_zone: str
    client_status: str
    kyc_status: str


class Trigger(_Row):
    """A trigger order, with what follows from its columns."""

    @property
    def buys(self) -> bool:
        return self.order_type == PURCHASE

    @property
    def orders(self) -> bool:
        """Whether it places an order, at once or once it is confirmed."""
        return self.mode != NOTIFY

    @property
    def products(self) -> list[str]:
        """What it orders: the product, and the one that a Switch goes to."""
        return [self.product_id, self.target_product_id] if self.target_product_id else [self.product_id]

    @cached_property
    def tree(self) -> Node:
        """Its condition: a tree, or a single leaf."""
        if self.condition_tree is not None:
            return read_tree(self.condition_tree, self.product_id)
        return Leaf(
            self.trigger_type,
            self._subject,
            TRAILING if self.trailing_percent is not None else self.trigger_condition,
            self.trailing_level if self.trailing_percent is not None else self.trigger_value,
            self.tolerance,
            self.trigger_at if self.trigger_type == DATE else None,
            self.buys,
        )

    @cached_property
    def leaves(self) -> list[Leaf]:
        return leaves_of(self.tree)

    @property
    def rests_on_price(self) -> bool:
        """Whether all it waits for is that the price of its own product reaches a level."""
        return self.trigger_type in PRICES

    @property
    def trailing_level(self) -> Decimal | None:
        """The level that follows the best price: below it for what sells, above it for what buys; not rounded."""
        return trailing_level(self.best_value, self.trailing_percent, buys=self.buys)

    @property
    def _subject(self) -> str | None:
        return self.product_id if self.rests_on_price else self.goal_id


def trailing_level(best: Decimal | None, percent: Decimal | None, *, buys: bool) -> Decimal | None:
    """`best` moved by a percent against what is hoped for, None before there is a best price."""
    if best is None or percent is None:
        return None
    return best * (100 + percent if buys else 100 - percent) / 100
