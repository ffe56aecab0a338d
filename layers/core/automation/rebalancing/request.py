"""The body that creates a rebalancing rule: checked field by field before anything is looked up or written."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from automation import money
from automation.calendar.business_days import Roll
from automation.calendar.schedule import Frequency
from automation.errors import InvalidInput
from automation.fields import Body, Day, DayOfMonth, Exact, Floor, Money, Name, Percent, Positive, Time, translated
from automation.rebalancing.rule import CASH, DRIFT, HYBRID, THRESHOLD, TIME

Share = Annotated[Exact, Field(ge=0, le=100, decimal_places=4)]
Names = Annotated[tuple[Name, ...], Field(max_length=200)]


class RebalancingRequest(Body):
    """What a client wants; targets are percents by product, asset class or `cash`, and sum to exactly 100."""

    client: Name
    name: Name
    strategy: Literal["Threshold-Based", "Time-Based", "Drift-Based", "Hybrid"]
    target_allocation: Annotated[dict[Name, Share], Field(min_length=1, max_length=200)]
    threshold_percent: Percent | None = None
    relative_band_percent: Annotated[Positive, Field(le=1000, decimal_places=4)] | None = None
    min_drift_percent: Share | None = None
    trigger_on_drift: Annotated[bool, Field(strict=True)] = True
    trigger_on_schedule: Annotated[bool, Field(strict=True)] = True
    frequency: Frequency | None = None
    day_of_month: DayOfMonth | None = None
    day_of_week: Annotated[int, Field(strict=True, ge=0, le=6)] | None = None
    time: Time = time(10)
    roll: Roll = Roll.FOLLOWING
    start_date: Day | None = None
    end_date: Day | None = None
    to: Literal["target", "band"] = "target"
    mode: Literal["full", "buy_only", "sell_only"] = "full"
    rebalance_amount: Money | None = None
    preferred_products: Names = ()
    do_not_trade: Names = ()
    cash_buffer: Floor = money.ZERO
    tax_aware: Annotated[bool, Field(strict=True)] = False
    cooldown_days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 0
    execute_automatically: Annotated[bool, Field(strict=True)] = False
    require_confirmation: Annotated[bool, Field(strict=True)] = True
    confirm_within_hours: Annotated[int, Field(strict=True, ge=1, le=8760)] = 24
    enabled: Annotated[bool, Field(strict=True)] = True


def parse(body: dict[str, Any]) -> RebalancingRequest:
    """Check a body; InvalidInput names the first field that is wrong and counts the others."""
    try:
        request = RebalancingRequest.model_validate(body)
    except ValidationError as error:
        raise translated(error) from error
    for wrong, field, problem in (*_about_targets(request), *_about_strategy(request), *_about_calendar(request)):
        if wrong:
            raise InvalidInput(field, problem, hint="correct the field and send it again")
    return request


Problems = list[tuple[bool, str, str]]


def _about_targets(request: RebalancingRequest) -> Problems:
    total = sum(request.target_allocation.values(), money.ZERO)
    barred = set(request.preferred_products) & set(request.do_not_trade)
    only_cash = set(request.target_allocation) == {CASH}
    return [
        (total != money.HUNDRED, "target_allocation", f"percents sum to {total}, not to 100"),
        (only_cash, "target_allocation", "names nothing but cash"),
        (bool(barred), "preferred_products", f"name {min(barred, default='')!r}, which is not to be traded"),
    ]


def _about_strategy(request: RebalancingRequest) -> Problems:
    kind, by_drift = request.strategy, request.strategy != TIME
    needs_band = request.to == "band" and request.threshold_percent is None
    neither = kind == HYBRID and not (request.trigger_on_drift or request.trigger_on_schedule)
    return [
        (by_drift and request.threshold_percent is None, "threshold_percent", f"is required by {kind}"),
        (needs_band, "threshold_percent", "is required by `to` band: it is the band"),
        (
            kind not in (THRESHOLD, HYBRID) and request.relative_band_percent is not None,
            "relative_band_percent",
            "is for Threshold-Based and Hybrid",
        ),
        (kind != HYBRID and request.min_drift_percent is not None, "min_drift_percent", "is for Hybrid"),
        (kind == HYBRID and request.min_drift_percent is None, "min_drift_percent", "is required by Hybrid"),
        (kind in (THRESHOLD, DRIFT) and not request.trigger_on_drift, "trigger_on_drift", f"is all that {kind} has"),
        (kind == TIME and not request.trigger_on_schedule, "trigger_on_schedule", "is all that Time-Based has"),
        (neither, "trigger_on_drift", "or trigger_on_schedule must be on"),
    ]


def _about_calendar(request: RebalancingRequest) -> Problems:
    kind, frequency, start, end = request.strategy, request.frequency, request.start_date, request.end_date
    by_calendar = kind in (TIME, HYBRID)
    by_week = frequency in (Frequency.WEEKLY, Frequency.FORTNIGHTLY)
    by_month = frequency is not None and not by_week and frequency is not Frequency.DAILY
    return [
        (by_calendar and frequency is None, "frequency", f"is required by {kind}"),
        (not by_calendar and frequency is not None, "frequency", f"does not go with {kind}"),
        (request.day_of_week is not None and not by_week, "day_of_week", "is for Weekly and Fortnightly"),
        (request.day_of_month is not None and not by_month, "day_of_month", "is for Monthly and rarer"),
        (start is not None and end is not None and end < start, "end_date", f"{end} is before start_date {start}"),
    ]
