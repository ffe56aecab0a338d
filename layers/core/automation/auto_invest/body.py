"""A rule's columns as the body that would make it: what a person changes of it is laid over this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from automation.fields import overlaid

_SAME: Final = (
    *("name", "plan", "allocations", "frequency", "day_of_month", "day_of_week", "roll", "trigger_type"),
    *("instalments", "cash_policy", "missed", "failure_limit", "enabled"),
)
_AS_TEXT: Final = ("amount", "start_date", "end_date", "max_total_amount", "max_per_execution", "min_balance_required")
_KEYS: Final = ("client", "product", "source_product", "goal")
_STEP_UP: Final = ("percent", "amount", "every_months", "cap")
FIXED: Final = ("client", "plan")
# What a field makes void when it is changed and this is not named beside it.
_REPLACES: Final = {"trigger_type": "trigger_config", "allocations": "product", "product": "allocations"}


def changed(columns: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body with some of its fields changed; null takes a field back to what it is when it is left out.

    InvalidInput for a field that would make it another rule, and where none is named.
    """
    void = {_REPLACES[field]: None for field, value in changes.items() if field in _REPLACES and value is not None}
    return overlaid({**as_body(columns), **void}, changes, FIXED)


def as_body(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The body that would make the rule, with null for what it leaves out."""
    return {
        **{name: columns[name] for name in _SAME},
        **{name: _text(columns[name]) for name in _AS_TEXT},
        **{name: columns[f"{name}_id"] for name in _KEYS},
        "time": f"{columns['at_time']:%H:%M}",
        "trigger_config": columns["trigger_config"] or None,
        "step_up": _step_up(columns) if columns["step_up_every_months"] else None,
    }


def _step_up(columns: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: _text(columns[f"step_up_{name}"]) for name in _STEP_UP}
    return {**texts, "every_months": columns["step_up_every_months"]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
