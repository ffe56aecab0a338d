"""The orders job: submit what is pending, ask for what is outstanding, settle what is due.

    Pending -commit-> Submitting -> gateway -> Submitted | Executed | Failed | Unknown -commit

No transaction is open while the gateway is called. Submitting is committed first, so an order whose process died
is found as Unknown and looked up by its id; it is sent again only after the gateway twice knew nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine.booking import apply
from automation.engine.run import Job, Run
from automation.orders.order import Order
from automation.orders.recheck import Pending, reason_against
from automation.store import controls, failures
from automation.store import orders as store


def submit(run: Run) -> Counter[str]:
    """Submit one batch of pending orders."""
    runtime = run.runtime
    counts, orders = runtime.database.transaction(lambda connection: _prepare(connection, run))
    if orders:
        now = runtime.database.transaction(runtime.clock.now)
        replies = runtime.gateway.submit(orders, now)
        counts += runtime.database.transaction(lambda connection: apply(connection, run, replies))
    return counts


def _prepare(connection: Connection, run: Run) -> tuple[Counter[str], list[Order]]:
    """Check pending orders again; those that may go become Submitting, the others end here."""
    now = run.runtime.clock.now(connection)
    settings = run.runtime.settings
    pending = store.claim_pending(connection, now, settings.batch_size)
    run.runtime.calendars.load(connection, {each.calendar for each in pending})
    standing = controls.load(connection, now)
    refused, orders = [], []
    for each in pending:
        stop = standing.stop("orders", each.order.client_id, each.rule_id, buys=each.buys)
        if reason := reason_against(each, stop, _nav_age(run, each, now), settings.max_nav_age):
            refused.append((each.order.id, "Cancelled", reason))
        else:
            orders.append(each.order)
    failures.end(connection, refused, now)
    store.mark_submitting(connection, [order.id for order in orders], now, settings.lease)
    return Counter(cancelled=len(refused), submitting=len(orders)) if pending else Counter(), orders


def _nav_age(run: Run, pending: Pending, now: datetime) -> int | None:
    if pending.nav_date is None:
        return None
    today = local_date(now, pending.time_zone)
    return run.runtime.calendars.of([pending.calendar]).count(pending.nav_date, today)


def look_up(run: Run) -> Counter[str]:
    """Ask the gateway for one batch of orders whose outcome is outstanding."""
    runtime = run.runtime
    settings = runtime.settings

    def claim(connection: Connection) -> tuple[datetime, Sequence[UUID]]:
        now = runtime.clock.now(connection)
        return now, store.claim_look_ups(connection, now, settings.batch_size, settings.lease)

    now, ids = runtime.database.transaction(claim)
    if not ids:
        return Counter()
    replies = runtime.gateway.look_up(ids, now)
    return Counter(looked_up=len(ids)) + runtime.database.transaction(
        lambda connection: apply(connection, run, replies)
    )


def settle(run: Run) -> Counter[str]:
    """Settle one batch of executed orders whose settlement date has come."""
    runtime = run.runtime
    settled = runtime.database.transaction(
        lambda connection: store.settle(connection, runtime.clock.now(connection), runtime.settings.batch_size)
    )
    return Counter(settled=settled) if settled else Counter()


JOB = Job("orders", (submit, look_up, settle))
