"""Which redemptions pay for which purchases."""

from __future__ import annotations

from decimal import Decimal

from automation import money
from automation.orders.order import PURCHASE
from automation.rebalancing.settlement import Settlement
from automation.rebalancing.trade import Trade

Pots = list[tuple[int, Decimal]]


def funded(settlement: Settlement, first: int, cash_used: Decimal, debt: Decimal) -> list[Trade]:
    """The purchases as trades; `first` is the leg of the first redemption.

    Cash pays for the first of them, so that they can be made at once. The first redemptions pay a debt: every purchase
    waits for these, with a share of zero where they pay nothing else of it.
    """
    pots = [(first + n, each.net) for n, each in enumerate(settlement.sales)]
    paying_debt, pots = _poured(pots, debt)
    waits = [(leg, money.ZERO) for leg, _ in paying_debt]
    cash = max(cash_used, money.ZERO)
    leg = first + len(settlement.sales)
    trades = []
    for number, buy in enumerate(settlement.buys):
        from_cash = min(cash, buy.amount)
        cash -= from_cash
        taken, pots = _poured(pots, buy.amount - from_cash)
        legs = {each for each, _ in taken}
        by = tuple(sorted(taken + [wait for wait in waits if wait[0] not in legs]))
        trades.append(
            Trade(leg + number, PURCHASE, buy.sink.product_id, None, buy.amount, False, buy.amount, money.ZERO, by)
        )
    return trades


def _poured(pots: Pots, amount: Decimal) -> tuple[Pots, Pots]:
    """What is taken from the first pots, and what is left in them."""
    taken: Pots = []
    while amount > 0 and pots:
        leg, there = pots[0]
        part = min(there, amount)
        taken.append((leg, part))
        amount -= part
        pots = [(leg, there - part), *pots[1:]] if there > part else pots[1:]
    return taken, pots
