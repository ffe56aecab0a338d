"""A rebalancing rule's columns as the body that would make it: what a person changes is laid over this. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from automation.fields import as_sent, overlaid

_SAME: Final = (
    *("name", "strategy", "target_allocation", "threshold_percent", "relative_band_percent", "min_drift_percent"),
    *("trigger_on_drift", "trigger_on_schedule", "frequency", "day_of_month", "day_of_week", "roll", "start_date"),
    *("end_date", "mode", "rebalance_amount", "preferred_products", "do_not_trade", "cash_buffer", "tax_aware"),
    *("cooldown_days", "execute_automatically", "require_confirmation", "confirm_within_hours", "enabled"),
)
_RENAMED: Final = {"client": "client_id", "time": "at_time", "to": "rebalance_to"}
FIXED: Final = ("client", "strategy")


def changed(columns: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body with some of its fields changed; null takes a field back to what it is when it is left out.

    InvalidInput for a field that would make it another rule, and where none is named.
    """
    return overlaid(as_body(columns), changes, FIXED)


def as_body(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The body that would make the rule, with null for what it leaves out."""
    renamed = {name: as_sent(columns[column]) for name, column in _RENAMED.items()}
    return {name: as_sent(columns[name]) for name in _SAME} | renamed
