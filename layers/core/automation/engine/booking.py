"""Write a gateway's replies: states, and for executed orders cash, holdings and lots, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from automation.calendar.business_days import BusinessCalendar
from automation.database import Connection
from automation.engine.run import Run
from automation.orders.booking import Book
from automation.orders.order import ABSENT, EXECUTED, FAILED, PURCHASE, SUBMITTED, UNKNOWN, Fill, Reply
from automation.store import failures, notifications, portfolio
from automation.store import orders as store
from automation.store.orders import Booked, Unbooked


def apply(connection: Connection, run: Run, replies: Sequence[Reply]) -> Counter[str]:
    """Write what a gateway answered; counts by outcome.

    Orders that another process has moved on meanwhile are left as they are, so a late reply changes nothing.
    """
    now = run.runtime.clock.now(connection)
    settings = run.runtime.settings
    soon = now + settings.look_interval
    kinds: dict[str, list[Reply]] = {}
    for reply in replies:
        kinds.setdefault(reply.status, []).append(reply)
    executed = _book(connection, run, kinds.get(EXECUTED, []), now)
    waiting = [(reply.order_id, _later(reply.look_at, now) or soon) for reply in kinds.get(SUBMITTED, [])]
    store.mark_submitted(connection, waiting, now)
    refused = [(reply.order_id, FAILED, reply.reason or "refused") for reply in kinds.get(FAILED, [])]
    failures.end(connection, refused, now)
    quiet = now + settings.quiet_window
    store.mark_unknown(connection, [reply.order_id for reply in kinds.get(UNKNOWN, [])], quiet)
    store.mark_absent(connection, [reply.order_id for reply in kinds.get(ABSENT, [])], quiet)
    return +Counter(executed=executed, submitted=len(waiting), failed=len(refused))


def _later(instant: datetime | None, now: datetime) -> datetime | None:
    return instant if instant is not None and instant > now else None


def _book(connection: Connection, run: Run, replies: Sequence[Reply], now: datetime) -> int:
    """Book executed orders under their clients' locks; how many were.

    What can't be booked is not lost: without the units, the gateway is asked again; without the cash, the order
    is Held for a person.
    """
    fills = {reply.order_id: reply.fill for reply in replies if reply.fill is not None}
    if not fills:
        return 0
    unbooked = store.lock_unbooked(connection, sorted(fills))
    book = _open_book(connection, list(unbooked.values()))
    calendars = run.runtime.calendars
    calendars.load(connection, {row.calendar for row in unbooked.values()})
    done, held, again = [], [], []
    for order_id, row in unbooked.items():
        fill = fills[order_id]
        problem = book.add(row.order, fill)
        if problem is None:
            done.append(_booked(row, fill, calendars.of([row.calendar])))
        elif problem == "insufficient_cash":
            held.append((order_id, "Held", problem))
        else:
            again.append((order_id, now + run.runtime.settings.look_interval))
    store.mark_executed(connection, done, now)
    _write(connection, book, now)
    store.mark_over(connection, held)
    store.mark_submitted(connection, again, now)
    clients = {order_id: row.order.client_id for order_id, row in unbooked.items()}
    notifications.insert(connection, [("Order Executed", row.id, clients[row.id]) for row in done], now)
    return len(done)


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
