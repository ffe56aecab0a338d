"""What is told, how it is carried, and what nobody can switch off."""

from __future__ import annotations

from typing import Final, Literal

Event = Literal[
    "Order Submitted",
    "Order Executed",
    "Order Failed",
    "Order Settled",
    "Auto-Invest Executed",
    "Auto-Invest Failed",
    "Auto-Invest Reminder",
    "Rebalancing Triggered",
    "Rebalancing Executed",
    "Trigger Order Activated",
    "Trigger Order Expiring",
    "Goal Milestone Reached",
    "Portfolio Alert",
    "Market Update",
]
Channel = Literal["Email", "SMS", "Push", "In-App"]
Level = Literal["on", "silent", "off"]

IN_APP: Final = "In-App"
# Money did not move as its owner wanted, or what was to happen was given up: that much is always told in the app.
CRITICAL: Final = frozenset({"Order Failed", "Auto-Invest Failed", "Portfolio Alert"})
