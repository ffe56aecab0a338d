"""Bodies as the API's document shows them; each is taken where its client and product are."""

from __future__ import annotations

from typing import Final

AUTO_INVEST: Final = {
    "client": "C1",
    "name": "monthly",
    "product": "FUND",
    "amount": "1000.50",
    "frequency": "Monthly",
    "day_of_month": 26,
    "start_date": "2026-01-01",
}
TRIGGER: Final = {
    "client": "C1",
    "name": "buy the dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "8",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "1000",
}
CHANGE: Final = {"amount": "1500"}
TARGETS: Final = {"target_allocation": {"equity": "70", "debt": "30"}}
LEVEL: Final = {"trigger_value": "7.5"}
PAUSE: Final = {"reason": "no income", "until": "2026-09-01T00:00:00+05:30"}
STOP: Final = {"scope": "client", "id": "C1", "mode": "stop_buys", "reason": "the client asked"}
GO: Final = {"scope": "client", "id": "C1"}
REBALANCING: Final = {
    "client": "C1",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"equity": "60", "debt": "40"},
}
