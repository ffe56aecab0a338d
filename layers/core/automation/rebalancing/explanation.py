"""A decision about a portfolio in plain words: how far it is from its targets, what is traded, or why nothing is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from automation import money
from automation.rebalancing.decision import ACTS, Decision
from automation.rebalancing.drift import Drift
from automation.rebalancing.facts import BY_DRIFT, Facts
from automation.rebalancing.rule import DRIFT, Rule
from automation.rebalancing.trade import Trade


def explain(rule: Rule, facts: Facts, decision: Decision) -> str:
    """What was decided, with the figures that decided it; no final full stop."""
    far = f"{drifted(decision.drift)}: " if decision.drift is not None else ""
    if decision.status == ACTS and decision.plan is not None:
        told = "; ".join(trade_in_words(trade) for trade in decision.plan.trades)
        return f"{far}{told}"
    return far + _REASONS.get(decision.reason or "", _as_it_is(decision.reason))(rule, facts)


def drifted(drift: Drift) -> str:
    """Both numbers, and the target that is farthest off."""
    name, points = max(drift.by_target.items(), key=lambda each: abs(each[1]))
    largest = f"largest drift {drift.max_drift:.2f} points ({name} {points:+.2f})"
    return f"{largest}, portfolio drift {drift.portfolio_drift:.2f}"


def trade_in_words(trade: Trade) -> str:
    """As in `Switch of 12,500.00 from A to B`."""
    much = "all" if trade.all_units else f"{trade.worth:,.2f}"
    if trade.target_product_id:
        return f"{trade.order_type} of {much} from {trade.product_id} to {trade.target_product_id}"
    return f"{trade.order_type} of {much} of {trade.product_id}"


def shortfall(rule: Rule, decision: Decision) -> str | None:
    """How far the drift was from letting the rule act by itself; None where distance means nothing."""
    drift, threshold = decision.drift, rule.threshold_percent
    if decision.reason != "within_band" or drift is None or threshold is None or not rule.watches_drift:
        return None
    if rule.strategy == DRIFT:
        short = threshold - drift.portfolio_drift
    else:
        short = min(_band(rule, threshold, name) - abs(points) for name, points in drift.by_target.items())
    return f"{short:.2f} percentage points"


def _band(rule: Rule, threshold: Decimal, name: str) -> Decimal:
    """How far a target may be off, in points: the narrower of both bands."""
    target, relative = rule.targets[name], rule.relative_band_percent
    return min(threshold, relative * target / money.HUNDRED) if relative is not None and target > 0 else threshold


def _within_band(rule: Rule, facts: Facts) -> str:
    if facts.initiator == BY_DRIFT and not rule.watches_drift:
        return "it acts on its calendar alone"
    return f"that is within what {rule.strategy} allows"


def _plain(text: str) -> Callable[[Rule, Facts], str]:
    return lambda rule, facts: text


def _as_it_is(reason: str | None) -> Callable[[Rule, Facts], str]:
    return _plain(f"nothing could be traded ({reason})")


_REASONS: Final[dict[str, Callable[[Rule, Facts], str]]] = {
    "rule_disabled": _plain("the rule is switched off"),
    "rule_cancelled": _plain("the rule was cancelled"),
    "rule_completed": _plain("the rule has come to its end"),
    "rule_paused": _plain("the rule was paused"),
    "not_started": lambda rule, facts: f"the rule starts on {rule.start_date}",
    "ended": lambda rule, facts: f"the rule ended on {rule.end_date}",
    "missed": _plain("it was found after the next one was due, which stands for it"),
    "non_business_day": _plain("it is no business day for all of its products"),
    "kill_switch": lambda rule, facts: f"a kill switch stands ({facts.stop})",
    "client_inactive": lambda rule, facts: f"the client is {rule.client_status}",
    "kyc_not_verified": lambda rule, facts: f"the client's KYC is {rule.kyc_status}",
    "execution_live": _plain("an execution of the client is not over yet"),
    "already_today": _plain("the client was rebalanced today already"),
    "cooldown": lambda rule, facts: f"it rests for {rule.cooldown_days} days since {facts.last_on}",
    "no_price": _plain("something that is held has no price"),
    "stale_price": lambda rule, facts: f"a price is more than {facts.max_nav_age} business days old",
    "suspect_price": _plain("a price is suspect until it is confirmed"),
    "nothing_held": _plain("nothing of its targets is held"),
    "within_band": _within_band,
    "on_target": _plain("that leaves nothing to trade"),
}
