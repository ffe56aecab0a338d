"""Rebalancing: measuring drift against the bare aggregate of the same tables, few moved products, and planning."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from automation.database import Connection, connect
from automation.engine.rebalancing_facts import load
from automation.rebalancing.decision import decide
from automation.runtime import assemble
from automation.settings import Settings
from automation.store import drift
from automation.store import rebalancing as store
from tests.benchmarks import portfolio_filling as filling
from tests.benchmarks.measuring import Sample, figure, interleaved, ratio
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show

FEW: Final = 10
BARE: Final = "the bare aggregate: worth by client and class"
WHOLE: Final = "drift of everybody, all prices moved"
SOME: Final = f"drift where {FEW} prices moved"
PLANNED: Final = 1_000


@dataclass
class Market:
    """A filled database with its days."""

    connection: Connection
    days: Any

    def measured(self, products: int) -> Sample:
        """One look at drift on an evening on which so many prices have moved."""
        day = next(self.days)
        filling.move(self.connection, day, products)
        start = time.perf_counter()
        self.connection.execute("begin")
        drift.screen(self.connection, filling.evening(day))
        self.connection.execute("commit")
        return Sample(1, time.perf_counter() - start)

    def bare(self) -> Sample:
        """What any measuring has to do at least: add up every holding at its newest price."""
        start = time.perf_counter()
        self.connection.execute(_BARE).fetchone()
        return Sample(1, time.perf_counter() - start)


_BARE: Final = """
    with priced as materialized (
        select p.id, p.asset_class, n.nav::float8 as nav
        from products p
        cross join lateral (
            select nav from navs where product_id = p.id and not suspect order by date desc limit 1) n
    )
    select count(*) from (
        select h.client_id, p.asset_class, sum(h.units::float8 * p.nav) as value
        from holdings h join priced p on p.id = h.product_id
        group by h.client_id, p.asset_class) worth
"""


def drifting(url: str, plan: Plan) -> list[Row]:
    """Everybody, some, and the bare aggregate in turn; then plans of portfolios that were loaded."""
    with ExitStack() as stack:
        market = Market(stack.enter_context(connect(url)), count(1))
        market.measured(filling.PRODUCTS)
        sides: dict[str, Callable[[], Sample]] = {
            BARE: market.bare,
            WHOLE: lambda: market.measured(filling.PRODUCTS),
            SOME: lambda: market.measured(FEW),
        }
        rates = interleaved(sides, plan.rounds)
        planned = [_planned(url) for _ in range(3)]
    show(f"drift of {plan.portfolios:,} clients with {filling.HOLDINGS} holdings", rates, "passes/s")
    return [
        Row("drift of everybody / the bare aggregate, time", ratio(rates[BARE], rates[WHOLE]), 1.2, at_most=True),
        Row(
            f"drift where {FEW} of {filling.PRODUCTS:,} prices moved / of everybody",
            ratio(rates[WHOLE], rates[SOME]),
            0.2,
            at_most=True,
        ),
        Row("decisions with a plan, one process", figure(planned), 2_000, "a second"),
    ]


def _planned(url: str) -> float:
    """Decisions a second, of rules whose every portfolio is off target; facts are loaded beforehand."""
    runtime = assemble(Settings(database_url=url))
    with connect(url) as connection:
        connection.execute("begin")
        ids = [row[0] for row in connection.execute("select id from rebalancing_rules limit %s", (PLANNED,))]
        rules = store.claim(connection, ids)
        now = filling.evening(0)
        known = load(connection, runtime, rules, now)
        cases = [(rule, known.by_hand(rule, "manual")) for rule in rules]
        start = time.perf_counter()
        acted = sum(decide(rule, facts).plan is not None for rule, facts in cases)
        taken = time.perf_counter() - start
        connection.execute("rollback")
    if not acted:
        raise ValueError("no portfolio was off target")
    return len(cases) / taken
