"""What the demo's ten years have left, as tables, and the commands to look further."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from rich.table import Table

from automation.database import Connection
from automation.store import mailbox
from automation.store.mailbox import Letter
from infra.local.commands.mailbox import listing
from infra.local.demo.history import Begun
from infra.local.demo.people import ASHA, PEOPLE
from infra.local.output import table
from infra.local.simulation import outcome, report

_SHOWN: Final = 40
_MOST: Final = 10_000


def tables(begun: Begun, until: date) -> Iterator[Table]:
    """Runs, executions, orders, holdings and clients, valued on a date, and the messages of the last day."""
    connection = begun.line.connection
    results = {person.id: outcome.read(connection, person.id, until) for person in PEOPLE}
    yield _runs(connection)
    yield report.executions(results)
    yield report.rebalances(results)
    yield report.triggers(results)
    yield _orders(connection)
    yield report.holdings(results)
    yield report.clients(results)
    yield _messages(connection)


def _runs(connection: Connection) -> Table:
    rows = connection.execute(
        """
        select job, count(*), count(*) filter (where status <> 'Succeeded'),
               coalesce(sum((counts ->> 'rules')::int), 0),
               coalesce(sum((counts ->> 'orders')::int) filter (where job not in ('orders', 'navs')), 0),
               coalesce(sum((counts ->> 'executed')::int), 0), coalesce(sum((counts ->> 'settled')::int), 0),
               coalesce(sum((counts ->> 'changed')::int), 0)
        from automation_runs
        group by job
        order by job
        """
    )
    columns = ("job", "runs", "failed", "rules", "orders", "executed", "settled", "NAVs")
    return table("runs", columns, rows)


def _messages(connection: Connection) -> Table:
    """What people were told on the last day on which they were, in an order that is the same every time."""
    since = mailbox.last_day(connection, ASHA.time_zone)
    letters = mailbox.latest(connection, mailbox.Wanted(_MOST, since=since))
    return listing("messages of the last day", sorted(letters, key=_place)[:_SHOWN])


def _place(letter: Letter) -> tuple[object, ...]:
    return letter.at, letter.client, letter.channel, letter.title or ""


def _orders(connection: Connection) -> Table:
    rows = connection.execute(
        """
        select order_type, status, reason, count(*), sum(coalesce(executed_amount, amount))
        from orders
        group by order_type, status, reason
        order by order_type, status
        """
    )
    return table("orders", ("type", "state", "reason", "orders", "amount"), rows)
