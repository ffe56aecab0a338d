"""Buckets: what a target of a rule covers, what may be sold of it and what may be bought for it."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.portfolio import Portfolio, Position, bucket_of
from automation.rebalancing.rule import CASH, Rule
from automation.rebalancing.sale import Source, source_of
from automation.rebalancing.shares import rounded_up

_NOTHING: Final[tuple[Position, ...]] = ()


class Sink(NamedTuple):
    """A product that may be bought: `least` is the smallest purchase, a multiple; `weight` what is held of it, or 1.

    A switch into it is bound by `least_switch` alone. Neither buys less than a unit's last digit.
    """

    product_id: str
    amc: str
    least: Decimal
    least_switch: Decimal
    multiple: Decimal
    weight: Decimal


class Bucket(NamedTuple):
    """A target in percent and what counts toward it.

    `value` is exact, `sellable` in whole paise: of cash what may be used. `in_turn` says that the first sink that
    can takes all, else they share. `step` is what rounding may make of its value: trades of less are none.
    """

    name: str
    target: Decimal
    value: Decimal
    step: Decimal
    sellable: Decimal
    sources: tuple[Source, ...]
    sinks: tuple[Sink, ...]
    in_turn: bool
    members: tuple[Position, ...]

    @property
    def is_cash(self) -> bool:
        return self.name == CASH

    @property
    def open(self) -> bool:
        return bool(self.sinks) or self.is_cash


def buckets_of(rule: Rule, portfolio: Portfolio) -> list[Bucket]:
    """The rule's targets, in its order."""
    targets = rule.targets
    members: dict[str, list[Position]] = {name: [] for name in targets}
    for position in portfolio.positions:
        name = bucket_of(position, targets)
        if name is not None:
            members[name].append(position)
    return [
        _cash(rule, portfolio, percent) if name == CASH else _bucket(rule, portfolio, name, percent, members[name])
        for name, percent in targets.items()
    ]


def usable_cash(rule: Rule, portfolio: Portfolio) -> Decimal:
    """The cash that purchases may use: what is free, less the buffer."""
    return money.paid_out(max(portfolio.cash - rule.cash_buffer, money.ZERO))


def _cash(rule: Rule, portfolio: Portfolio, percent: Decimal) -> Bucket:
    value = portfolio.cash + portfolio.coming
    # The paise that no product takes stay here.
    paise = 3 * money.PAISA * (1 + len(portfolio.positions))
    return Bucket(CASH, percent, value, paise, usable_cash(rule, portfolio), (), (), False, _NOTHING)


def _bucket(rule: Rule, portfolio: Portfolio, name: str, percent: Decimal, members: list[Position]) -> Bucket:
    kept = rule.do_not_trade
    found = [
        source_of(each, portfolio.day) for each in members if each.status == "Active" and each.product_id not in kept
    ]
    sources = tuple([source for source in found if source is not None])
    sinks, in_turn = _sinks(rule, name, members)
    return Bucket(
        name,
        percent,
        sum([each.value for each in members], money.ZERO),
        sum([step(each) for each in members], money.ZERO),
        sum([source.worth for source in sources], money.ZERO),
        sources,
        sinks,
        in_turn,
        tuple(members),
    )


def step(position: Position) -> Decimal:
    """The money that rounding may add to or take from a product: a paisa and a unit's last digit an order, of three."""
    return 3 * (money.PAISA + money.UNIT * (position.nav or money.ZERO))


def _sinks(rule: Rule, name: str, members: list[Position]) -> tuple[tuple[Sink, ...], bool]:
    """Those preferred, in turn; where none of them can be bought those held, or else what the target itself names."""
    able = [each for each in members if closed(each, rule.do_not_trade) is None]
    order = rule.preferred_products
    preferred = sorted((each for each in able if each.product_id in order), key=lambda e: order.index(e.product_id))
    held = [each for each in able if each.value > 0] or [each for each in able if each.product_id == name]
    return tuple([_sink(each) for each in preferred or held]), bool(preferred)


def closed(position: Position, do_not_trade: Collection[str]) -> str | None:
    """Why a product can't be bought, None where it can."""
    if position.product_id in do_not_trade:
        return "do_not_trade"
    if position.status != "Active" or not position.open:
        return "product_closed"
    return position.price_problem or (None if position.nav else "no_price")


def _sink(position: Position) -> Sink:
    multiple = max(position.multiple, money.PAISA)
    unit = rounded_up(money.UNIT * (position.nav or money.ZERO))
    least = max(position.min_purchase, multiple, unit)
    valid = money.to_multiple(least, multiple)
    return Sink(
        position.product_id,
        position.amc,
        valid if valid == least else valid + multiple,
        max(position.min_purchase, money.PAISA, unit),
        multiple,
        position.value or Decimal(1),
    )
