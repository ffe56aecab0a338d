"""What each event may tell, with made-up facts: for whoever reads or changes a template."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, get_args
from uuid import UUID

from automation.notifications.event import Event
from automation.notifications.told import Told

_NOBODY: Final = UUID(int=0)
_ORDER: Final[dict[str, Any]] = {
    "order": "ORD-01KE0000000000000000000000",
    "order_type": "Purchase",
    "product": "Equity Growth Fund",
    "amount": Decimal("10000.00"),
    "status": "Submitted",
}
_EXECUTED: Final = _ORDER | {
    "units": Decimal("25.9021"),
    "nav": Decimal("386.0800"),
    "nav_date": date(2026, 1, 5),
    "settles_on": date(2026, 1, 7),
    "status": "Executed",
}
_RULE: Final[dict[str, Any]] = {
    "rule": "AUTO-01KE0000000000000000000000",
    "name": "Monthly savings",
    "plan": "SIP",
    "products": ("Equity Growth Fund",),
    "amount": Decimal("10000.00"),
    "occurrence": date(2026, 1, 5),
    "next_on": date(2026, 2, 5),
}
_COMING: Final = _RULE | {
    "runs_at": datetime(2026, 1, 5, 4, 30, tzinfo=UTC),
    "skip": "AUTO-01KE0000000000000000000000 2026-01-05T10:00",
}
_PROPOSAL: Final[dict[str, Any]] = {
    "execution": "REBALX-01KE0000000000000000000000",
    "name": "60/40",
    "max_drift": Decimal("7.2000"),
    "moved": Decimal("72000.00"),
    "trades": 2,
    "confirm_until": datetime(2026, 1, 6, 4, 30, tzinfo=UTC),
}
_TRIGGER: Final[dict[str, Any]] = {
    "trigger": "TRIG-01KE0000000000000000000000",
    "name": "Buy the dip",
    "level": Decimal("350.0000"),
    "observed": Decimal("348.1200"),
    "observed_on": date(2026, 1, 5),
    "mode": "execute",
    "order_type": "Purchase",
    "product": "Equity Growth Fund",
    "status": "Triggered",
    "valid_until": datetime(2026, 3, 31, 18, 30, tzinfo=UTC),
}
_SHORT: Final[dict[str, Any]] = {"needed": Decimal("10000.00"), "available": Decimal("6400.00")}
_SAMPLES: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "Order Submitted": (_ORDER,),
    "Order Executed": (
        _EXECUTED,
        _EXECUTED | {"order_type": "Redemption", "exit_load": Decimal("100.00")},
        _EXECUTED | {"order_type": "Switch", "target_product": "Liquid Fund", "target_units": Decimal("3.3800")},
    ),
    "Order Settled": (_EXECUTED | {"status": "Settled"},),
    "Order Failed": (_ORDER | {"status": "Failed", "reason": "refused"}, _TRIGGER | {"reason": "insufficient_cash"}),
    "Auto-Invest Executed": (_RULE | {"status": "Success"},),
    "Auto-Invest Failed": (
        _RULE | {"status": "Failed", "reason": "insufficient_cash", "failures": 2, "pauses_at": 3, "paused": False},
        _RULE | {"status": "Failed", "reason": "insufficient_cash", "failures": 3, "pauses_at": 3, "paused": True},
    ),
    "Auto-Invest Reminder": (_COMING,),
    "Rebalancing Triggered": (_PROPOSAL, {name: _PROPOSAL[name] for name in ("execution", "name", "max_drift")}),
    "Rebalancing Executed": (_PROPOSAL | {"status": "Executed"}, _PROPOSAL | {"status": "Adjusted"}),
    "Trigger Order Activated": (_TRIGGER, _TRIGGER | {"mode": "notify"}, _TRIGGER | {"mode": "confirm"}),
    "Trigger Order Expiring": (_TRIGGER | {"what": "reminded"}, _TRIGGER | {"what": "expired", "reason": "expired"}),
    "Goal Milestone Reached": (
        {
            "name": "House",
            "percent": 50,
            "value": Decimal("512000.00"),
            "target": Decimal("1000000.00"),
            "target_date": date(2030, 3, 31),
        },
    ),
    "Portfolio Alert": (
        _ORDER | {"what": "held", "status": "Held"},
        _PROPOSAL | {"what": "unconfirmed"},
        _PROPOSAL | {"what": "expired"},
        _COMING | _SHORT | {"what": "cash_short"},
        _COMING | _SHORT | {"what": "units_short"},
        _TRIGGER | {"what": "trigger_disabled"},
    ),
    "Market Update": (
        {"product": "Equity Growth Fund", "what": "merged", "rules": 2},
        {"product": "Equity Growth Fund", "what": "closed"},
    ),
}


def events() -> tuple[str, ...]:
    """The events that there are samples of: all."""
    return get_args(Event)


def of(event: str) -> list[Told]:
    """What an event may tell, one sample a case; KeyError for what is no event."""
    return [Told(event, _NOBODY, facts) for facts in _SAMPLES[event]]
