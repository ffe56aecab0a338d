"""What a decision knows besides the rule: the occasion, the portfolio, and what stands against it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from automation.rebalancing.portfolio import Portfolio

BY_DRIFT: Final = "drift"
BY_SCHEDULE: Final = "schedule"
BY_HAND: Final = "manual"


class Facts(NamedTuple):
    """The inputs of one decision, at one instant.

    `nominal` is the occurrence's naive local name: that of the schedule, or the day of a drift. `live` says that the
    client has an execution that is not over, `today` that an automatic one was made today; `last_on` is the day of the
    rule's last one. `unspent` is money that its redemptions brought and no purchase has spent, as far as it is there.
    """

    now: datetime
    initiator: str
    nominal: datetime
    due: datetime
    missed: bool
    business_day: bool
    stop: str | None
    live: bool
    today: bool
    last_on: date | None
    max_nav_age: int
    portfolio: Portfolio
    unspent: Decimal
