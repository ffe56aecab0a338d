"""What a decision about a trigger knows besides the trigger: what is seen, the products, the money, at one instant."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from automation.portfolio.product import Quote
from automation.triggers.condition import Observation


class Facts(NamedTuple):
    """The inputs of one decision.

    `observations` are those of the condition's leaves, in order; `quotes` the product's and the target's terms.
    `cash` is what no live order has claimed. `units` are unlocked and unclaimed, less `claimed`, the money of live
    orders by amount.
    """

    now: datetime
    observations: tuple[Observation, ...]
    stop: str | None
    quotes: tuple[Quote, ...]
    suspect: bool
    cash: Decimal
    units: Decimal
    claimed: Decimal
