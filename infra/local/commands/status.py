"""`automation status`: jobs, rules, orders, prices, and what needs a person."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from datetime import datetime

    from rich.table import Table
    from rich.text import Text

    from automation.status.facts import Facts
    from automation.status.judgement import JobStatus, Status
    from infra.local.commands import Subparsers

_HELP = """\
examples:
  automation status
  automation status --json | jq .level
  automation status --check                       exit code 1 when red
  automation status --at 2016-05-31T12:00:00Z     as of an instant: for what the demo or a simulated clock left

green: all is well; amber: something to know, such as a job that never ran; red: something to do."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add(subparsers, "status", _status, "show jobs, rules, orders and prices, and what needs a person", _HELP)
    parser.add_argument("--json", action="store_true", help="as data")
    parser.add_argument("--check", action="store_true", help="exit code 1 when it is red: for monitors and scripts")
    parser.add_argument("--at", metavar="INSTANT", help="judge as of this instant")


def _status(arguments: argparse.Namespace) -> int:
    from automation.clock import SettableClock
    from automation.engine.status import look
    from automation.status.data import as_data
    from automation.status.judgement import Level
    from infra.local import inputs, schedules, stack
    from infra.local.demo import beside
    from infra.local.output import as_json

    clock = SettableClock(inputs.instant("--at", arguments.at)) if arguments.at else None
    said: list[str] = []
    with stack.opened(say=said.append) as opened, opened.runtime(clock) as runtime:
        now = runtime.database.transaction(runtime.clock.now)
        status = look(runtime, [schedules.plan(each, now) for each in schedules.planned(opened.variables)])
        said.append(beside.hint(runtime))
    if arguments.json:
        print(as_json(as_data(status)))
    else:
        print("\n".join(filter(None, said)))
        _print(status)
    return 1 if arguments.check and status.level is Level.RED else 0


def _print(status: Status) -> None:
    from infra.local.output import console

    out = console()
    out.print(_verdict(status), soft_wrap=True)
    facts = status.facts
    for each in (
        _jobs(status),
        _rules(facts),
        _executions(facts),
        _orders(facts),
        _rebalancings(facts),
        _attention(facts),
    ):
        if each.row_count:
            out.print(each)
    prices = facts.prices
    out.print(f"newest NAV: {f'{prices.newest}, {prices.age:,} business days old' if prices else 'none'}")


def _verdict(status: Status) -> Text:
    from rich.text import Text

    name = status.level.name.lower()
    colour = {"amber": "yellow"}.get(name, name)
    said = Text(f"{name}: ", style=f"bold {colour}")
    said.append(status.findings[0].text if status.findings else "all is well", style="bold")
    for finding in status.findings[1:]:
        said.append(f"\n  {finding.level.name.lower()}: {finding.text}", style="")
    return said


def _jobs(status: Status) -> Table:
    from infra.local.output import table

    facts = status.facts
    rows = [(job.plan.job, job.plan.words, _last(job), job.next, *_waiting(facts, job.plan.job)) for job in status.jobs]
    columns = ("job", "schedule", "last run", "next", "waiting", "oldest")
    return table("jobs", columns, rows, wrap=("schedule", "last run"))


def _waiting(facts: Facts, job: str) -> tuple[int | str | None, str | None]:
    """What waits for a job now, and since when the oldest of it does."""
    due = facts.waiting.get(job)
    return (None, None) if due is None else (_counted(due.rules), _since(facts, due.oldest))


def _last(job: JobStatus) -> tuple[object, ...]:
    if job.last is None:
        return (job.outcome,)
    took = "" if job.duration is None else f" in {job.duration.total_seconds():.2f} s"
    did = ", ".join(f"{name} {number:,}" for name, number in job.last.counts.items())
    return tuple(filter(None, (job.last.started_at, job.outcome + took, did)))


def _rules(facts: Facts) -> Table:
    from infra.local.output import table

    rows: list[tuple[str, int | str, str | None]] = [(name, _counted(many), None) for name, many in facts.rules.items()]
    for name, due in (("due now", facts.due), ("overdue", facts.overdue)):
        if due.rules:
            rows.append((name, _counted(due.rules), _since(facts, due.oldest)))
    return table("rules", ("status", "rules", "oldest"), rows)


def _counted(number: int) -> int | str:
    """A number that is counted no further than up to a limit."""
    from automation.status.facts import COUNTED

    return number if number < COUNTED else f"{number:,} or more"


def _executions(facts: Facts) -> Table:
    from infra.local.output import table

    rows = [(status, reason, number) for (status, reason), number in facts.executions.items()]
    return table("executions of the last day", ("status", "reason", "executions"), rows)


def _orders(facts: Facts) -> Table:
    from infra.local.output import table

    live = [(each.status, each.orders, _since(facts, each.oldest)) for each in facts.orders]
    ended = [(f"{status} in the last day", number, None) for status, number in facts.ended.items()]
    return table("orders", ("status", "orders", "oldest"), [*live, *ended])


def _rebalancings(facts: Facts) -> Table:
    from infra.local.output import table

    words = {"Pending": "waiting to be confirmed", "Executing": "under way"}
    rows = [(words.get(status, status), _counted(number)) for status, number in facts.rebalancings.items()]
    return table("rebalancings", ("status", "executions"), rows)


def _attention(facts: Facts) -> Table:
    from infra.local.output import table

    rows = [(each.id, each.client, each.text, _since(facts, each.since)) for each in facts.items]
    return table("attention", ("what", "client", "why", "since"), rows, wrap=("why",))


def _since(facts: Facts, at: datetime | None) -> str | None:
    from automation.status.judgement import age

    return None if at is None else f"{age(facts.now - at)} ago"
