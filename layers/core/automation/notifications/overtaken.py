"""Whether what a message tells is still so when it is to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from automation.notifications.told import Told

OVERTAKEN: Final = "overtaken"
NO_LONGER_TRUE: Final = "no_longer_true"
Facts = Mapping[str, Any]


def overtaken(told: Told, now: datetime) -> str | None:
    """Why a message is not to be sent any more: other news has overtaken it, or it is true no longer; else None."""
    check = _CHECKS.get(told.event)
    return check(told.facts, now) if check is not None else None


def _submitted(facts: Facts, now: datetime) -> str | None:
    return OVERTAKEN if facts.get("status") in ("Executed", "Settled", "Failed", "Cancelled", "Reversed") else None


def _coming(facts: Facts, now: datetime) -> str | None:
    """A reminder is for the next occurrence: one that ran is not announced, nor one that is to be skipped."""
    if facts.get("skipped") or facts.get("rule_status", "Active") != "Active":
        return NO_LONGER_TRUE
    if "next_run_at" not in facts and "rule_status" not in facts:
        return None
    following = facts.get("next_occurrence")
    if following is None or str(facts.get("occurrence")) != following.isoformat(timespec="minutes"):
        return OVERTAKEN
    return OVERTAKEN if facts["next_run_at"] <= now else None


def _proposal(facts: Facts, now: datetime) -> str | None:
    """A proposal that waited for somebody, and waits no longer."""
    waited = facts.get("proposed") or facts.get("what") == "unconfirmed"
    return OVERTAKEN if waited and facts.get("status", "Pending") != "Pending" else None


def _alert(facts: Facts, now: datetime) -> str | None:
    what = facts.get("what")
    if what in ("cash_short", "units_short"):
        paid_in = "required" in facts and "cash" in facts and facts["cash"] >= Decimal(facts["required"])
        return NO_LONGER_TRUE if paid_in else _coming(facts, now)
    if what == "held" and facts.get("status", "Held") != "Held":
        return OVERTAKEN
    return _proposal(facts, now)


def _expiring(facts: Facts, now: datetime) -> str | None:
    reminds = facts.get("what") == "reminded"
    return NO_LONGER_TRUE if reminds and facts.get("status", "Active") != "Active" else None


_CHECKS: Final[dict[str, Callable[[Facts, datetime], str | None]]] = {
    "Order Submitted": _submitted,
    "Auto-Invest Reminder": _coming,
    "Rebalancing Triggered": _proposal,
    "Portfolio Alert": _alert,
    "Trigger Order Expiring": _expiring,
}
