"""Trades carried out by themselves, as a gateway would: what is held and the cash after them.

It knows nothing of how a plan is made. Whatever can't be done is an AssertionError.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import count
from uuid import UUID

from automation.portfolio.lots import Lot, left_after, redeem
from automation.rebalancing.portfolio import Portfolio, Position
from automation.rebalancing.trade import Trade
from tests.unit.rebalancing.examples import World

_keys = count(10**9)


def after(world: World, trades: Sequence[Trade]) -> Portfolio:
    """The portfolio when all is settled: sales and switches leg by leg, then purchases, cash never below zero."""
    held = {each.product_id: each for each in world.portfolio.positions}
    cash, day = world.portfolio.cash, world.portfolio.day
    paid: dict[int, Decimal] = {}
    assert [trade.leg for trade in trades] == list(range(len(trades)))
    kinds = [trade.order_type for trade in trades]
    assert "Purchase" not in kinds[: len(kinds) - kinds.count("Purchase")]
    for trade in trades:
        if trade.order_type == "Purchase":
            assert trade.amount is not None
            assert trade.amount <= cash, "a purchase without the money for it"
            for leg, part in trade.funded_by:
                assert part <= paid[leg]
                paid[leg] -= part
            cash -= trade.amount
            held[trade.product_id] = _bought(held[trade.product_id], trade.amount, world, day)
        else:
            held[trade.product_id], net = _sold(held[trade.product_id], trade, day)
            if trade.target_product_id is None:
                cash += net
                paid[trade.leg] = net
            else:
                held[trade.target_product_id] = _bought(held[trade.target_product_id], net, world, day)
    return Portfolio(day, tuple(held.values()), cash, world.portfolio.coming)


def _sold(each: Position, trade: Trade, day: date) -> tuple[Position, Decimal]:
    assert each.nav is not None
    out = redeem(each.lots, each.nav, day, amount=trade.amount)
    assert out is not None, "a sale of nothing"
    assert out.net > 0
    assert (out.gross, out.load) == (trade.worth, trade.load)
    kept = tuple(lot for lot in left_after(each.lots, out) if lot.units_left)
    return each._replace(lots=kept, units=each.units - out.units), out.net


def _bought(each: Position, amount: Decimal, world: World, day: date) -> Position:
    assert each.nav is not None
    units = (amount / each.nav).quantize(Decimal("0.0001"), ROUND_DOWN)
    assert units > 0, "a purchase of nothing"
    lock, load_days, load = world.terms.get(each.product_id, (0, 0, Decimal(0)))
    until = day + timedelta(days=load_days) if load_days else None
    key = UUID(int=next(_keys))
    new = Lot("C1", each.product_id, key, day, units, units, amount, day + timedelta(days=lock), until, load)
    return each._replace(lots=(*each.lots, new), units=each.units + units)
