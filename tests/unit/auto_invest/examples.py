"""A sound rule, quote and facts, to be spoiled by one test at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from automation.auto_invest.facts import Facts, Observation
from automation.auto_invest.rule import Rule
from automation.calendar.business_days import BusinessCalendar
from automation.portfolio.product import Quote

DUE = datetime(2024, 1, 5, 4, 30, tzinfo=UTC)  # Friday, 10:00 in Kolkata
NOMINAL = datetime(2024, 1, 5, 10)  # noqa: DTZ001 - the name of an occurrence is local
WEEKDAYS = BusinessCalendar("weekdays", frozenset(), frozenset())

_RULE: dict[str, Any] = {
    "id": UUID("018cd8e7-0000-7000-8000-000000000001"),
    "version": 1,
    "client_id": "C1",
    "plan": "SIP",
    "product_id": "FUND",
    "source_product_id": None,
    "allocations": None,
    "amount": Decimal("10000.00"),
    "frequency": "Monthly",
    "day_of_month": 5,
    "day_of_week": None,
    "at_time": time(10),
    "roll": "following",
    "start_date": date(2024, 1, 1),
    "end_date": None,
    "trigger_type": "Date",
    "trigger_config": {},
    "goal_id": None,
    "instalments": None,
    "max_total_amount": None,
    "max_per_execution": None,
    "min_balance_required": Decimal("0.00"),
    "step_up_percent": None,
    "step_up_amount": None,
    "step_up_every_months": None,
    "step_up_cap": None,
    "cash_policy": "skip",
    "missed": "latest",
    "failure_limit": 3,
    "enabled": True,
    "status": "Active",
    "status_reason": None,
    "paused_until": None,
    "execution_count": 0,
    "total_invested": Decimal("0.00"),
    "consecutive_failures": 0,
    "first_occurrence": date(2024, 1, 5),
    "next_occurrence": NOMINAL,
    "next_run_at": DUE,
    "attempts": 0,
    "last_reason": None,
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
    "nav_date": date(2024, 1, 4),
    "nav_age": 1,
}
_FACTS: dict[str, Any] = {
    "now": DUE,
    "nominal": NOMINAL,
    "actual": NOMINAL.date(),
    "due": DUE,
    "period_end": DUE + timedelta(days=31),
    "last": False,
    "cut_off": DUE + timedelta(hours=5),
    "missed": False,
    "skip_requested": False,
    "business_day": True,
    "stop": None,
    "available": Decimal("100000.00"),
    "max_nav_age": 3,
    "observation": None,
}
BELOW_TARGET = {"trigger_type": "Goal Progress", "trigger_config": {"percent": "50", "direction": "below"}}


def rule(**changes: Any) -> Rule:
    """A monthly SIP of 10,000 in FUND at its first occurrence."""
    return Rule(**_RULE | changes)


def quote(**changes: Any) -> Quote:
    """An open product with yesterday's NAV of 10."""
    return Quote(**_QUOTE | changes)


def facts(*quotes: Quote, **changes: Any) -> Facts:
    """The first occurrence at its due instant, with plenty of cash."""
    return Facts(**_FACTS | {"quotes": quotes or (quote(),)} | changes)


def conditional(**changes: Any) -> Rule:
    """A rule that runs while its goal is below 50 %."""
    return rule(goal_id="G", **BELOW_TARGET | changes)


def seen(observed: str | None, reference: str | None = None) -> Observation:
    return Observation(
        None if observed is None else Decimal(observed),
        None if reference is None else Decimal(reference),
        date(2024, 1, 4),
    )


def basket(*percents: str) -> list[dict[str, str]]:
    """Allocations of products P0, P1, …"""
    return [{"product": f"P{n}", "percent": percent} for n, percent in enumerate(percents)]
