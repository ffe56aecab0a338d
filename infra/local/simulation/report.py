"""A simulation's outcome as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.table import Table

from infra.local.output import table
from infra.local.simulation.outcome import Outcome, Result, shown_nav

_FIGURES = ("invested", "withdrawn", "value", "gain", "XIRR", "cash", "units", "cost", "NAV", "executions", "amount")


def tables(outcome: Outcome) -> Iterator[Table]:
    """What each client has come to, what is held, and what became of each rule's occurrences."""
    yield clients(outcome.clients)
    yield holdings(outcome.clients)
    yield executions(outcome.clients)


def clients(results: Mapping[str, Result]) -> Table:
    """A line a client: money in and out, what is left, and what it earned a year."""
    rows = [
        (
            code,
            result.name,
            result.paid_in,
            result.taken_out,
            result.value,
            result.gain,
            None if result.xirr is None else f"{result.xirr * 100:.2f} %",
            result.cash,
        )
        for code, result in results.items()
    ]
    return table(
        "clients", ("client", "name", "invested", "withdrawn", "value", "gain", "XIRR", "cash"), rows, _FIGURES
    )


def holdings(results: Mapping[str, Result]) -> Table:
    """A line a holding, at its last NAV."""
    rows = [
        (
            code,
            held.product,
            held.units,
            held.cost,
            shown_nav(held.nav),
            held.nav_date,
            held.value,
            held.value - held.cost,
        )
        for code, result in results.items()
        for held in result.holdings
        if held.units
    ]
    return table("holdings", ("client", "product", "units", "cost", "NAV", "of", "value", "gain"), rows, _FIGURES)


def executions(results: Mapping[str, Result]) -> Table:
    """How often each rule ended in each state, and why."""
    counted = Counter(
        (code, each.rule, each.status, each.reason) for code, result in results.items() for each in result.executions
    )
    rows = [(*key, count) for key, count in sorted(counted.items(), key=lambda one: tuple(map(str, one[0])))]
    return table("executions", ("client", "rule", "status", "reason", "executions"), rows, _FIGURES)
