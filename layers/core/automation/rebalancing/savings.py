"""The exit load that waiting would save."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from automation import money
from automation.portfolio.lots import redeem
from automation.rebalancing.sale import Sale
from automation.rebalancing.trade import Saving


def savings(sales: Sequence[Sale]) -> tuple[Saving, ...]:
    """By product and by the days after which a part of its lots is free: the load saved by then, in whole paise."""
    due: dict[tuple[str, int], Decimal] = {}
    for each in sales:
        source = each.source
        out = redeem(source.lots, source.nav, source.day, amount=each.gross) if each.load else None
        for piece in out.slices if out else ():
            if piece.load and piece.lot.load_until is not None:
                key = source.product_id, (piece.lot.load_until - source.day).days + 1
                due[key] = due.get(key, money.ZERO) + piece.load
    return tuple(_cumulated(due))


def _cumulated(due: dict[tuple[str, int], Decimal]) -> Iterator[Saving]:
    saved: dict[str, Decimal] = {}
    for (product, days), load in sorted(due.items()):
        saved[product] = saved.get(product, money.ZERO) + load
        yield Saving(product, days, money.paid_out(saved[product]))
