"""A simulation's outcome as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from rich.table import Table

from infra.local.output import table
from infra.local.simulation.occasions import Rebalanced
from infra.local.simulation.outcome import Outcome, Result, shown_nav

_WHOLE: Final = Decimal(1)
_HUNDREDTH: Final = Decimal("0.01")


def tables(outcome: Outcome) -> Iterator[Table]:
    """What each client has come to, what is held, and what became of each rule's occurrences."""
    yield executions(outcome.clients)
    yield rebalances(outcome.clients)
    yield triggers(outcome.clients)
    yield holdings(outcome.clients)
    yield clients(outcome.clients)


def clients(results: Mapping[str, Result]) -> Table:
    """A line a client: money in (first holdings too) and out, what is left, and what it earned a year."""
    columns = ("client", "paid in", "withdrawn", "value", "gain", "XIRR %", "cash")
    rows = [
        (
            code,
            *map(_whole, (result.paid_in, result.taken_out, result.value, result.gain)),
            None if result.xirr is None else Decimal(result.xirr * 100).quantize(_HUNDREDTH),
            _whole(result.cash),
        )
        for code, result in results.items()
    ]
    return table("clients", columns, rows)


def holdings(results: Mapping[str, Result]) -> Table:
    """A line a holding, at its last NAV."""
    rows = [
        (
            code,
            held.product,
            held.units,
            held.nav and shown_nav(held.nav),
            _whole(held.value),
            _whole(held.value - held.cost),
        )
        for code, result in results.items()
        for held in result.holdings
        if held.units
    ]
    return table("holdings", ("client", "product", "units", "NAV", "value", "gain"), rows)


def executions(results: Mapping[str, Result]) -> Table:
    """How often each rule ended in each state, and why."""
    counted = Counter(
        (code, each.rule, each.status, each.reason) for code, result in results.items() for each in result.executions
    )
    rows = [(*key, count) for key, count in sorted(counted.items(), key=lambda one: tuple(map(str, one[0])))]
    return table("executions", ("client", "rule", "status", "reason", "executions"), rows)


def rebalances(results: Mapping[str, Result]) -> Table:
    """How often each rule traded, from when to when, and how much it moved."""
    grouped: dict[tuple[str, str], list[Rebalanced]] = {}
    for code, result in results.items():
        for each in result.rebalances:
            grouped.setdefault((code, each.rule), []).append(each)
    rows = [
        (
            *key,
            len(done),
            done[0].on,
            done[-1].on,
            max(each.max_drift for each in done).quantize(_HUNDREDTH),
            (sum((each.turnover for each in done), Decimal()) * 100 / len(done)).quantize(_HUNDREDTH),
        )
        for key, done in grouped.items()
    ]
    columns = ("client", "rule", "rebalances", "first", "last", "largest drift", "turnover %")
    return table("rebalances", columns, rows)


def triggers(results: Mapping[str, Result]) -> Table:
    """Each trigger that fired, what it saw and how it ended."""
    rows = [
        (code, each.rule, each.on, each.observed and shown_nav(each.observed), each.status, each.reason)
        for code, result in results.items()
        for each in result.triggers
    ]
    return table("triggers that fired", ("client", "rule", "date", "observed", "status", "reason"), rows)


def _whole(amount: Decimal) -> Decimal:
    """Money without its hundredths, so that a table fits on a terminal of 80 columns."""
    return amount.quantize(_WHOLE)
