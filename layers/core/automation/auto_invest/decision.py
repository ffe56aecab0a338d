"""The decision about one occurrence: guards in a fixed order, then the orders, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.auto_invest import amount as amounts
from automation.auto_invest.amount import Part
from automation.auto_invest.condition import reason_against
from automation.auto_invest.facts import Facts
from automation.auto_invest.rule import SIP, Rule
from automation.portfolio.client import may_not_trade

SUCCESS: Final = "Success"
FAILED: Final = "Failed"
SKIPPED: Final = "Skipped"
WAIT: Final = "Wait"
MAX_TRIES: Final = 3


class Decision(NamedTuple):
    """What becomes of an occurrence.

    `status` Wait leaves the occurrence open for another look. `guards` is how many guards were passed; the
    next one in `GUARDS` stopped the occurrence unless it is a Success. `wanted` is what the funds fell short of,
    where they were looked at.
    `completes` names why the rule ends with this occurrence, None where it goes on.
    """

    status: str
    reason: str | None
    guards: int
    amount: Decimal | None = None
    parts: tuple[Part, ...] = ()
    completes: str | None = None
    wanted: Decimal | None = None


class _Draft:
    """The occurrence on its way through the guards; the later ones size it."""

    __slots__ = ("amount", "facts", "left", "parts", "rule", "wanted")

    def __init__(self, rule: Rule, facts: Facts) -> None:
        self.rule = rule
        self.facts = facts
        self.amount = money.ZERO
        self.left: Decimal | None = None
        self.wanted: Decimal | None = None
        self.parts: list[Part] = []

    def size(self, amount: Decimal) -> None:
        """Split an amount over the products; what is left out no longer counts."""
        self.parts = amounts.parts(self.rule, self.facts.quotes, amount, self.facts.max_nav_age)
        self.amount = sum((part.amount for part in self.parts), money.ZERO)


def _enabled(draft: _Draft) -> str | None:
    rule = draft.rule
    if not rule.enabled:
        return "rule_disabled"
    if rule.status == "Cancelled":
        return "rule_cancelled"
    resumed = rule.paused_until is not None and draft.facts.due >= rule.paused_until
    return "rule_paused" if rule.status == "Paused" and not resumed else None


def _inside_dates(draft: _Draft) -> str | None:
    day = draft.facts.nominal.date()
    if day < draft.rule.start_date:
        return "not_started"
    return "ended" if draft.rule.end_date is not None and day > draft.rule.end_date else None


def _not_missed(draft: _Draft) -> str | None:
    """One that was waiting for money was not missed: its tries are over, without success."""
    if not draft.facts.missed:
        return None
    return draft.rule.last_reason if draft.rule.attempts and draft.rule.last_reason else "missed"


def _not_skipped(draft: _Draft) -> str | None:
    return "skip_requested" if draft.facts.skip_requested else None


def _business_day(draft: _Draft) -> str | None:
    """Of a rule that runs on its date; a conditional one only begins its period there."""
    return None if draft.facts.business_day or draft.rule.conditional else "non_business_day"


def _not_stopped(draft: _Draft) -> str | None:
    return "kill_switch" if draft.facts.stop else None


def _client_may_trade(draft: _Draft) -> str | None:
    return may_not_trade(draft.rule.client_status, draft.rule.kyc_status)


def _product_available(draft: _Draft) -> str | None:
    """A basket goes on with what is left of it; a single product must be available."""
    rule, facts = draft.rule, draft.facts
    reasons = [amounts.unavailable(quote, rule, facts.max_nav_age) for quote in facts.quotes]
    if rule.allocations is None:
        return next(filter(None, reasons), None)
    return None if None in reasons else reasons[0]


def _condition(draft: _Draft) -> str | None:
    """Looked at inside its period only; the period's end finds it as its last look left it."""
    rule, facts = draft.rule, draft.facts
    if over(rule, facts):
        return rule.last_reason or "missed"
    seen = facts.observation
    if seen is not None and seen.age is not None and seen.age > facts.max_nav_age:
        return "condition_unknown"
    return reason_against(rule, seen)


def _instalments_left(draft: _Draft) -> str | None:
    left = draft.rule.instalments is None or draft.rule.execution_count < draft.rule.instalments
    return None if left else "instalments_done"


def _total_left(draft: _Draft) -> str | None:
    rule = draft.rule
    draft.amount = amounts.instalment(rule, draft.facts.nominal.date())
    if rule.max_total_amount is None:
        return None
    left = rule.max_total_amount - rule.total_invested
    if left < draft.amount:
        draft.amount = draft.left = left
    return "max_total_reached" if left <= 0 else None


def _capped(draft: _Draft) -> str | None:
    cap = draft.rule.max_per_execution
    if cap is not None and draft.amount > cap:
        draft.amount = cap
    return None


def _above_minimum(draft: _Draft) -> str | None:
    draft.size(draft.amount)
    if draft.amount > 0:
        return None
    return "max_total_reached" if _used_up(draft) else draft.parts[0].left_out


def _used_up(draft: _Draft) -> bool:
    """Whether what is left of the total is below every minimum; a part that is only closed now may still come."""
    if draft.left is None:
        return False
    parts = amounts.parts(draft.rule, draft.facts.quotes, draft.left, draft.facts.max_nav_age)
    return all(part.left_out == "below_minimum" for part in parts)


def _funded(draft: _Draft) -> str | None:
    rule = draft.rule
    free = draft.facts.available - (rule.min_balance_required if rule.plan == SIP else money.ZERO)
    if draft.amount <= free:
        return None
    draft.wanted = draft.amount
    short = "insufficient_cash" if rule.plan == SIP else "insufficient_units"
    if rule.cash_policy != "partial" or free <= 0:
        return short
    draft.size(money.paid_out(free))
    return None if draft.amount > 0 else short


GUARDS: Final[tuple[tuple[str, Callable[[_Draft], str | None]], ...]] = (
    ("rule_enabled", _enabled),
    ("inside_dates", _inside_dates),
    ("not_missed", _not_missed),
    ("not_skipped", _not_skipped),
    ("business_day", _business_day),
    ("kill_switch", _not_stopped),
    ("client", _client_may_trade),
    ("product", _product_available),
    ("condition", _condition),
    ("instalments", _instalments_left),
    ("max_total", _total_left),
    ("max_per_execution", _capped),
    ("minimum", _above_minimum),
    ("funds", _funded),
)
_COMPLETING: Final = frozenset({"instalments_done", "max_total_reached", "ended"})
SHORT: Final = frozenset({"insufficient_cash", "insufficient_units"})
# What a later look inside the same period may find changed; the rest decides a conditional period at once.
_MAY_CHANGE: Final = frozenset(
    {"rule_disabled", "rule_paused", "kill_switch", "client_inactive", "kyc_not_verified"}
    | {"product_closed", "nav_missing", "nav_stale", "condition_not_met", "condition_unknown"}
)


def decide(rule: Rule, facts: Facts) -> Decision:
    """Take one occurrence through every guard, in order; pure, so that it can be done again from the log."""
    draft = _Draft(rule, facts)
    for passed, (_, guard) in enumerate(GUARDS):
        reason = guard(draft)
        if reason is not None:
            return _stopped(rule, facts, passed, reason)._replace(wanted=draft.wanted)
    parts = tuple(draft.parts)
    return Decision(SUCCESS, None, len(GUARDS), draft.amount, parts, _completes(rule, facts, draft.amount))


def _stopped(rule: Rule, facts: Facts, passed: int, reason: str) -> Decision:
    completes = reason if reason in _COMPLETING else _last(facts)
    if rule.cash_policy == "retry" and reason in SHORT:
        status = FAILED if _last_try(rule, facts) else WAIT
    elif rule.conditional and reason in _MAY_CHANGE and not over(rule, facts):
        status = WAIT
    else:
        status = SKIPPED
    return Decision(status, reason, passed, completes=None if status == WAIT else completes)


def _last_try(rule: Rule, facts: Facts) -> bool:
    return facts.missed or rule.attempts + 1 >= MAX_TRIES or facts.now >= facts.cut_off


def over(rule: Rule, facts: Facts) -> bool:
    """Whether the period is over in which a conditional rule looks for its moment."""
    return rule.conditional and facts.now >= facts.period_end


def _completes(rule: Rule, facts: Facts, amount: Decimal) -> str | None:
    if rule.instalments is not None and rule.execution_count + 1 >= rule.instalments:
        return "instalments_done"
    if rule.max_total_amount is not None and rule.total_invested + amount >= rule.max_total_amount:
        return "max_total_reached"
    return _last(facts)


def _last(facts: Facts) -> str | None:
    return "ended" if facts.last else None
