"""What a decision knows besides the rule: the occurrence, the products, the money and the condition, at one instant."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from automation.portfolio.product import Quote


class Observation(NamedTuple):
    """A condition's figures: what was observed and what it is compared with, both None where unknown.

    `age` is that of the oldest NAV in it, of `as_of`, in business days; None where no NAV is in it.
    """

    observed: Decimal | None
    reference: Decimal | None = None
    as_of: date | None = None
    age: int | None = None


class Facts(NamedTuple):
    """The inputs of one decision.

    `available` is cash (SIP), or what the unlocked units of the product that is redeemed are worth (STP, SWP),
    less what live orders have claimed already. `period_end` is when the next occurrence is due, or when the rule
    ends before it; `last` says that no occurrence follows. `cut_off` ends the tries of an occurrence: from then on
    an order gets a later NAV; for a conditional rule it is the period's end.
    """

    now: datetime
    nominal: datetime
    actual: date
    due: datetime
    period_end: datetime
    last: bool
    cut_off: datetime
    missed: bool
    skip_requested: bool
    business_day: bool
    stop: str | None
    quotes: tuple[Quote, ...]
    available: Decimal
    max_nav_age: int
    observation: Observation | None
