"""The decision about one occasion to rebalance: guards in a fixed order, then the plan, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from automation.portfolio.client import may_not_trade
from automation.rebalancing.drift import Drift, fires, measure
from automation.rebalancing.facts import BY_HAND, BY_SCHEDULE, Facts
from automation.rebalancing.portfolio import values
from automation.rebalancing.proceeds import planned
from automation.rebalancing.rule import Rule
from automation.rebalancing.trade import Plan

ACTS: Final = "Acts"
SKIPS: Final = "Skips"


class Decision(NamedTuple):
    """What becomes of an occasion: Acts with a plan, or Skips with a reason.

    `guards` is how many were passed; the next one in `GUARDS` stopped it unless it Acts. `drift` is None where it
    can't be told.
    """

    status: str
    reason: str | None
    guards: int
    drift: Drift | None = None
    plan: Plan | None = None


class _Draft:
    """The occasion on its way through the guards; the later ones measure and plan."""

    __slots__ = ("drift", "facts", "plan", "rule")

    def __init__(self, rule: Rule, facts: Facts) -> None:
        self.rule = rule
        self.facts = facts
        self.drift: Drift | None = None
        self.plan: Plan | None = None

    @property
    def automatic(self) -> bool:
        return self.facts.initiator != BY_HAND


def _enabled(draft: _Draft) -> str | None:
    rule = draft.rule
    if not rule.enabled:
        return "rule_disabled"
    if rule.status in ("Cancelled", "Completed"):
        return f"rule_{rule.status.lower()}"
    resumed = rule.paused_until is not None and draft.facts.due >= rule.paused_until
    return "rule_paused" if rule.status == "Paused" and not resumed and draft.automatic else None


def _inside_dates(draft: _Draft) -> str | None:
    if not draft.automatic:
        return None
    day, rule = draft.facts.nominal.date(), draft.rule
    if day < rule.start_date:
        return "not_started"
    return "ended" if rule.end_date is not None and day > rule.end_date else None


def _not_missed(draft: _Draft) -> str | None:
    return "missed" if draft.facts.missed else None


def _business_day(draft: _Draft) -> str | None:
    return None if draft.facts.business_day or not draft.automatic else "non_business_day"


def _not_stopped(draft: _Draft) -> str | None:
    return "kill_switch" if draft.facts.stop else None


def _client_may_trade(draft: _Draft) -> str | None:
    return may_not_trade(draft.rule.client_status, draft.rule.kyc_status)


def _alone(draft: _Draft) -> str | None:
    if draft.facts.live:
        return "execution_live"
    return "already_today" if draft.facts.today and draft.automatic else None


def _cool(draft: _Draft) -> str | None:
    """Days of the calendar since the rule's last execution, which block automatic ones only."""
    rule, last = draft.rule, draft.facts.last_on
    if last is None or not rule.cooldown_days or not draft.automatic:
        return None
    return "cooldown" if draft.facts.portfolio.day < last + timedelta(days=rule.cooldown_days) else None


def _priced(draft: _Draft) -> str | None:
    held = (each for each in draft.facts.portfolio.positions if each.units or each.coming)
    return next((each.price_problem for each in held if each.price_problem), None)


def _condition(draft: _Draft) -> str | None:
    """How far the portfolio is from its targets, and whether that is far enough for this strategy and occasion."""
    rule, facts = draft.rule, draft.facts
    targets = rule.targets
    worth = values(facts.portfolio, targets)
    draft.drift = measure(worth, targets)
    if draft.drift is None:
        return "nothing_held"
    if not draft.automatic:
        return None
    return None if fires(rule, worth, scheduled=facts.initiator == BY_SCHEDULE) else "within_band"


def _planned(draft: _Draft) -> str | None:
    draft.plan = planned(draft.rule, draft.facts.portfolio, draft.facts.unspent)
    if draft.plan.trades:
        return None
    return draft.plan.skipped[0].code if draft.plan.skipped else "on_target"


GUARDS: Final[tuple[tuple[str, Callable[[_Draft], str | None]], ...]] = (
    ("rule_enabled", _enabled),
    ("inside_dates", _inside_dates),
    ("not_missed", _not_missed),
    ("business_day", _business_day),
    ("kill_switch", _not_stopped),
    ("client", _client_may_trade),
    ("single", _alone),
    ("cooldown", _cool),
    ("prices", _priced),
    ("condition", _condition),
    ("plan", _planned),
)


def decide(rule: Rule, facts: Facts) -> Decision:
    """Take one occasion through every guard, in order; pure, so that it can be done again from the log."""
    draft = _Draft(rule, facts)
    for passed, (_, guard) in enumerate(GUARDS):
        reason = guard(draft)
        if reason is not None:
            return Decision(SKIPS, reason, passed, draft.drift, draft.plan)
    return Decision(ACTS, None, len(GUARDS), draft.drift, draft.plan)
