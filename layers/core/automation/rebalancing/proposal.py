"""A plan that was proposed some time ago, and whether what would be done now is still that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.portfolio import Portfolio, Position
from automation.rebalancing.proceeds import planned
from automation.rebalancing.rule import Rule
from automation.rebalancing.trade import Trade

# A price, or a trade for another reason than its price, that is off by more percent than this is another one.
_MOVED: Final = Decimal(1)


class Leg(NamedTuple):
    """A trade as it was proposed: what of what, and the money that it was expected to move."""

    order_type: str
    product_id: str
    target_product_id: str | None
    worth: Decimal


class Proposal(NamedTuple):
    """The legs that were proposed, and the prices that they were planned with, by product."""

    legs: Sequence[Leg]
    navs: Mapping[str, Decimal]


def is_another(proposal: Proposal, rule: Rule, portfolio: Portfolio, unspent: Decimal, now: Sequence[Trade]) -> bool:
    """Whether the trades of now are not those that were proposed.

    They are where a price moved by more than 1 %, where other products are traded or in another way, or where holdings,
    cash or targets have changed: at the prices of then a trade would be worth more than 1 % more or less.
    """
    if [leg[:3] for leg in proposal.legs] != [leg[:3] for leg in legs_of(now)]:
        return True
    if any(_price_moved(each, proposal) for each in portfolio.positions):
        return True
    then = legs_of(planned(rule, _at(portfolio, proposal.navs), unspent).trades)
    if len(then) != len(proposal.legs):
        return True
    pairs = zip(proposal.legs, then, strict=True)
    return any(one[:3] != other[:3] or _off(one.worth, other.worth) for one, other in pairs)


def legs_of(trades: Iterable[Trade]) -> list[Leg]:
    return [Leg(each.order_type, each.product_id, each.target_product_id, each.worth) for each in trades]


def _price_moved(position: Position, proposal: Proposal) -> bool:
    """What is neither held nor traded may have any price, or none."""
    traded = {name for leg in proposal.legs for name in (leg.product_id, leg.target_product_id)}
    if not position.units and not position.coming and position.product_id not in traded:
        return False
    before = proposal.navs.get(position.product_id)
    return before is None or position.nav is None or _off(before, position.nav)


def _off(before: Decimal, after: Decimal) -> bool:
    return abs(after - before) * money.HUNDRED > before * _MOVED


def _at(portfolio: Portfolio, navs: Mapping[str, Decimal]) -> Portfolio:
    """The portfolio at other prices, as far as they are known."""
    positions = [each._replace(nav=navs.get(each.product_id, each.nav)) for each in portfolio.positions]
    return portfolio._replace(positions=tuple(positions))
