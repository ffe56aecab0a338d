"""Messages as tests write them, and the facts that each event is told from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation.notifications.told import Told
from automation.wording import Content, Reader, write

ASHA: Final = Reader("Asha", "en_IN", "Asia/Kolkata", "INR")
AT_TEN: Final = datetime(2026, 1, 5, 4, 30, tzinfo=UTC)  # 10:00 in Kolkata

ORDER: Final[dict[str, Any]] = {
    "order": "ORD-1",
    "order_type": "Purchase",
    "product": "Axis Bluechip",
    "amount": Decimal("100000.00"),
    "units": Decimal("8130.0813"),
    "nav": Decimal("12.3000"),
    "nav_date": date(2026, 1, 5),
    "settles_on": date(2026, 1, 7),
    "status": "Executed",
}
SWITCH: Final[dict[str, Any]] = ORDER | {
    "order_type": "Switch",
    "target_product": "Axis Liquid",
    "target_nav": Decimal("1000.5"),
    "target_units": Decimal("99.95"),
    "exit_load": Decimal("500.00"),
}
PLAN: Final[dict[str, Any]] = {
    "rule": "AUTO-1",
    "name": "House",
    "plan": "SIP",
    "products": ("Axis Bluechip", "Axis Liquid"),
    "amount": Decimal("5000.00"),
    "occurrence": date(2026, 1, 5),
    "status": "Failed",
    "reason": "insufficient_cash",
    "next_on": date(2026, 2, 5),
    "completed": False,
    "failures": 2,
    "pauses_at": 3,
    "paused": False,
}
COMING: Final[dict[str, Any]] = {
    "rule": "AUTO-1",
    "name": "House",
    "plan": "SIP",
    "products": ("Axis Bluechip",),
    "runs_at": AT_TEN,
    "amount": "5000.00",
    "skip": "AUTO-1 2026-01-05T10:00",
}
REBALANCING: Final[dict[str, Any]] = {
    "rule": "REBAL-1",
    "name": "Core",
    "execution": "REBALX-1",
    "status": "Pending",
    "max_drift": Decimal("6.1234"),
    "moved": Decimal("25000.00"),
    "trades": 3,
    "confirm_until": AT_TEN,
    "reason": "order_failed",
}
TRIGGER: Final[dict[str, Any]] = {
    "trigger": "TRIG-1",
    "name": "Dip",
    "trigger_type": "NAV",
    "condition": "Below",
    "level": Decimal("12.5"),
    "observed": Decimal("12.3456"),
    "observed_on": date(2026, 1, 5),
    "mode": "execute",
    "status": "Triggered",
    "order_type": "Purchase",
    "product": "Axis Bluechip",
    "amount": Decimal("5000.00"),
    "valid_until": AT_TEN,
    "what": "reminded",
    "reason": "insufficient_cash",
}
SHORT_OF: Final = {"needed": "5000.00", "available": "1200.50"}
FACTS: Final[dict[str, dict[str, Any]]] = {
    "Order Submitted": SWITCH,
    "Order Executed": SWITCH,
    "Order Failed": SWITCH | {"trigger": "TRIG-1", "execution": "REBALX-1", "name": "Dip", "reason": "refused"},
    "Order Settled": SWITCH,
    "Auto-Invest Executed": PLAN,
    "Auto-Invest Failed": PLAN,
    "Auto-Invest Reminder": COMING,
    "Rebalancing Triggered": REBALANCING,
    "Rebalancing Executed": REBALANCING,
    "Trigger Order Activated": TRIGGER,
    "Trigger Order Expiring": TRIGGER,
    "Goal Milestone Reached": {
        "goal": "G1",
        "name": "House",
        "percent": 50,
        "progress": "52.5",
        "value": "105000.00",
        "target": Decimal("200000.00"),
        "target_date": date(2030, 4, 1),
    },
    "Portfolio Alert": ORDER | COMING | REBALANCING | SHORT_OF | {"trigger": "TRIG-1", "what": "cash_short"},
    "Market Update": {"product": "Axis Bluechip", "what": "closed", "reason": "closed by the house", "rules": 2},
}


def letter(event: str, facts: dict[str, Any], reader: Reader = ASHA) -> Content:
    """What is said of an event with these facts."""
    return write(Told(event, UUID(int=1), facts), reader)


def text(event: str, facts: dict[str, Any], reader: Reader = ASHA) -> str:
    """Its text alone."""
    return letter(event, facts, reader).text
