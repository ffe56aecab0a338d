"""A trigger's request as columns: moments as instants in the client's zone, its size split, what it watches. No I/O."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from automation.calendar.schedule import instant, local_date
from automation.triggers.condition import GOAL_PROGRESS, PORTFOLIO_VALUE, PRICES
from automation.triggers.request import TriggerRequest, leaves_of
from automation.triggers.trigger import CUSTOM

_REMIND_BEFORE: Final = timedelta(days=3)
_FIRST_MOMENT: Final = time()


def columns_of(request: TriggerRequest, zone: str, now: datetime) -> dict[str, Any]:
    """The request's fields as the columns take them: moments as instants, the size split, what the tree watches."""
    valid_from = moment(request.valid_from, zone) if request.valid_from is not None else now
    valid_until = moment(request.valid_until, zone, ends=True) if request.valid_until is not None else None
    tree, leaves = request.condition_tree, [leaf for leaf, _ in leaves_of(request.condition_tree or _NO_TREE)]
    kinds = {leaf.trigger_type for leaf in leaves} if tree else {request.trigger_type}
    return (
        dict(request)
        | _size(request)
        | {
            "trigger_at": None if request.trigger_at is None else moment(request.trigger_at, zone),
            "condition_tree": None if tree is None else _in_zone(tree, zone),
            "valid_from": valid_from,
            "valid_until": valid_until,
            "watches": sorted({leaf.product or request.product for leaf in leaves if leaf.trigger_type in PRICES})
            if request.trigger_type == CUSTOM
            else [],
            "trails_from": local_date(max(valid_from, now), zone),
            "follows": bool(kinds & {PORTFOLIO_VALUE, GOAL_PROGRESS}),
            "remind_at": remind_at(max(valid_from, now), valid_until),
        }
    )


def _size(request: TriggerRequest) -> dict[str, Any]:
    """What it orders, as columns have it; one that only tells stands for all that is held, unless it says otherwise."""
    if request.notifies and request.amount is None and request.units in (None, "all"):
        return {"order_type": "Redemption", "target_product_id": None, "units": None, "all_units": True}
    whole = request.units == "all"
    units = None if whole else request.units
    return {"target_product_id": request.target_product, "units": units, "all_units": whole}


_NO_TREE: Final = {"trigger_type": "Date", "trigger_at": "2000-01-01"}


def remind_at(start: datetime, end: datetime | None) -> datetime | None:
    """When the expiry is announced: three days before the end, or after three quarters of a shorter validity."""
    return None if end is None else end - min(_REMIND_BEFORE, (end - start) / 4)


def moment(value: date | datetime, zone: str, *, ends: bool = False) -> datetime:
    """The instant of a date (its first moment, or with `ends` the one after its last), local time or instant."""
    if not isinstance(value, datetime):
        day = value + timedelta(days=1) if ends else value
        return instant(day, _FIRST_MOMENT, zone)
    return value if value.tzinfo is not None else instant(value.date(), value.time(), zone)


def _in_zone(tree: Any, zone: str) -> Any:
    """A tree whose dates are instants."""
    if isinstance(tree, list):
        return [_in_zone(part, zone) for part in tree]
    if "trigger_at" in tree:
        (leaf, _), *_ = leaves_of(tree)
        return tree | {"trigger_at": moment(leaf.trigger_at or date.min, zone).isoformat()}
    return {name: _in_zone(part, zone) if name in ("all", "any", "not") else part for name, part in tree.items()}
