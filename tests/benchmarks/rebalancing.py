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
BARE: Final = "the bare aggregate: drift of everybody in plain SQL"
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
        """The same question as a plain statement: nothing is claimed, remembered or lined up."""
        start = time.perf_counter()
        self.connection.execute(_BARE).fetchone()
        return Sample(1, time.perf_counter() - start)


# What everybody would write: each target of each rule beside what is held of it, in one exact statement.
_BARE: Final = """
    with worth as (
        select h.client_id, p.asset_class, sum(h.units * n.nav) as value
        from holdings h
        join products p on p.id = h.product_id
        join (select distinct on (product_id) product_id, nav from navs order by product_id, date desc) n
          on n.product_id = h.product_id
        group by h.client_id, p.asset_class
    ), whole as (
        select client_id, sum(value) as value from worth group by client_id
    )
    select count(*) from (
        select r.id, max(abs(coalesce(w.value, 0) / t.value * 100 - target.percent::numeric)) as drift
        from rebalancing_rules r
        join whole t on t.client_id = r.client_id
        cross join lateral jsonb_each_text(r.target_allocation) as target (name, percent)
        left join worth w on w.client_id = r.client_id and w.asset_class = target.name
        group by r.id, r.threshold_percent
        having max(abs(coalesce(w.value, 0) / t.value * 100 - target.percent::numeric)) >= r.threshold_percent) drifted
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
