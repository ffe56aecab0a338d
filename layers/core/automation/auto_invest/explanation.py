"""A decision in plain words: why a rule acted or did not, and how far it was from acting."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from automation import money
from automation.auto_invest.amount import limited
from automation.auto_invest.decision import SUCCESS, Decision, over
from automation.auto_invest.facts import Facts
from automation.auto_invest.rule import SIP, STP, Rule


def explain(rule: Rule, facts: Facts, decision: Decision) -> str:
    """What was decided about one occurrence, with the figures that decided it; no final full stop."""
    if decision.status == SUCCESS:
        return _acted(rule, decision)
    if decision.wanted is not None:
        return _short(rule, facts, decision.wanted)
    return _REASONS[decision.reason or ""](rule, facts)


def shortfall(rule: Rule, facts: Facts, decision: Decision) -> str | None:
    """How far the figure that stopped the rule was from letting it run, None where distance means nothing."""
    if decision.wanted is not None:
        kept = rule.min_balance_required if rule.plan == SIP else money.ZERO
        return f"{decision.wanted + kept - facts.available:,.2f}"
    seen = facts.observation
    if decision.reason == "condition_not_met" and not over(rule, facts) and seen and seen.observed is not None:
        return _distance(rule, seen.observed, seen.reference)
    return None


def _acted(rule: Rule, decision: Decision) -> str:
    parts = ", ".join(f"{part.amount:,.2f} of {part.product_id}" for part in decision.parts if not part.left_out)
    what = {SIP: parts, STP: f"a switch of {parts} from {rule.source_product_id}"}.get(rule.plan)
    left = [f"{part.product_id} was left out ({part.left_out})" for part in decision.parts if part.left_out]
    return "; ".join([f"ordered {what or f'the redemption of {parts}'}", *left])


def _distance(rule: Rule, observed: Decimal, reference: Decimal | None) -> str | None:
    config = rule.trigger_config
    if reference is not None:
        change = _change(observed, reference)
        limit = Decimal(config.get("nav_change_percent", config.get("band_percent", "0")))
        below = (
            change < 0 if config.get("market") == "Neutral" else "fall" in config.values() or "Bear" in config.values()
        )
        wanted = -limit if below else limit
        return f"{abs(wanted - change):.2f} percentage points"
    return f"{abs(Decimal(config['percent']) - observed):.2f} percentage points"


def _change(observed: Decimal, reference: Decimal) -> Decimal:
    return (observed - reference) / reference * money.HUNDRED


def _unmet(rule: Rule, facts: Facts) -> str:
    seen = facts.observation
    if over(rule, facts) or seen is None or seen.observed is None:  # what is seen after the period tells nothing of it
        return "its condition did not hold in the whole period"
    config = rule.trigger_config
    if seen.reference is None:
        wanted = f"{config.get('direction', 'at least')} {config['percent']} %"
        return f"{rule.trigger_type} was {seen.observed:.2f} % where {wanted} is asked"
    change = _change(seen.observed, seen.reference)
    if "lookback_days" in config:
        asked = f"a {config['direction']} of {config['nav_change_percent']} %"
        return f"the NAV moved {change:+.2f} % over {config['lookback_days']} days where {asked} is asked"
    asked = f"{config['market']} (band {config['band_percent']} %)"
    return f"the NAV was {change:+.2f} % from its {config['window_days']}-day average where {asked} is asked"


def _short(rule: Rule, facts: Facts, wanted: Decimal) -> str:
    if rule.plan != SIP:
        return f"{wanted:,.2f} was wanted and the unlocked units were worth {facts.available:,.2f}"
    floor = f" with {rule.min_balance_required:,.2f} to be kept" if rule.min_balance_required else ""
    return f"{wanted:,.2f} was wanted{floor} and {facts.available:,.2f} was there"


def _stale(rule: Rule, facts: Facts) -> str:
    oldest = max(facts.quotes, key=lambda quote: quote.nav_age or 0)
    return (
        f"the NAV of {oldest.product_id} was of {oldest.nav_date}, {oldest.nav_age} business days old"
        f" where {facts.max_nav_age} are allowed"
    )


def _plain(text: str) -> Callable[[Rule, Facts], str]:
    return lambda rule, facts: text


_REASONS: Final[dict[str, Callable[[Rule, Facts], str]]] = {
    "rule_disabled": _plain("the rule is switched off"),
    "rule_cancelled": _plain("the rule was cancelled before it was looked at"),
    "rule_paused": _plain("the rule was paused"),
    "not_started": lambda rule, facts: f"the rule starts on {rule.start_date}",
    "ended": lambda rule, facts: f"the rule ended on {rule.end_date}",
    "missed": lambda rule, facts: f"it was found after its day, and the policy for missed ones is {rule.missed}",
    "skip_requested": _plain("the client asked to skip it"),
    "non_business_day": _plain("its day is no business day, and the rule skips those"),
    "kill_switch": lambda rule, facts: f"a kill switch stands ({facts.stop})",
    "client_inactive": lambda rule, facts: f"the client is {rule.client_status}",
    "kyc_not_verified": lambda rule, facts: f"the client's KYC is {rule.kyc_status}",
    "product_closed": _plain("the product is closed"),
    "nav_missing": _plain("the product has no NAV yet"),
    "nav_stale": _stale,
    "condition_not_met": _unmet,
    "condition_unknown": _plain("there is too little data to tell whether its condition holds"),
    "instalments_done": lambda rule, facts: f"all {rule.instalments} instalments are done",
    "max_total_reached": lambda rule, facts: f"{rule.total_invested:,.2f} of {rule.max_total_amount:,.2f} is invested",
    "below_minimum": lambda rule, facts: f"{limited(rule, facts.nominal.date()):,.2f} is below the product's minimum",
    "insufficient_cash": _plain("its tries were over, and at the last one there was too little cash"),
    "insufficient_units": _plain("its tries were over, and at the last one there were too few unlocked units"),
}
