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
from automation.engine.run import LAST, Job, Run
from automation.errors import DatabaseUnavailable
from automation.orders.order import JOBS, UNKNOWN, Order, Reply
from automation.orders.recheck import Pending, reason_against
from automation.store import controls, notifications, products, rebalancing_executions
from automation.store import orders as store
from automation.store.controls import Controls
from automation.store.notifications import Message


def submit(run: Run) -> Counter[str]:
    """Submit one batch of new orders."""
    return _submit(run, run.runtime.settings.batch_size, again=False)


def submit_again(run: Run) -> Counter[str]:
    """Submit one order that did not arrive before, in a call of its own: it may be what a whole batch broke by."""
    return _submit(run, 1, again=True)


def _submit(run: Run, limit: int, *, again: bool) -> Counter[str]:
    """Where the call breaks, all orders in it are Unknown, for any of them may have arrived.

    A call about new orders then ends the run's submitting with its error. One about an order that is sent again
    has nothing but that order to blame.
    """
    runtime = run.runtime
    counts, orders, until = runtime.database.transaction(lambda c: _prepare(c, run, limit, again=again))
    if not orders:
        return counts
    now, mine = runtime.database.transaction(lambda connection: _still_mine(connection, run, orders, until))
    if not mine:
        return counts
    try:
        replies = runtime.gateway.submit(mine, now)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        apply(run, [Reply(order.id, UNKNOWN) for order in mine], until)
        if not again:
            raise
        observability.set_aside("order", identifiers.show(identifiers.ORDER, mine[0].id), error)
        return counts + Counter(unknown=1)
    return counts + apply(run, replies, until)


def _still_mine(
    connection: Connection, run: Run, orders: Sequence[Order], until: datetime
) -> tuple[datetime, list[Order]]:
    """The orders, while their lease is not half over: a process that was stopped for long submits nothing any more."""
    now = run.runtime.clock.now(connection)
    if now + run.runtime.settings.lease / 2 >= until:
        return now, []
    mine = store.leased(connection, [order.id for order in orders], until)
    return now, [order for order in orders if order.id in mine]


def _prepare(
    connection: Connection, run: Run, limit: int, *, again: bool
) -> tuple[Counter[str], list[Order], datetime]:
    """Check pending orders again; those that may go become Submitting until the end of a lease, the rest end here."""
    now = run.runtime.clock.now(connection)
    until = now + run.runtime.settings.lease
    pending = store.claim_pending(connection, now, limit, again=again)
    if not pending:
        return Counter(), [], until
    run.runtime.calendars.load(connection, {traded.calendar for each in pending for traded in each.traded})
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
    stop = standing.stop(
        ["orders", JOBS.get(pending.origin, pending.origin)],
        pending.order.client_id,
        pending.rule_id,
        buys=pending.buys,
    )
    try:
        age = _nav_age(run, pending, now)
    except (KeyError, ValueError, OSError) as error:  # a product's own zone or calendar can't be used
        observability.set_aside("order", identifiers.show(identifiers.ORDER, pending.order.id), error)
        return "Held", "internal_error"
    allowed = run.runtime.settings.max_nav_age if pending.max_nav_age is None else pending.max_nav_age
    reason = reason_against(pending, stop, age, allowed)
    return ("Cancelled", reason) if reason else None


def _nav_age(run: Run, pending: Pending, now: datetime) -> int | None:
    """The age of the oldest of its products' NAVs, each in the product's own business days; None where one has none."""
    ages = []
    for traded in pending.traded:
        calendar = run.runtime.calendars.of([traded.calendar])
        today = local_date(now, traded.time_zone)
        calendar.on_or_after(today)  # a calendar without business days is found out here rather than by the gateway
        if traded.nav_date is None:
            return None
        ages.append(calendar.count(traded.nav_date, today))
    return max(ages)


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
    settled = store.settle(connection, today, now, run.runtime.settings.batch_size)
    notifications.insert(connection, [Message("Order Settled", *each) for each in settled], now)
    return len(settled)


def legs(run: Run) -> Counter[str]:
    """How many rebalancings wait for what their orders have come to; the job that carries them on is started."""
    runtime = run.runtime
    waiting = runtime.database.transaction(
        lambda c: rebalancing_executions.due(c, runtime.clock.now(c), runtime.settings.batch_size)
    )
    return +Counter({"legs": len(waiting), LAST: 1})


_TOLD = ("submitted", "executed", "settled", "failed", "held", "cancelled")
JOB = Job(
    "orders",
    (submit, submit_again, look_up, settle, legs),
    feeds={"rebalancing": ["legs"], "notifications": _TOLD},
)
