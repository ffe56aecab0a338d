"""How much: the stepped-up instalment, its limits, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.auto_invest.rule import SIP, SWP, Rule
from automation.calendar.schedule import steps
from automation.portfolio.product import Quote


class Part(NamedTuple):
    """One order to be: a product and its amount, or the reason why this part is left out."""

    product_id: str
    amount: Decimal
    left_out: str | None = None


def instalment(rule: Rule, nominal: date) -> Decimal:
    """The amount of the occurrence before any limit, stepped up from the first instalment and rounded once."""
    if rule.step_up_every_months is None:
        return rule.amount
    times = steps(rule.first_occurrence, nominal, rule.step_up_every_months)
    if rule.step_up_percent is not None:
        stepped = rule.amount * (1 + rule.step_up_percent / money.HUNDRED) ** times
    else:
        stepped = rule.amount + (rule.step_up_amount or money.ZERO) * times
    if rule.step_up_cap is not None:
        stepped = max(rule.amount, min(stepped, rule.step_up_cap))
    return money.nearest(stepped)


def limited(rule: Rule, nominal: date) -> Decimal:
    """The amount of the occurrence under the rule's own limits."""
    left = None if rule.max_total_amount is None else rule.max_total_amount - rule.total_invested
    return min(limit for limit in (instalment(rule, nominal), left, rule.max_per_execution) if limit is not None)


def unavailable(quote: Quote, rule: Rule, max_nav_age: int) -> str | None:
    """Why nothing can be ordered in a product now, or None: closed, without NAV, or with one that is too old."""
    if quote.status != "Active" or not (quote.open or quote.product_id == _redeemed(rule)):
        return "product_closed"
    if quote.nav is None or quote.nav_age is None:
        return "nav_missing"
    return "nav_stale" if quote.nav_age > max_nav_age else None


def parts(rule: Rule, quotes: Sequence[Quote], amount: Decimal, max_nav_age: int) -> list[Part]:
    """Split an amount over the rule's products: each rounded down to its multiple, or left out with a reason.

    `quotes` are in the order of `rule.products`. A part that is left out keeps its money uninvested.
    """
    if rule.allocations is None:
        return [_part(rule, quotes, amount, max_nav_age)]
    shares = money.split(amount, [Decimal(part["percent"]) for part in rule.allocations])
    return [_part(rule, [quote], share, max_nav_age) for quote, share in zip(quotes, shares, strict=True)]


def _part(rule: Rule, quotes: Sequence[Quote], amount: Decimal, max_nav_age: int) -> Part:
    into = quotes[-1]
    for quote in quotes:
        if reason := unavailable(quote, rule, max_nav_age):
            return Part(into.product_id, money.ZERO, reason)
    sized = amount if rule.plan == SWP else money.to_multiple(amount, into.multiple)
    if sized < _minimum(rule, quotes):
        return Part(into.product_id, money.ZERO, "below_minimum")
    return Part(into.product_id, sized)


def _minimum(rule: Rule, quotes: Sequence[Quote]) -> Decimal:
    if rule.plan == SIP:
        return quotes[-1].min_purchase
    if rule.plan == SWP:
        return quotes[-1].min_redemption
    return max(quotes[0].min_redemption, quotes[-1].min_purchase)


def _redeemed(rule: Rule) -> str | None:
    return rule.product_id if rule.plan == SWP else rule.source_product_id
