"""Sales and purchases inside one fund house made switches: one order, and no day out of the market."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from automation import money
from automation.rebalancing.bucket import Sink
from automation.rebalancing.division import takes
from automation.rebalancing.sale import Sale, Source, paying, rest, sale
from automation.rebalancing.shares import rounded_up

# So much above a minimum that the paise which are lost to rounding later do not take it below.
_EDGE: Final = Decimal("0.10")


class Buy(NamedTuple):
    """Money to be bought of a sink, for the bucket of that number."""

    bucket: int
    sink: Sink
    amount: Decimal


class Switch(NamedTuple):
    """A sale whose net goes straight into a sink."""

    sale: Sale
    sink: Sink


class Pairing(NamedTuple):
    """Switches, and what has to be sold and bought besides: nothing of what switches have bought."""

    switches: list[Switch]
    sales: list[Sale]
    buys: list[Buy]


def paired(sales: list[Sale], buys: list[Buy], *, capped: bool) -> Pairing:
    """Greedy: the largest sale goes to the largest purchase of its house that can take it, as long as there is one.

    What is left of either is nothing or can be traded by itself. With a cap no purchase gets more than it asks for.
    """
    found = Pairing([], [], [])
    houses: dict[str, list[Buy]] = {}
    for buy in buys:
        houses.setdefault(buy.sink.amc, []).append(buy)
    for amc in dict.fromkeys([each.source.amc for each in sales]):
        _inside([each for each in sales if each.source.amc == amc], houses.get(amc, []), found, capped=capped)
    found.buys.extend(buy for house in houses.values() for buy in house)
    return found


def _inside(sales: list[Sale], house: list[Buy], found: Pairing, *, capped: bool) -> None:
    """The switches of one house; `house` is left with what is still to be bought."""
    while sales:
        sales.sort(key=lambda each: each.gross)
        house.sort(key=lambda each: -each.amount)
        sold = sales.pop()
        for n, buy in enumerate(house):
            part = switchable(sold, buy, capped=capped)
            if part is not None:
                found.switches.append(Switch(part, buy.sink))
                house[n] = buy._replace(amount=_left_to_buy(part, buy))
                sales.extend(_left_to_sell(sold, part))
                break
        else:
            found.sales.append(sold)


def switchable(sold: Sale, buy: Buy, *, capped: bool) -> Sale | None:
    """The largest part of a sale that a purchase can take by a switch, with nothing left too small to be traded."""
    source, sink = sold.source, buy.sink
    kept = money.ZERO if sold.all_units else source.least + _EDGE
    more = _dust(source) if sold.whole and not capped else money.ZERO
    for net in (min(sold.net, buy.amount + more), min(sold.net - kept, buy.amount - sink.least - _EDGE)):
        if net >= sink.least_switch:
            part = sold if net == sold.net else paying(source, min(net, buy.amount))
            if _fits(sold, part, buy):
                return part
    return None


def _fits(sold: Sale, part: Sale, buy: Buy) -> bool:
    left, short = sold.gross - part.gross, _left_to_buy(part, buy)
    return (
        (part.all_units or part.gross >= part.source.least)
        and (sold.all_units or left <= _dust(part.source) or left >= part.source.least)
        and part.net >= buy.sink.least_switch
        and (short == 0 or takes(buy.sink, short))
    )


def _dust(source: Source) -> Decimal:
    """Money that rounding to whole units and loads in whole paise may leave, and that is no trade of its own."""
    return 2 * (money.PAISA + rounded_up(money.UNIT * source.nav))


def _left_to_buy(part: Sale, buy: Buy) -> Decimal:
    left = buy.amount - part.net
    return money.ZERO if left <= _dust(part.source) else left


def _left_to_sell(sold: Sale, part: Sale) -> Iterator[Sale]:
    """The units of a part are rounded up, so that a little less may be left."""
    source = rest(part) if part.gross < sold.gross else None
    if source is None or (not sold.all_units and sold.gross - part.gross <= _dust(source)):
        return
    left = sale(source, source.worth if sold.whole else min(sold.gross - part.gross, source.worth))
    if left.net > 0:
        yield left
