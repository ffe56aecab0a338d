"""A sound trigger, observation, quote and facts, to be spoiled by one test at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from automation.portfolio.product import Quote
from automation.triggers.condition import NAV, Leaf, Observation, holds
from automation.triggers.facts import Facts
from automation.triggers.trigger import Trigger

NOW = datetime(2024, 1, 5, 16, 0, tzinfo=UTC)  # Friday, 21:30 in Kolkata
TODAY, YESTERDAY = date(2024, 1, 5), date(2024, 1, 4)
MAX_AGE = 3

_TRIGGER: dict[str, Any] = {
    "id": UUID("018cd8e7-0000-7000-8000-000000000001"),
    "version": 1,
    "client_id": "C1",
    "trigger_type": NAV,
    "trigger_condition": "Greater Than",
    "trigger_value": Decimal("100.0000"),
    "tolerance": None,
    "trailing_percent": None,
    "best_value": None,
    "trails_from": date(2024, 1, 1),
    "condition_tree": None,
    "trigger_at": None,
    "goal_id": None,
    "mode": "execute",
    "order_type": "Purchase",
    "product_id": "FUND",
    "target_product_id": None,
    "amount": Decimal("10000.00"),
    "units": None,
    "all_units": False,
    "on_shortfall": "reduce",
    "oco_group": None,
    "valid_from": datetime(2024, 1, 1, tzinfo=UTC),
    "valid_until": None,
    "max_data_age": MAX_AGE,
    "enabled": True,
    "status": "Active",
    "last_look": None,
    "time_zone": "Asia/Kolkata",
    "client_status": "Active",
    "kyc_status": "Verified",
}
_QUOTE: dict[str, Any] = {
    "product_id": "FUND",
    "status": "Active",
    "open": True,
    "min_purchase": Decimal("500.00"),
    "multiple": Decimal("0.01"),
    "min_redemption": Decimal("100.00"),
    "nav": Decimal("10.0000"),
    "nav_date": TODAY,
    "nav_age": 0,
}
_FACTS: dict[str, Any] = {
    "now": NOW,
    "stop": None,
    "suspect": False,
    "cash": Decimal("50000.00"),
    "units": Decimal("1000.0000"),
    "claimed": Decimal(0),
}


def trigger(**changes: Any) -> Trigger:
    """One that buys 10,000 of FUND when its NAV is above 100."""
    return Trigger(**_TRIGGER | changes)


def seller(**changes: Any) -> Trigger:
    """One that sells all of FUND when its NAV is above 100."""
    return trigger(**{"order_type": "Redemption", "amount": None, "all_units": True} | changes)


def switcher(**changes: Any) -> Trigger:
    """One that moves all of FUND to OTHER when FUND's NAV is above 100."""
    return seller(**{"order_type": "Switch", "target_product_id": "OTHER"} | changes)


def trailing(percent: str, best: str | None, **changes: Any) -> Trigger:
    """A level that follows the best price; it sells unless it is changed to buy."""
    followed = {"trailing_percent": Decimal(percent), "best_value": None if best is None else Decimal(best)}
    return seller(**{"trigger_condition": None, "trigger_value": None} | followed | changes)


def quote(**changes: Any) -> Quote:
    """An open product with today's NAV of 10."""
    return Quote(**_QUOTE | changes)


def seen(value: object, previous: object = None, **changes: Any) -> Observation:
    """What was observed today, and what had been observed yesterday."""
    before = None if previous is None else Decimal(str(previous))
    sound: dict[str, Any] = {
        "value": None if value is None else Decimal(str(value)),
        "as_of": TODAY,
        "age": 0,
        "previous": before,
        "previous_as_of": None if before is None else YESTERDAY,
        "gap": None if before is None else 1,
    }
    return Observation(**sound | changes)


def facts(*observations: Observation, quotes: tuple[Quote, ...] = (), **changes: Any) -> Facts:
    """Just now, 101 after 99, with plenty of cash and units."""
    sight = {"observations": observations or (seen(101, 99),), "quotes": quotes or (quote(),)}
    return Facts(**_FACTS | sight | changes)


def leaf(condition: str, value: object = 100, kind: str = NAV, **changes: Any) -> Leaf:
    return Leaf(kind, "FUND", condition, Decimal(str(value)), **changes)


def told(node: Leaf, observation: Observation, **options: bool) -> bool | None:
    """Whether a single condition holds, on prices that may be three days old."""
    return holds(node, [observation], NOW, MAX_AGE, **options)
