"""The decision about one look at a trigger: guards in a fixed order, then its order's size, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from automation.portfolio.client import may_not_trade
from automation.portfolio.product import Quote
from automation.triggers.condition import CROSSINGS, Leaf, holds, trouble, widest_gap
from automation.triggers.facts import Facts
from automation.triggers.size import Size, sized
from automation.triggers.trigger import Trigger

FIRES: Final = "Fires"
FAILS: Final = "Fails"
RESTS: Final = "Rests"
WAITS: Final = "Waits"


class Decision(NamedTuple):
    """What becomes of a look.

    Fires: its order is placed, to be confirmed, or just told. Fails: it fired and there is nothing to order. Rests:
    nothing happens until what it watches changes. Waits: its condition holds and something else keeps it from firing,
    so it is looked at again. `guards` is how many were passed; the next one in `GUARDS` stopped it unless it Fires.
    """

    status: str
    reason: str | None
    guards: int
    size: Size | None = None


def _enabled(trigger: Trigger, facts: Facts) -> str | None:
    if trigger.status != "Active":
        return f"trigger_{trigger.status.lower()}"
    return None if trigger.enabled else "trigger_paused"


def _valid(trigger: Trigger, facts: Facts) -> str | None:
    if facts.now < trigger.valid_from:
        return "not_yet_valid"
    return "expired" if trigger.valid_until is not None and facts.now >= trigger.valid_until else None


def _not_stopped(trigger: Trigger, facts: Facts) -> str | None:
    return "kill_switch" if facts.stop else None


def _client_may_trade(trigger: Trigger, facts: Facts) -> str | None:
    return may_not_trade(trigger.client_status, trigger.kyc_status) if trigger.orders else None


def _product_available(trigger: Trigger, facts: Facts) -> str | None:
    """Where a product is gone nobody is told of its price either; buying takes one that is open besides."""
    bought = facts.quotes[0] if trigger.buys else facts.quotes[-1] if len(facts.quotes) > 1 else None
    shut = trigger.orders and bought is not None and not bought.open
    return "product_closed" if shut or any(quote.status != "Active" for quote in facts.quotes) else None


def _priced(trigger: Trigger, facts: Facts) -> str | None:
    """The price of what is ordered is known, fresh and not suspect, and a single condition can be told."""
    if trigger.orders:
        if facts.suspect:
            return "suspect_price"
        reason = next(filter(None, (_trouble(quote, trigger.max_data_age) for quote in facts.quotes)), None)
        if reason is not None:
            return reason
    if len(facts.observations) > 1 or trigger.leaves[0].at is not None:
        return None
    return trouble(facts.observations[0], trigger.max_data_age)


def _trouble(quote: Quote, max_age: int) -> str | None:
    if quote.nav is None or quote.nav <= 0 or quote.nav_age is None:
        return "no_price"
    return "stale_price" if quote.nav_age > max_age else None


def _condition(trigger: Trigger, facts: Facts) -> str | None:
    met = holds(trigger.tree, facts.observations, facts.now, trigger.max_data_age)
    if met:
        return None
    return "condition_unknown" if met is None else "baseline" if _only_begins(trigger, facts) else "condition_not_met"


def _only_begins(trigger: Trigger, facts: Facts) -> bool:
    """Whether a crossing has nothing usable to come from: what it sees now is what the next is compared with."""
    leaves = trigger.leaves
    if len(leaves) > 1 or leaves[0].condition not in CROSSINGS:
        return False
    seen = facts.observations[0]
    return seen.previous is None or seen.gap is None or seen.gap > widest_gap(trigger.max_data_age)


GUARDS: Final[tuple[tuple[str, Callable[[Trigger, Facts], str | None]], ...]] = (
    ("enabled", _enabled),
    ("validity", _valid),
    ("kill_switch", _not_stopped),
    ("client", _client_may_trade),
    ("product", _product_available),
    ("price", _priced),
    ("condition", _condition),
)
SIZE: Final = "size"
GUARD_NAMES: Final = (*(name for name, _ in GUARDS), SIZE)
# Stops after which looking again by itself is of no use: something else will bring the trigger back.
_AT_REST: Final = frozenset({"trigger_paused", "expired", "condition_not_met", "condition_unknown", "baseline"})


def decide(trigger: Trigger, facts: Facts) -> Decision:
    """Take a trigger through every guard, in order; pure, so that it can be done again from the log."""
    for passed, (_, guard) in enumerate(GUARDS):
        reason = guard(trigger, facts)
        if reason is not None:
            return Decision(_kept(trigger, facts, reason), reason, passed)
    if not trigger.orders:
        return Decision(FIRES, None, len(GUARD_NAMES))
    size = sized(trigger, facts)
    if size.reason is not None:
        return Decision(FAILS, size.reason, len(GUARDS))
    return Decision(FIRES, None, len(GUARD_NAMES), size)


def confirmed(trigger: Trigger, facts: Facts) -> Decision:
    """What becomes of a trigger that fired before and that a person confirms now: all guards but its condition."""
    for passed, (name, guard) in enumerate(GUARDS):
        reason = None if name in ("enabled", "validity", "condition") else guard(trigger, facts)
        if reason is not None:
            return Decision(WAITS, reason, passed)
    size = sized(trigger, facts)
    return Decision(FAILS if size.reason else FIRES, size.reason, len(GUARDS) + (size.reason is None), size)


def _kept(trigger: Trigger, facts: Facts, reason: str) -> str:
    """A trigger is looked at again by itself where its condition holds and will hold; else the next price is."""
    if reason in _AT_REST or trigger.status != "Active":
        return RESTS
    lasting = holds(trigger.tree, facts.observations, facts.now, trigger.max_data_age, lasting=True)
    return WAITS if lasting or reason == "not_yet_valid" else RESTS


def level_of(trigger: Trigger) -> Leaf | None:
    """The one leaf of a trigger that has a level, None for a tree or a date."""
    leaves = trigger.leaves
    return leaves[0] if len(leaves) == 1 and leaves[0].at is None else None


def distance(trigger: Trigger, facts: Facts) -> Decimal | None:
    """How far the level is from what is seen, in percent of what is seen; None where there is no such thing."""
    leaf = level_of(trigger)
    seen = facts.observations[0].value if leaf else None
    if leaf is None or leaf.value is None or not seen:
        return None
    return (leaf.value - seen) / seen * 100
