"""The body that creates an auto-invest rule: checked field by field before anything is looked up or written."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from automation import money
from automation.calendar.business_days import Roll
from automation.calendar.schedule import Frequency
from automation.errors import InvalidInput
from automation.fields import (
    Body,
    Day,
    DayOfMonth,
    Exact,
    Floor,
    Money,
    Name,
    Percent,
    Positive,
    Time,
    Whole,
    translated,
)


class Allocation(Body):
    """One part of a basket."""

    product: Name
    percent: Percent


class StepUp(Body):
    """Every 6 or 12 months the amount grows by a percent or by money, up to a cap."""

    percent: Percent | None = None
    amount: Money | None = None
    every_months: Literal[6, 12]
    cap: Money | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")
        return self


class GoalProgress(Body):
    """Runs while the goal's progress is above or below a percent."""

    percent: Annotated[Positive, Field(decimal_places=4, le=100_000)]
    direction: Literal["above", "below"]


class PortfolioDrift(Body):
    """Runs while the drift from a rebalancing rule's targets is at least so many percentage points."""

    percent: Percent
    rebalancing_rule: Name


class NavChange(Body):
    """Runs when the NAV fell or rose by at least a percent over so many calendar days."""

    nav_change_percent: Percent
    direction: Literal["fall", "rise"]
    lookback_days: Annotated[int, Field(strict=True, ge=1, le=3660)]
    product: Name | None = None


class MarketTrend(Body):
    """Runs while the NAV is above (Bull), below (Bear) or within (Neutral) a band around its moving average."""

    market: Literal["Bull", "Bear", "Neutral"]
    window_days: Annotated[int, Field(strict=True, ge=2, le=1000)]
    band_percent: Annotated[Exact, Field(ge=0, le=100, decimal_places=4)] = money.ZERO
    product: Name | None = None


class AutoInvestRequest(Body):
    """What a client wants; amounts in the client's currency, dates and times in the client's zone."""

    client: Name
    name: Name
    plan: Literal["SIP", "STP", "SWP"] = "SIP"
    product: Name | None = None
    source_product: Name | None = None
    allocations: Annotated[tuple[Allocation, ...], Field(min_length=1, max_length=50)] | None = None
    amount: Money
    frequency: Frequency
    day_of_month: DayOfMonth | None = None
    day_of_week: Annotated[int, Field(strict=True, ge=0, le=6)] | None = None
    time: Time = time(10)
    roll: Roll = Roll.FOLLOWING
    start_date: Day
    end_date: Day | None = None
    trigger_type: Literal["Date", "Goal Progress", "Portfolio Drift", "Market Condition"] = "Date"
    trigger_config: GoalProgress | PortfolioDrift | NavChange | MarketTrend | None = None
    goal: Name | None = None
    instalments: Whole | None = None
    max_total_amount: Money | None = None
    max_per_execution: Money | None = None
    min_balance_required: Floor = money.ZERO
    step_up: StepUp | None = None
    cash_policy: Literal["skip", "partial", "retry"] = "skip"
    missed: Literal["latest", "all", "none"] = "latest"
    failure_limit: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    enabled: Annotated[bool, Field(strict=True)] = True

    @property
    def bought(self) -> list[str]:
        """The products that the rule names, the source of an STP aside."""
        return [part.product for part in self.allocations] if self.allocations else [self.product or ""]

    @property
    def failures_allowed(self) -> int:
        """Failures in a row before the rule pauses itself: sooner where instalments are rare."""
        rare = self.frequency in (Frequency.QUARTERLY, Frequency.HALF_YEARLY, Frequency.YEARLY)
        return self.failure_limit or (2 if rare else 3)


_MODELS: Final[dict[str, type[BaseModel]]] = {"Goal Progress": GoalProgress, "Portfolio Drift": PortfolioDrift}


def parse(body: dict[str, Any]) -> AutoInvestRequest:
    """Check a body; InvalidInput names the first field that is wrong and counts the others."""
    body = dict(body)
    config = body.get("trigger_config")
    try:
        request = AutoInvestRequest.model_validate(body | {"trigger_config": _config(body, config)})
    except ValidationError as error:
        raise translated(error) from error
    _check_together(request)
    return request


def _config(body: dict[str, Any], config: object) -> BaseModel | None:
    """The configuration by the trigger type, so that an error names the field of that one kind."""
    kind = body.get("trigger_type", "Date")
    if kind in ("Date", None) or kind not in ("Goal Progress", "Portfolio Drift", "Market Condition"):
        if config not in (None, {}):
            raise InvalidInput(
                "trigger_config", "belongs to a condition", hint="leave it out where trigger_type is Date"
            )
        return None
    if not isinstance(config, dict):
        raise InvalidInput("trigger_config", "is required", hint=f"say when {kind} lets the rule run")
    model = _MODELS.get(str(kind)) or (NavChange if "nav_change_percent" in config else MarketTrend)
    try:
        return model.model_validate(config)
    except ValidationError as error:
        raise translated(error, "trigger_config.") from error


def _check_together(request: AutoInvestRequest) -> None:
    """What no single field can tell."""
    for wrong, field, problem in (*_about_products(request), *_about_dates(request)):
        if wrong:
            raise InvalidInput(field, problem, hint="correct the field and send it again")


def _about_products(request: AutoInvestRequest) -> list[tuple[bool, str, str]]:
    names = request.bought
    basket = request.allocations
    total = sum((part.percent for part in basket or ()), money.ZERO)
    is_stp = request.plan == "STP"
    return [
        ((request.product is None) == (basket is None), "product", "give either product or allocations"),
        (basket is not None and total != money.HUNDRED, "allocations", f"percents sum to {total}, not to 100"),
        (len(set(names)) < len(names), "allocations", "name a product twice"),
        (basket is not None and request.plan != "SIP", "allocations", f"are for a SIP, not a {request.plan}"),
        (is_stp and not request.source_product, "source_product", "is required by plan STP"),
        (not is_stp and request.source_product is not None, "source_product", "is for plan STP only"),
        (request.source_product in names, "source_product", "is the product itself"),
    ]


def _about_dates(request: AutoInvestRequest) -> list[tuple[bool, str, str]]:
    start, end, step_up = request.start_date, request.end_date, request.step_up
    by_week = request.frequency in (Frequency.WEEKLY, Frequency.FORTNIGHTLY)
    by_month = not by_week and request.frequency is not Frequency.DAILY
    needs_goal = request.trigger_type == "Goal Progress" and request.goal is None
    capped_below = step_up is not None and step_up.cap is not None and step_up.cap < request.amount
    return [
        (end is not None and end < start, "end_date", f"{end} is before start_date {start}"),
        (needs_goal, "goal", "is required by trigger_type Goal Progress"),
        (capped_below, "step_up.cap", "is below the amount"),
        (request.day_of_week is not None and not by_week, "day_of_week", "is for Weekly and Fortnightly"),
        (request.day_of_month is not None and not by_month, "day_of_month", "is for Monthly and rarer"),
    ]
