"""A look at a trigger in plain words: why it fired or did not, and how far it was from firing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from automation.triggers.condition import DATE, GOAL_PROGRESS, PORTFOLIO_VALUE, PRICES, TRAILING, Leaf, Observation
from automation.triggers.decision import FAILS, FIRES, Decision, distance
from automation.triggers.facts import Facts
from automation.triggers.trigger import CONFIRM, NOTIFY, Trigger


def explain(trigger: Trigger, facts: Facts, decision: Decision) -> str:
    """What was decided, with the figures that decided it; no final full stop."""
    if decision.status == FIRES:
        return f"{_seen(trigger, facts)}: {_acted(trigger, decision)}"
    why_not = _REASONS[decision.reason or ""](trigger, facts)
    return f"{_seen(trigger, facts)}, and {why_not}" if decision.status == FAILS else why_not


def shortfall(trigger: Trigger, facts: Facts, decision: Decision) -> str | None:
    """How far the level was, in percent of what was seen; None where distance means nothing."""
    far = distance(trigger, facts) if decision.reason in ("condition_not_met", "baseline") else None
    return None if far is None else f"{abs(far):.2f} %"


def _acted(trigger: Trigger, decision: Decision) -> str:
    if trigger.mode == NOTIFY:
        return "it told so, as it was asked"
    size = decision.size
    if size is None:
        return "it fired"
    much = "all units" if size.all_units else f"{size.units:,} units" if size.units else f"{size.amount:,.2f}"
    into = f" to {trigger.target_product_id}" if trigger.target_product_id else ""
    ordered = "it waits to be confirmed" if trigger.mode == CONFIRM else "it ordered"
    return f"{ordered}: {trigger.order_type} of {much} of {trigger.product_id}{into}"


def _seen(trigger: Trigger, facts: Facts) -> str:
    told = [_observed(leaf, seen) for leaf, seen in zip(trigger.leaves, facts.observations, strict=True)]
    return ", ".join(told)


def _observed(leaf: Leaf, seen: Observation) -> str:
    if leaf.kind == DATE:
        return f"its instant is {leaf.at:%Y-%m-%d %H:%M %Z}"
    if seen.value is None:
        return f"the {_what(leaf)} is not known"
    on = f" on {seen.as_of}" if seen.as_of else ""
    return f"the {_what(leaf)} was {_figure(leaf, seen.value)}{on}"


def _what(leaf: Leaf) -> str:
    if leaf.kind in PRICES:
        return f"{leaf.kind if leaf.kind == 'NAV' else 'price'} of {leaf.subject}"
    return {PORTFOLIO_VALUE: "portfolio's value", GOAL_PROGRESS: f"progress of goal {leaf.subject}"}[leaf.kind]


def _figure(leaf: Leaf, value: Decimal) -> str:
    return f"{value:,.2f}" if leaf.kind == PORTFOLIO_VALUE else f"{value:,.4f}" + " %" * (leaf.kind == GOAL_PROGRESS)


def wanted(leaf: Leaf) -> str:
    """What a condition waits for, as in `Less Than 95.0000`."""
    if leaf.kind == DATE:
        return f"{leaf.at:%Y-%m-%d %H:%M %Z}"
    if leaf.value is None:
        return "a first price to follow"
    side = "at or above" if leaf.buys else "at or below"
    return f"{side if leaf.condition == TRAILING else leaf.condition} {_figure(leaf, leaf.value)}"


def _unmet(trigger: Trigger, facts: Facts) -> str:
    asked = ", ".join(wanted(leaf) for leaf in trigger.leaves)
    return f"{_seen(trigger, facts)}, and {asked} is asked"


def _stale(trigger: Trigger, facts: Facts) -> str:
    dated = [(quote.nav_age or 0, quote.nav_date, quote.product_id) for quote in facts.quotes]
    dated += [(seen.age or 0, seen.as_of, "what it watches") for seen in facts.observations]
    age, on, what = max(dated, key=lambda each: each[0])
    allowed = f"where {trigger.max_data_age} are allowed"
    return f"the price of {what} is of {on}, {age} business days old {allowed}"


def _plain(text: str) -> Callable[[Trigger, Facts], str]:
    return lambda trigger, facts: text


_REASONS: Final[dict[str, Callable[[Trigger, Facts], str]]] = {
    "trigger_paused": _plain("it is paused"),
    "not_yet_valid": lambda trigger, facts: f"it is valid from {trigger.valid_from:%Y-%m-%d %H:%M %Z}",
    "expired": lambda trigger, facts: f"it was valid until {trigger.valid_until:%Y-%m-%d %H:%M %Z}",
    "kill_switch": lambda trigger, facts: f"a kill switch stands ({facts.stop})",
    "client_inactive": lambda trigger, facts: f"the client is {trigger.client_status}",
    "kyc_not_verified": lambda trigger, facts: f"the client's KYC is {trigger.kyc_status}",
    "product_closed": _plain("the product is closed"),
    "nothing_held": _plain("nothing is held that it could follow"),
    "no_price": _plain("there is no price to look at yet"),
    "no_goal": _plain("its goal is gone"),
    "stale_price": _stale,
    "suspect_price": _plain("the newest price moved so far that it is suspect until it is confirmed"),
    "condition_not_met": _unmet,
    "condition_unknown": lambda trigger, facts: f"its condition can't be told yet: {_unmet(trigger, facts)}",
    "baseline": lambda trigger, facts: f"{_seen(trigger, facts)}: a first price, from which a crossing is told",
    "insufficient_units": _plain("there were not enough unlocked units"),
    "insufficient_cash": lambda trigger, facts: f"{facts.cash:,.2f} of cash was too little",
    "below_minimum": _plain("what could be ordered was below the product's minimum"),
}
