"""Trigger orders: what a tick costs where few prices have moved among many resting triggers, against a full scan."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import triggers.handler
from automation.database import Connection, connect
from automation.store import prices
from tests.benchmarks import trigger_filling as filling
from tests.benchmarks.engine import Engine
from tests.benchmarks.measuring import Sample, figure, interleaved, ratio
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show

CHANGED: Final = 500
# Percent times triggers held, so that about as many levels lie in between wherever more are held.
_SMALL_MOVE: Final = 20_000


@dataclass
class Market:
    """A filled database with its evenings; prices move up and down in turn, so that levels stay ahead of them."""

    connection: Connection
    engine: Engine
    days: Any
    held: int

    def move(self, products: int, percent: str) -> None:
        """The next evening, on which so many prices have moved."""
        day = next(self.days)
        filling.move(self.connection, day, products, percent)
        self.engine.clock.instant = filling.evening(day)

    def move_a_little(self) -> None:
        """The next evening, on which moved prices reach about a hundred levels."""
        self.move(CHANGED, f"{_SMALL_MOVE / self.held:.6f}")

    def tick(self, counted: str) -> Sample:
        """One run of the handler on the evening's prices: how many it counted, and how long it took."""
        start = time.perf_counter()
        counts = self.engine.run(triggers.handler.handler)
        return Sample(counts.get(counted, 0), time.perf_counter() - start)


def resting(many_url: str, more_url: str, plan: Plan) -> list[Row]:
    """Ticks on both databases in turn, beside a full scan of the smaller; then many that fire at once."""
    with ExitStack() as stack:
        many, more = _market(stack, many_url, plan.triggers), _market(stack, more_url, plan.more)
        _buffers(many)
        sides: dict[str, Callable[[], Sample]] = {
            FOUND: lambda: _found(many),
            MATCHED: lambda: _matched(many),
            SCANNED: lambda: _scanned(many),
            TICK: lambda: _tick(many),
            TICK_OF_MORE: lambda: _tick(more),
        }
        rates = interleaved(sides, plan.rounds)
        buffers = [_buffers(many) for _ in range(3)]
        fires = [_fire(many, plan) for _ in range(3)]
    show(f"triggers, {CHANGED} of {filling.PRODUCTS:,} prices moved, {plan.triggers:,} held", rates, "ticks/s")
    return [
        Row(f"finding what {CHANGED} moved prices reach / a full scan", ratio(rates[FOUND], rates[SCANNED]), 50),
        Row("a whole tick that fires about 100 / a full scan", ratio(rates[TICK], rates[SCANNED]), 10),
        Row(
            f"cost of a tick, {plan.more:,} held / {plan.triggers:,}",
            ratio(rates[TICK], rates[TICK_OF_MORE]),
            1.3,
            at_most=True,
        ),
        Row("buffers a moved price, nothing reached", figure(buffers), 12, "", at_most=True),
        Row("a fire with all its writes, thousands in a tick", figure(fires), 100, "µs", at_most=True),
    ]


FOUND: Final = "finding what moved prices reach"
MATCHED: Final = "the same, prices moved on, triggers lined up"
SCANNED: Final = "a full scan of the same table"
TICK: Final = "the triggers handler, a whole tick"
TICK_OF_MORE: Final = "the same with more held"


def _market(stack: ExitStack, url: str, held: int) -> Market:
    connection = stack.enter_context(connect(url))
    market = Market(connection, stack.enter_context(Engine(url, filling.evening(0))), count(1), held)
    market.move(CHANGED, "0.0001")
    market.tick("fired")
    return market


def _tick(market: Market) -> Sample:
    market.move_a_little()
    taken = market.tick("fired")
    return Sample(1, taken.seconds)


def _found(market: Market) -> Sample:
    """Only what newer prices reach, read as the scan reads; all of it is looked at and fired outside the time."""
    market.move_a_little()
    now = market.engine.clock.instant
    market.connection.execute("begin")
    products = [due.product_id for due in prices.take(market.connection, now, 1000)]
    parameters = {"now": now, "until": now.date(), "products": products}
    start = time.perf_counter()
    market.connection.execute(_FOUND, parameters).fetchall()
    taken = time.perf_counter() - start
    market.connection.execute("rollback")
    market.tick("fired")
    return Sample(1, taken)


def _matched(market: Market) -> Sample:
    """The look at prices with all that it writes; what it lined up is fired afterwards, outside the time."""
    market.move_a_little()
    now = market.engine.clock.instant
    start = time.perf_counter()
    market.connection.execute("begin")
    products = [due.product_id for due in prices.take(market.connection, now, 1000)]
    prices.advance(market.connection, products, now)
    market.connection.execute("commit")
    taken = time.perf_counter() - start
    market.tick("fired")
    return Sample(1, taken)


def _scanned(market: Market) -> Sample:
    """What everybody writes first: every Active trigger beside its product's price, whatever has moved."""
    market.move_a_little()
    market.connection.execute(_BY_SCANNING)
    start = time.perf_counter()
    market.connection.execute(_FULL_SCAN, {"now": market.engine.clock.instant}).fetchall()
    taken = time.perf_counter() - start
    market.connection.execute("rollback")
    market.tick("fired")
    return Sample(1, taken)


_FOUND: Final = prices.REACHED + " select * from reached"  # noqa: S608 - both texts are our own

# On one processor, as the look that it is compared with.
_BY_SCANNING: Final = "begin; set local max_parallel_workers_per_gather = 0"
_FULL_SCAN: Final = """
    with priced as materialized (
        select w.product_id, w.nav as previous, n.nav
        from watched_prices w
        cross join lateral (
            select nav from navs
            where product_id = w.product_id and observed_at <= %(now)s and not suspect
            order by date desc limit 1) n
    )
    select t.id, p.previous, p.nav
    from trigger_orders t
    join priced p on p.product_id = t.product_id
    where t.status = 'Active'
      and case t.trigger_condition
              when 'Greater Than' then p.nav > t.trigger_value
              when 'Less Than' then p.nav < t.trigger_value
              when 'Crosses Above' then p.previous <= t.trigger_value and p.nav > t.trigger_value
              when 'Crosses Below' then p.previous >= t.trigger_value and p.nav < t.trigger_value
              else abs(p.nav - t.trigger_value) <= 0.00005
                or t.trigger_value between least(p.previous, p.nav) and greatest(p.previous, p.nav) end
"""


def _buffers(market: Market) -> float:
    """Buffers that the look at prices touches for each moved product where no level is reached."""
    market.move(CHANGED, "0.0001")
    now = market.engine.clock.instant
    market.connection.execute("begin")
    products = [due.product_id for due in prices.take(market.connection, now, 1000)]
    parameters = {"now": now, "until": now.date(), "products": products}
    statement = f"explain (analyze, buffers, format json) {prices._ADVANCE}"
    row = market.connection.execute(statement.encode(), parameters).fetchone()
    market.connection.execute("rollback")
    market.tick("fired")
    plan: dict[str, int] = row[0][0]["Plan"] if row else {}
    return (plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]) / CHANGED


def _fire(market: Market, plan: Plan) -> float:
    """Microseconds a fire, of a tick on which the moved prices move far enough to reach many levels."""
    market.move(CHANGED, "5")
    taken = market.tick("fired")
    if not taken.count:
        raise ValueError("nothing fired: hold more triggers")
    return taken.seconds / taken.count * 1e6
