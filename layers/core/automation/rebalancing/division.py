"""A bucket's money divided among its products: what each sells, and what each buys."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from automation import money
from automation.rebalancing.bucket import Bucket, Sink
from automation.rebalancing.sale import Source, expected_load, ladder
from automation.rebalancing.shares import in_paise, proportional

Amounts = list[Decimal]


def load_of(bucket: Bucket, amount: Decimal, *, tax_aware: bool) -> Decimal:
    """The exit load on so much money sold of a bucket, not rounded."""
    if not any(source.loaded for source in bucket.sources):
        return money.ZERO
    shares = _shares(bucket.sources, amount, tax_aware=tax_aware)
    return sum([expected_load(each, share) for each, share in zip(bucket.sources, shares, strict=True)], money.ZERO)


def _shares(sources: Sequence[Source], amount: Decimal, *, tax_aware: bool) -> Amounts:
    """Pro rata to what may be sold; tax-aware first of what is free of load and long-term, then of what is free."""
    rungs = list(zip(*map(ladder, sources), strict=True)) if tax_aware else [[each.worth for each in sources]]
    given = [money.ZERO] * len(sources)
    for rung in rungs:
        offered = [upto - had for upto, had in zip(rung, given, strict=True)]
        whole = sum(offered, money.ZERO)
        if whole > 0:
            part = min(amount / whole, Decimal(1))
            amount -= part * whole
            given = [had + part * more for had, more in zip(given, offered, strict=True)]
    return given


def sold(sources: Sequence[Source], amount: Decimal, *, tax_aware: bool) -> Amounts:
    """Whole paise sold of each source, together the amount, or less where smallest sales forbid it.

    A part below its product's smallest sale is taken from the others instead; where these can't do without it, it
    gives its least.
    """
    if amount >= sum([each.worth for each in sources], money.ZERO):
        return [each.worth for each in sources]
    if amount <= 0:
        return [money.ZERO] * len(sources)
    parts = in_paise(_shares(sources, amount, tax_aware=tax_aware))
    low = [
        i for i, (part, each) in enumerate(zip(parts, sources, strict=True)) if 0 < part < min(each.least, each.worth)
    ]
    if not low:
        return parts
    i = min(low, key=lambda i: parts[i])
    others = [*sources[:i], *sources[i + 1 :]]
    short = amount > sum([each.worth for each in others], money.ZERO)
    least = min(sources[i].least, sources[i].worth) if short else money.ZERO
    if least > amount:
        least = money.ZERO
    parts = sold(others, amount - least, tax_aware=tax_aware)
    return [*parts[:i], least, *parts[i:]]


def bought(sinks: Sequence[Sink], amount: Decimal, weights: Sequence[Decimal], *, in_turn: bool) -> Amounts | None:
    """Money bought of each sink, together the amount, and none below its product's smallest purchase; None if none can.

    In turn, the first that can takes all. Else a part that is too small goes to the others, the smallest first.
    """
    able = [i for i, sink in enumerate(sinks) if weights[i] > 0 and takes(sink, amount)]
    if in_turn:
        able = able[:1]
    while able:
        parts = proportional(amount, [weights[i] for i in able])
        low = [n for n, part in enumerate(parts) if not takes(sinks[able[n]], part)]
        if not low:
            placed = dict(zip(able, parts, strict=True))
            return [placed.get(i, money.ZERO) for i in range(len(sinks))]
        del able[min(low, key=lambda n: parts[n])]
    return None


def takes(sink: Sink, amount: Decimal) -> bool:
    """Whether a purchase of so much is possible once it is rounded down to the multiple."""
    return money.to_multiple(amount, sink.multiple) >= sink.least


def rounded(sinks: Sequence[Sink], parts: Amounts) -> Amounts:
    """Purchases rounded down to their multiples; what is then left goes, in multiples, to those that lost most."""
    down = [money.to_multiple(part, sink.multiple) for sink, part in zip(sinks, parts, strict=True)]
    left = sum(parts, money.ZERO) - sum(down, money.ZERO)
    if left > 0:
        for i in sorted(range(len(parts)), key=lambda i: down[i] - parts[i]):
            more = money.to_multiple(left, sinks[i].multiple) if down[i] > 0 else money.ZERO
            down[i] += more
            left -= more
    return down
