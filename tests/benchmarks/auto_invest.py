"""Auto-invest on its full path: against the loop, the queues and the limit, and with few rules held."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import one_statement, queues, row_by_row
from tests.benchmarks.measuring import Rates, interleaved, ratio
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show
from tests.benchmarks.stage import Sides, Stage, morning, play

OURS = "auto-invest handler"
LIMIT = "the limit: one statement a batch, no decision"
LOOP = "the loop: row by row, a transaction a rule"
QUEUES = {
    "pgqueuer, batches of 100": queues.with_pgqueuer,
    "procrastinate": queues.with_procrastinate,
}


def full_path(url: str, days: Iterator[int], plan: Plan) -> list[Row]:
    """The handler against every rival, on rules of the same days."""
    queues.install(url)
    taken = 2 * plan.turn + plan.loop + len(QUEUES) * plan.jobs
    rates = play(url, days, lambda stage: _sides(stage, plan), plan.rounds, plan.rounds_a_day(taken))
    show(f"auto-invest, {plan.due:,} due of {plan.rules:,} rules", rates)
    best = max(QUEUES, key=lambda name: ratio(rates[name], rates[OURS]).value)
    return [
        Row("auto-invest / row-by-row loop", ratio(rates[OURS], rates[LOOP]), 15),
        Row("auto-invest / one-statement limit", ratio(rates[OURS], rates[LIMIT]), 0.65),
        Row(f"auto-invest / best job queue ({best.split(',')[0]})", ratio(rates[OURS], rates[best]), 8),
    ]


def _sides(stage: Stage, plan: Plan) -> Sides:
    def with_queue(name: str) -> Sides:
        work = QUEUES[name]
        return {name: lambda: work(stage.url, stage.now, row_by_row.due(stage.rows, stage.now, plan.jobs))}

    return {
        OURS: lambda: stage.engine.auto_invest(plan.batches),
        LIMIT: lambda: one_statement.run(stage.plain, stage.now, plan.batches),
        LOOP: lambda: row_by_row.run(stage.rows, stage.now, plan.loop),
        **{name: side for queue in QUEUES for name, side in with_queue(queue).items()},
    }


def flat(url: str, few_url: str, days: Iterator[int], plan: Plan) -> list[Row]:
    """The cost of a rule where many are held and where few are, batch by batch in turn."""
    many, few = f"{plan.rules:,} rules held", f"{plan.few:,} rules held"
    with morning(url, next(days)) as large, morning(few_url, 0) as small:
        sides: Sides = {
            many: lambda: large.engine.auto_invest(1),
            few: lambda: small.engine.auto_invest(1),
        }
        rates: Rates = interleaved(sides, plan.few // one_statement.BATCH - 2)
    show("auto-invest, many and few rules held", rates)
    return [Row(f"cost of a rule, {many} / {few}", ratio(rates[few], rates[many]), 1.3, at_most=True)]
