"""The orders job with the paper gateway, against the rate at which auto-invest makes orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import orders.handler
from tests.benchmarks import filling
from tests.benchmarks.measuring import Sample, interleaved, ratio, timed
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show
from tests.benchmarks.stage import Sides, Stage, morning

MADE = "auto-invest handler makes orders"
SUBMITTED = "orders handler submits them"
BOOKED = "orders handler books them in the evening"
EVENING = timedelta(hours=9)


def orders_job(url: str, days: Iterator[int], plan: Plan) -> list[Row]:
    """Each round makes, submits and books the same orders; the day's NAVs are known in the evening only."""
    day = next(days)
    with morning(url, day) as stage:
        filling.publish(stage.plain, filling.day(day))
        _handle(stage, EVENING)
        rates = interleaved(_sides(stage, plan), min(plan.rounds_a_day(plan.turn), plan.rounds // 2))
    show("orders with the paper gateway", rates, "orders/s")
    return [
        Row("orders submitted / made by auto-invest", ratio(rates[SUBMITTED], rates[MADE]), 1),
        Row("orders booked / made by auto-invest", ratio(rates[BOOKED], rates[MADE]), 1),
    ]


def _sides(stage: Stage, plan: Plan) -> Sides:
    def side(after: timedelta, counted: str) -> Callable[[], Sample]:
        return lambda: timed(lambda: _handle(stage, after)[counted])

    return {
        MADE: lambda: stage.engine.auto_invest(plan.batches),
        SUBMITTED: side(timedelta(0), "submitted"),
        BOOKED: side(EVENING, "executed"),
    }


def _handle(stage: Stage, after: timedelta) -> dict[str, int]:
    """Run the orders job so long after the rules were due, and put the clock back."""
    stage.engine.clock.instant = stage.now + after
    try:
        return stage.engine.run(orders.handler.handler)
    finally:
        stage.engine.clock.instant = stage.now
