"""The orders job: submit what is pending, ask for what is outstanding, settle what is due.

    Pending -commit-> Submitting -> gateway -> Submitted | Executed | Failed | Unknown -commit

No transaction is open while the gateway is called. Submitting is committed first, so an order whose process died
is found as Unknown and looked up by its id; it is sent again only after the gateway twice knew nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from automation import identifiers, observability
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import failures
from automation.engine.booking import apply
from automation.engine.run import Job, Run
from automation.orders.order import Order
from automation.orders.recheck import Pending, reason_against
from automation.store import controls, products
from automation.store import orders as store
from automation.store.controls import Controls


def submit(run: Run) -> Counter[str]:
    """Submit one batch of pending orders."""
    runtime = run.runtime
    counts, orders, until = runtime.database.transaction(lambda connection: _prepare(connection, run))
    if not orders:
        return counts
    now, mine = runtime.database.transaction(lambda connection: _still_mine(connection, run, orders, until))
    if mine:
        counts += apply(run, runtime.gateway.submit(mine, now), until)
    return counts


def _still_mine(
    connection: Connection, run: Run, orders: Sequence[Order], until: datetime
) -> tuple[datetime, list[Order]]:
    """The orders, while their lease is not half over: a process that was stopped for long submits nothing any more."""
    now = run.runtime.clock.now(connection)
    if now + run.runtime.settings.lease / 2 >= until:
        return now, []
    mine = store.leased(connection, [order.id for order in orders], until)
    return now, [order for order in orders if order.id in mine]


def _prepare(connection: Connection, run: Run) -> tuple[Counter[str], list[Order], datetime]:
    """Check pending orders again; those that may go become Submitting until the end of a lease, the rest end here."""
    now = run.runtime.clock.now(connection)
    settings = run.runtime.settings
    until = now + settings.lease
    pending = store.claim_pending(connection, now, settings.batch_size)
    if not pending:
        return Counter(), [], until
    run.runtime.calendars.load(connection, {each.calendar for each in pending})
    standing = controls.load(connection, now)
    refused, orders = [], []
    for each in pending:
        if problem := _problem(run, each, standing, now):
            refused.append((each.order.id, *problem))
        else:
            orders.append(each.order)
    failures.end(connection, run.runtime, refused, now)
    store.mark_submitting(connection, [order.id for order in orders], now, until)
    return Counter(cancelled=len(refused), submitting=len(orders)), orders, until


def _problem(run: Run, pending: Pending, standing: Controls, now: datetime) -> tuple[str, str] | None:
    """The status and reason in which an order ends unsubmitted, or None where it may go."""
    stop = standing.stop(["orders", pending.origin], pending.order.client_id, pending.rule_id, buys=pending.buys)
    try:
        age = _nav_age(run, pending, now)
    except (KeyError, ValueError) as error:  # the product's own zone or calendar can't be used
        observability.set_aside("order", identifiers.show(identifiers.ORDER, pending.order.id), error)
        return "Held", "internal_error"
    reason = reason_against(pending, stop, age, run.runtime.settings.max_nav_age)
    return ("Cancelled", reason) if reason else None


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
        return now, store.claim_look_ups(connection, now, settings.batch_size, now + settings.lease)

    now, ids = runtime.database.transaction(claim)
    if not ids:
        return Counter()
    return Counter(looked_up=len(ids)) + apply(run, runtime.gateway.look_up(ids, now), now + settings.lease)


def settle(run: Run) -> Counter[str]:
    """Settle one batch of executed orders whose settlement date has come, each in its product's zone."""
    settled = run.runtime.database.transaction(lambda connection: _settle(connection, run))
    return Counter(settled=settled) if settled else Counter()


def _settle(connection: Connection, run: Run) -> int:
    now = run.runtime.clock.now(connection)
    today = {}
    for zone in products.zones(connection):
        # What is in a zone that does not exist waits until that is corrected.
        with suppress(KeyError, ValueError, OSError):
            today[zone] = local_date(now, zone)
    return store.settle(connection, today, now, run.runtime.settings.batch_size)


JOB = Job("orders", (submit, look_up, settle))
