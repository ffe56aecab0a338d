"""The paper gateway: it accepts every sound order and allots at the applicable NAV from the database.

It keeps a book of its own, in transactions of its own, so that it can be asked what became of an order as any
other gateway can.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final
from uuid import UUID

from automation import money
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.schedule import instant, local_date, local_datetime
from automation.database import Connection, Database
from automation.orders.order import (
    ABSENT,
    EXECUTED,
    FAILED,
    PURCHASE,
    SUBMITTED,
    UNKNOWN,
    Fill,
    Order,
    Reply,
)
from automation.portfolio.lots import Lot, left_after, redeem
from automation.portfolio.product import Product
from automation.store import paper, portfolio, products
from automation.store.calendars import Calendars
from automation.store.paper import Accepted, Entry

OBSERVED: Final = "observed"
# Fund houses publish a day's NAVs by the late evening: before that there is nothing to ask for.
PUBLISHED_BY: Final = time(21)
# Business days after which the next NAV stands in for one that has not come.
PATIENCE: Final = 3


class PaperGateway:
    """`fill` is `applicable` (cut-off times decide the NAV date) or `observed` (the NAV of the trade date)."""

    def __init__(self, database: Database, calendars: Calendars, fill: str) -> None:
        self._database = database
        self._calendars = calendars
        self._fill = fill

    def submit(self, orders: Sequence[Order], now: datetime) -> list[Reply]:
        return self._database.transaction(lambda connection: self._accept(connection, orders, now))

    def look_up(self, order_ids: Sequence[UUID], now: datetime) -> list[Reply]:
        return self._database.transaction(lambda connection: self._answer(connection, order_ids, now))

    def _accept(self, connection: Connection, orders: Sequence[Order], now: datetime) -> list[Reply]:
        names = {name for order in orders for name in _traded(order)}
        known = products.load(connection, names, now)
        self._calendars.load(connection, {product.calendar for product in known.values()})
        entries = [entry for order in orders if (entry := self._entry(order, known, now))]
        paper.accept(connection, entries, now)
        accepted = {entry.order.id for entry in entries}
        lost = [Reply(order.id, UNKNOWN) for order in orders if order.id not in accepted]
        return self._answer(connection, sorted(accepted), now) + lost

    def _entry(self, order: Order, known: dict[str, Product], now: datetime) -> Entry | None:
        """The order with its NAV date; None where a product's zone or calendar can't be used."""
        with suppress(KeyError, ValueError, OSError):
            traded = [known[name] for name in _traded(order)]
            calendar = self._calendars.of(product.calendar for product in traded)
            day = order.trade_date if self._fill == OBSERVED else _nav_date(order, traded, calendar, now)
            patience_ends = calendar.add(day, PATIENCE)
            stands_in = max(instant(patience_ends, time.min, product.time_zone) for product in traded)
            return Entry(order, day, stands_in)
        return None

    def _answer(self, connection: Connection, ids: Sequence[UUID], now: datetime) -> list[Reply]:
        paper.lock_redeeming(connection, ids)
        accepted = paper.find(connection, ids, now)
        lots = _lots(connection, [entry for entry in accepted if entry.order.order_type != PURCHASE])
        replies = [_reply(entry, lots) for entry in accepted]
        redeemed = {entry.order.id for entry in accepted if entry.order.order_type != PURCHASE and not entry.fill}
        paper.keep_fills(connection, [(r.order_id, r.fill) for r in replies if r.fill and r.order_id in redeemed])
        absent = set(ids) - {reply.order_id for reply in replies}
        return replies + [Reply(order_id, ABSENT) for order_id in sorted(absent)]


def _lots(connection: Connection, entries: Sequence[Accepted]) -> dict[tuple[str, str], list[Lot]]:
    """The lots to redeem from, less what was redeemed from them and is not booked yet."""
    if not entries:
        return {}
    lots = portfolio.lots(connection, sorted({_holding(entry.order) for entry in entries}))
    for holding, units in paper.unbooked(connection, sorted({client for client, _ in lots})).items():
        held = lots.get(holding, [])
        if taken := redeem(held, money.UNIT, date.max, units=units):
            lots[holding] = left_after(held, taken)
    return lots


def _nav_date(order: Order, traded: Sequence[Product], calendar: BusinessCalendar, now: datetime) -> date:
    """The date whose NAV applies: today's up to the cut-off, the next business day's after it."""
    first = max(order.trade_date, *(local_date(now, product.time_zone) for product in traded))
    day = calendar.on_or_after(first)
    return calendar.after(day) if any(_too_late(product, day, now) for product in traded) else day


def _traded(order: Order) -> list[str]:
    return [order.product_id] if order.target_product_id is None else [order.product_id, order.target_product_id]


def _too_late(product: Product, day: date, now: datetime) -> bool:
    local = local_datetime(now, product.time_zone)
    return local.date() == day and local.time() > product.cut_off_time


def _holding(order: Order) -> tuple[str, str]:
    return order.client_id, order.product_id


def _reply(entry: Accepted, lots: dict[tuple[str, str], list[Lot]]) -> Reply:
    """Executed where the NAVs are known; `lots` is carried on from order to order, so none is redeemed twice."""
    order = entry.order
    if entry.fill is not None:
        return Reply(order.id, EXECUTED, fill=entry.fill)
    if entry.nav is None or entry.nav_date is None or (order.target_product_id and entry.target_nav is None):
        return Reply(order.id, SUBMITTED, look_at=_published(entry))
    if order.order_type == PURCHASE:
        amount = order.amount or money.ZERO
        fill = Fill(entry.nav, entry.nav_date, money.bought(amount, entry.nav), amount)
        return _filled(order, fill, fill.units)
    return _redeemed(order, entry.nav, entry.nav_date, entry.target_nav, lots)


def _published(entry: Accepted) -> datetime | None:
    """When the NAV can be expected, None where the product's zone can't be used."""
    with suppress(KeyError, ValueError, OSError):
        return instant(entry.due, PUBLISHED_BY, entry.time_zone)
    return None


def _redeemed(
    order: Order, nav: Decimal, nav_date: date, target_nav: Decimal | None, lots: dict[tuple[str, str], list[Lot]]
) -> Reply:
    held = lots.get(_holding(order), [])
    out = redeem(held, nav, nav_date, amount=order.amount, units=order.units)
    if out is None:
        return Reply(order.id, FAILED, "nothing_to_redeem")
    if out.net == 0:
        return Reply(order.id, FAILED, "worth_no_money")
    bought = money.bought(out.net, target_nav) if target_nav else None
    reply = _filled(
        order,
        Fill(nav, nav_date, out.units, out.net, out.load, target_nav, bought),
        out.units if bought is None else bought,
    )
    if reply.fill:
        lots[_holding(order)] = left_after(held, out)
    return reply


def _filled(order: Order, fill: Fill, units: Decimal) -> Reply:
    return Reply(order.id, EXECUTED, fill=fill) if units else Reply(order.id, FAILED, "worth_no_unit")
