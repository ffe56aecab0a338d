"""Whether a rule's condition holds: Goal Progress, Portfolio Drift and Market Condition. Unknown is never met."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from automation import money
from automation.auto_invest.facts import Observation
from automation.auto_invest.rule import ON_DATE, Rule


def reason_against(rule: Rule, observation: Observation | None) -> str | None:
    """None where the rule may run; `condition_not_met` or `condition_unknown` where it must wait."""
    if rule.trigger_type == ON_DATE:
        return None
    if observation is None or observation.observed is None:
        return "condition_unknown"
    met = _HOLDS[rule.trigger_type](rule, observation.observed, observation.reference)
    if met is None:
        return "condition_unknown"
    return None if met else "condition_not_met"


def _goal_progress(rule: Rule, progress: Decimal, _: Decimal | None) -> bool:
    """Progress in percent of the target, strictly above or below `percent`."""
    percent = Decimal(rule.trigger_config["percent"])
    return progress > percent if rule.trigger_config["direction"] == "above" else progress < percent


def _portfolio_drift(rule: Rule, drift: Decimal, _: Decimal | None) -> bool:
    """Largest drift from the named rebalancing rule's targets, in percentage points."""
    return drift >= Decimal(rule.trigger_config["percent"])


def _market_condition(rule: Rule, nav: Decimal, reference: Decimal | None) -> bool | None:
    """A NAV against the one `lookback_days` ago, or against its moving average with a neutral band around it.

    None where there is nothing to compare it with.
    """
    if reference is None:
        return None
    change = (nav - reference) / reference * money.HUNDRED
    config = rule.trigger_config
    if "nav_change_percent" in config:
        limit = Decimal(config["nav_change_percent"])
        return change <= -limit if config["direction"] == "fall" else change >= limit
    band = Decimal(config["band_percent"])
    trend = "Bull" if change > band else "Bear" if change < -band else "Neutral"
    return bool(trend == config["market"])


_HOLDS: Final[dict[str, Callable[[Rule, Decimal, Decimal | None], bool | None]]] = {
    "Goal Progress": _goal_progress,
    "Portfolio Drift": _portfolio_drift,
    "Market Condition": _market_condition,
}
