"""A trigger's columns as the body that would make it: what a person changes of it is laid over this. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from automation.errors import InvalidInput
from automation.fields import as_sent, overlaid
from automation.triggers.trigger import NOTIFY

_SAME: Final = (
    *("name", "trigger_type", "trigger_condition", "trigger_value", "tolerance", "trailing_percent", "trigger_at"),
    *("condition_tree", "mode", "order_type", "amount", "on_shortfall", "oco_group", "valid_from", "valid_until"),
    *("max_data_age", "enabled"),
)
_KEYS: Final = ("client", "goal", "product", "target_product")
# What it waits for, whose it is and what it trades: with another it would be another trigger.
FIXED: Final = (
    *("client", "trigger_type", "trigger_condition", "trigger_at", "goal", "condition_tree", "order_type", "product"),
    *("target_product", "oco_group", "valid_from"),
)
# One that only tells need not say what it would order; it says so when it is to order.
_ORDER: Final = ("order_type", "target_product")
_REPLACES: Final = {"amount": "units", "units": "amount"}


def changed(columns: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body with some of its fields changed; null takes a field back to what it is when it is left out.

    InvalidInput for a field that would make it another trigger, and where none is named.
    """
    body, percent = as_body(columns), "trailing_percent"
    if percent in changes and (changes[percent] is None) != (body[percent] is None):
        raise InvalidInput(percent, "can be neither added nor taken away", hint="make another, and end this one")
    void = {_REPLACES[field]: None for field, value in changes.items() if field in _REPLACES and value is not None}
    fixed = FIXED if body["order_type"] else [field for field in FIXED if field not in _ORDER]
    return overlaid({**body, **void}, changes, fixed)


def as_body(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The body that would make the trigger, with null for what it leaves out."""
    sent = {name: as_sent(columns[name]) for name in _SAME} | {name: columns[f"{name}_id"] for name in _KEYS}
    sent["units"] = "all" if columns["all_units"] else as_sent(columns["units"])
    if columns["mode"] == NOTIFY and columns["all_units"]:
        return sent | {"order_type": None, "units": None}
    return sent
