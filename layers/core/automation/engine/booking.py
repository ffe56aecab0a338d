"""Write a gateway's replies: states, and for executed orders cash, holdings and lots, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from automation import identifiers, observability
from automation.calendar.business_days import BusinessCalendar
from automation.database import Connection
from automation.engine import failures
from automation.engine.run import Run
from automation.errors import DatabaseUnavailable
from automation.orders.booking import Book
from automation.orders.order import ABSENT, EXECUTED, FAILED, PURCHASE, SUBMITTED, UNKNOWN, Fill, Order, Reply
from automation.store import drift, notifications, portfolio, rebalancing_executions, triggers
from automation.store import orders as store
from automation.store.notifications import Message
from automation.store.orders import Booked, Unbooked

# Why an order is held that the gateway knows nothing of, by whether the gateway had acknowledged it.
_LOST: Final = {True: "forgotten_by_gateway", False: "never_arrived"}


def apply(run: Run, replies: Sequence[Reply], until: datetime) -> Counter[str]:
    """Write what a gateway answered about orders held under a lease that lasts until an instant; counts by outcome.

    Where the replies can't be written together, each is by itself, and an order whose reply can't be written at
    all is Held for a person. Orders that another process has moved on meanwhile are left as they are, so a late
    reply changes nothing.
    """
    database = run.runtime.database
    try:
        return database.transaction(lambda connection: _apply(connection, run, replies, until))
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
        if len(replies) > 1:
            return sum((apply(run, [reply], until) for reply in replies), Counter[str]())
        observability.set_aside("order", identifiers.show(identifiers.ORDER, replies[0].order_id), error)
        database.transaction(lambda connection: _hold_leased(connection, run, replies[0].order_id, until))
        return Counter(held=1)


def _hold_leased(connection: Connection, run: Run, order_id: UUID, until: datetime) -> None:
    mine = store.leased(connection, [order_id], until)
    now = run.runtime.clock.now(connection)
    failures.end(connection, run.runtime, [(each, "Held", "internal_error") for each in mine], now)


def _apply(connection: Connection, run: Run, replies: Sequence[Reply], until: datetime) -> Counter[str]:
    now = run.runtime.clock.now(connection)
    settings = run.runtime.settings
    soon = now + settings.look_interval
    mine = store.leased(connection, [reply.order_id for reply in replies], until)
    kinds: dict[str, list[Reply]] = {}
    for reply in replies:
        if reply.order_id in mine:
            kinds.setdefault(reply.status, []).append(reply)
    executed = _book(connection, run, kinds.get(EXECUTED, []), now)
    waiting = [(reply.order_id, _later(reply.look_at, now) or soon) for reply in kinds.get(SUBMITTED, [])]
    store.mark_submitted(connection, waiting, now)
    refused = [(reply.order_id, FAILED, reply.reason or "refused") for reply in kinds.get(FAILED, [])]
    quiet = now + settings.quiet_window
    store.mark_unknown(connection, [reply.order_id for reply in kinds.get(UNKNOWN, [])], quiet)
    lost = store.mark_absent(connection, [reply.order_id for reply in kinds.get(ABSENT, [])], quiet)
    held = [(order_id, "Held", _LOST[acknowledged]) for order_id, acknowledged in lost]
    failures.end(connection, run.runtime, refused + held, now)
    return +Counter(executed=executed, submitted=len(waiting), failed=len(refused), held=len(held))


def _later(instant: datetime | None, now: datetime) -> datetime | None:
    return instant if instant is not None and instant > now else None


def _book(connection: Connection, run: Run, replies: Sequence[Reply], now: datetime) -> int:
    """Book executed orders under their clients' locks; how many were.

    What the client's cash or lots do not cover is Held for a person: the gateway has executed it, and asking again
    changes nothing.
    """
    fills = {reply.order_id: reply.fill for reply in replies if reply.fill is not None}
    if not fills:
        return 0
    unbooked = store.lock_unbooked(connection, sorted(fills))
    book = _open_book(connection, list(unbooked.values()))
    calendars = run.runtime.calendars
    calendars.load(connection, {row.calendar for row in unbooked.values()})
    done, held = [], []
    for order_id, row in unbooked.items():
        fill = fills[order_id]
        if problem := book.add(row.order, fill):
            held.append((order_id, "Held", problem))
        else:
            done.append(_booked(row, fill, calendars.of([row.calendar])))
    with connection.pipeline():
        store.mark_executed(connection, done, now)
        _write(connection, book, now)
    triggers.finish(connection, [row.id for row in done], now)
    triggers.follow(connection, list(book.cash), now)
    rebalancing_executions.wake(connection, [row.id for row in done], now)
    drift.follow(connection, list(book.cash), now)
    less = _less_than_asked([(unbooked[row.id].order, row) for row in done])
    failures.correct(connection, run.runtime, less, now)
    failures.end(connection, run.runtime, held, now)
    clients = {order_id: row.order.client_id for order_id, row in unbooked.items()}
    notifications.insert(connection, [Message("Order Executed", row.id, clients[row.id]) for row in done], now)
    return len(done)


def _less_than_asked(rows: Sequence[tuple[Order, Booked]]) -> list[tuple[UUID, Decimal]]:
    """Redemptions by amount that found fewer units than it takes: (order, what is missing)."""
    return [
        (order.id, order.amount - row.amount - row.exit_load)
        for order, row in rows
        if order.amount is not None and order.amount > row.amount + row.exit_load
    ]


def _open_book(connection: Connection, rows: Sequence[Unbooked]) -> Book:
    cash = portfolio.lock_clients(connection, sorted({row.order.client_id for row in rows}))
    redeemed = {(row.order.client_id, row.order.product_id) for row in rows if row.order.order_type != PURCHASE}
    return Book(cash, portfolio.lots(connection, sorted(redeemed)) if redeemed else {})


def _write(connection: Connection, book: Book, now: datetime) -> None:
    portfolio.change_holdings(connection, book.holdings)
    portfolio.insert_lots(connection, book.new_lots)
    portfolio.take_from_lots(connection, book.slices)
    portfolio.move_cash(connection, book.moves, now)


def _booked(row: Unbooked, fill: Fill, calendar: BusinessCalendar) -> Booked:
    settles_on = calendar.add(fill.nav_date, row.settlement_days)
    return Booked(
        row.order.id,
        fill.nav,
        fill.nav_date,
        fill.units,
        fill.amount,
        fill.exit_load,
        fill.target_nav,
        fill.target_units,
        settles_on,
    )
