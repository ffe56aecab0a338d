"""How much a trigger orders when it fires: what was asked, reduced to what is there or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from automation import money
from automation.portfolio.product import Quote
from automation.triggers.facts import Facts
from automation.triggers.trigger import REJECT, Trigger


class Size(NamedTuple):
    """One of `amount`, `units` and `all_units`, or the reason why nothing can be ordered; `worth` is its money."""

    amount: Decimal | None = None
    units: Decimal | None = None
    all_units: bool = False
    worth: Decimal = money.ZERO
    reason: str | None = None


def sized(trigger: Trigger, facts: Facts) -> Size:
    """The order's size. The product has a price: that is guarded before."""
    if trigger.buys:
        return _purchase(trigger, facts)
    nav = facts.quotes[0].nav or money.ZERO
    free_worth = money.paid_out(facts.units * nav) - facts.claimed
    if facts.units <= 0 or free_worth <= 0:
        return Size(reason="insufficient_units")
    if trigger.all_units:
        return _above_minimum(trigger, facts, Size(all_units=True, worth=free_worth), whole=True)
    if trigger.amount is not None:
        return _by_amount(trigger, facts, free_worth)
    return _by_units(trigger, facts, nav, free_worth)


def _purchase(trigger: Trigger, facts: Facts) -> Size:
    quote, wanted = facts.quotes[0], trigger.amount or money.ZERO
    if wanted > facts.cash and trigger.on_shortfall == REJECT:
        return Size(reason="insufficient_cash")
    amount = money.to_multiple(min(wanted, money.paid_out(max(facts.cash, money.ZERO))), quote.multiple)
    if amount < quote.min_purchase:
        return Size(reason="insufficient_cash" if wanted > facts.cash else "below_minimum")
    return Size(amount=amount, worth=amount)


def _by_amount(trigger: Trigger, facts: Facts, free_worth: Decimal) -> Size:
    wanted = trigger.amount or money.ZERO
    if wanted > free_worth and trigger.on_shortfall == REJECT:
        return Size(reason="insufficient_units")
    amount = min(wanted, free_worth)
    return _above_minimum(trigger, facts, Size(amount=amount, worth=amount), whole=amount == free_worth)


def _by_units(trigger: Trigger, facts: Facts, nav: Decimal, free_worth: Decimal) -> Size:
    wanted = trigger.units or money.ZERO
    free = facts.units if not facts.claimed else money.bought(free_worth, nav)
    if wanted > free and trigger.on_shortfall == REJECT:
        return Size(reason="insufficient_units")
    units = min(wanted, free)
    if units <= 0:
        return Size(reason="insufficient_units")
    worth = money.paid_out(units * nav)
    return _above_minimum(trigger, facts, Size(units=units, worth=worth), whole=units == free)


def _above_minimum(trigger: Trigger, facts: Facts, size: Size, *, whole: bool) -> Size:
    """All that is left may be redeemed whatever the minimum; a switch must buy what its target takes."""
    source: Quote = facts.quotes[0]
    if not whole and size.worth < source.min_redemption:
        return Size(reason="below_minimum")
    if trigger.target_product_id and size.worth < facts.quotes[1].min_purchase:
        return Size(reason="below_minimum")
    return size
