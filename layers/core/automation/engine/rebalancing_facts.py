"""Facts of a batch of rebalancing rules, loaded set by set, and given out rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from automation import money
from automation.calendar.business_days import BusinessCalendar, interned
from automation.calendar.schedule import local_date, local_datetime
from automation.database import Connection
from automation.orders.order import PURCHASE, REDEMPTION
from automation.portfolio.client import may_not_trade
from automation.portfolio.lots import Lot, left_after, redeem
from automation.rebalancing.facts import BY_DRIFT, Facts
from automation.rebalancing.portfolio import Portfolio, Position, bucket_of, price_problem
from automation.rebalancing.rule import CASH, SELL_ONLY, Rule
from automation.runtime import Runtime
from automation.store import auto_invest, controls, portfolio, positions
from automation.store import rebalancing as store
from automation.store.calendars import Calendars
from automation.store.positions import Held, Live
from automation.store.rebalancing import Occupied

JOB: Final = "rebalancing"
# A drift is named by its day, at a time that no occurrence of a calendar has: these are at whole minutes.
_DRIFT: Final = time(0, 0, 1)
_WEEKDAYS: Final = interned("weekdays", frozenset(), frozenset())
Row = TypeVar("Row", Held, Live)


@dataclass
class Known:
    """All that a batch knows, by client."""

    now: datetime
    max_nav_age: int
    look_interval: timedelta
    calendars: Calendars
    controls: controls.Controls
    held: dict[str, list[Held]]
    lots: dict[tuple[str, str], list[Lot]]
    live: dict[str, list[Live]]
    cash: dict[str, Decimal]
    occupied: dict[str, Occupied]
    unspent: dict[UUID, Decimal]

    def calendar(self, rule: Rule) -> BusinessCalendar:
        """The days on which all that the targets cover does business; while that is nothing, Monday to Friday."""
        targets = rule.targets
        held = self.held.get(rule.client_id, [])
        names = [each.calendar for each in held if bucket_of(_bare(each), targets) is not None]
        return self.calendars.of(names) if names else _WEEKDAYS

    def facts(self, rule: Rule, initiator: str, nominal: datetime, due: datetime, *, missed: bool = False) -> Facts:
        """What the decision about one occasion knows."""
        today = local_date(self.now, rule.time_zone)
        taken = self.occupied.get(rule.client_id, Occupied(False, None))
        last = rule.last_executed_at
        return Facts(
            now=self.now,
            initiator=initiator,
            nominal=nominal,
            due=due,
            missed=missed,
            business_day=self.calendar(rule).is_business_day(today),
            stop=self.controls.stop([JOB], rule.client_id, rule.id, buys=rule.mode != SELL_ONLY),
            live=taken.live,
            today=taken.last_automatic == today,
            last_on=None if last is None else local_date(last, rule.time_zone),
            max_nav_age=self.max_nav_age,
            portfolio=self.portfolio(rule),
            unspent=max(min(self.unspent.get(rule.id, money.ZERO), self.cash[rule.client_id]), money.ZERO),
        )

    def occupy(self, client: str, day: date) -> None:
        """A rule of the client has acted in this batch: the next one finds that."""
        self.occupied[client] = Occupied(True, day)

    def of_drift(self, rule: Rule) -> Facts:
        """The facts of a drift that was found today; its name is the day."""
        nominal = datetime.combine(local_date(self.now, rule.time_zone), _DRIFT)
        return self.facts(rule, BY_DRIFT, nominal, self.now)

    def by_hand(self, rule: Rule, initiator: str) -> Facts:
        """The facts of a rebalancing that somebody asks for now."""
        return self.facts(rule, initiator, local_datetime(self.now, rule.time_zone), self.now)

    def again(self, rule: Rule, initiator: str, nominal: datetime) -> Facts:
        """The facts of an occasion whose proposal is looked at again: it does not stand against itself."""
        facts = self.facts(rule, initiator, nominal, self.now)
        return facts._replace(live=False, today=False, last_on=None, business_day=True)

    def portfolio(self, rule: Rule) -> Portfolio:
        """The client's portfolio with what orders under way add and take, less what the targets do not cover."""
        held = self.held.get(rule.client_id, [])
        book = _Book(held, {each.product_id: self.lots.get((rule.client_id, each.product_id), []) for each in held})
        for order in self.live.get(rule.client_id, []):
            book.net(order, self.now)
        targets = rule.targets
        day = local_date(self.now, rule.time_zone)
        found = (self._position(each, book) for each in held if bucket_of(_bare(each), targets) is not None)
        return Portfolio(day, tuple(found), self.cash[rule.client_id], book.cash)

    def terms(self, client: str, product: str) -> Held:
        """A product that a client holds or that was asked for."""
        return next(each for each in self.held[client] if each.product_id == product)

    def barred(self, rule: Rule) -> str | None:
        """Why nothing may be bought for a rule's client now, whatever it is: an order would end unsubmitted."""
        stop = self.controls.stop(["orders", JOB], rule.client_id, rule.id, buys=True)
        return "kill_switch" if stop else may_not_trade(rule.client_status, rule.kyc_status)

    def _age(self, each: Held) -> int | None:
        """The age of a product's NAV in its own business days."""
        if each.nav_date is None:
            return None
        return self.calendars.of([each.calendar]).count(each.nav_date, local_date(self.now, each.time_zone))

    def price_problem(self, each: Held) -> str | None:
        """Why nothing may be traded at a product's NAV now, None where it may."""
        return price_problem(each.nav, self._age(each), self.max_nav_age, suspect=each.suspect)

    def _position(self, each: Held, book: _Book) -> Position:
        return _bare(each)._replace(
            nav_age=self._age(each),
            price_problem=self.price_problem(each),
            units=each.units - book.taken.get(each.product_id, money.ZERO),
            coming=book.coming.get(each.product_id, money.ZERO),
            lots=tuple(self.lots.get((each.client_id, each.product_id), [])),
        )


class _Book:
    """A client's lots less what live orders will take, and the money that these bring into products and cash."""

    def __init__(self, held: Sequence[Held], lots: dict[str, list[Lot]]) -> None:
        self._held = {each.product_id: each for each in held}
        self.lots = lots
        self.taken: dict[str, Decimal] = {}
        self.coming: dict[str, Decimal] = {}
        self.cash = money.ZERO

    def net(self, order: Live, now: datetime) -> None:
        if order.order_type == PURCHASE:
            self._bring(order.product_id, order.amount or money.ZERO)
            return
        each = self._held.get(order.product_id)
        if each is None or each.nav is None:
            return
        lots = self.lots[order.product_id]
        out = redeem(lots, each.nav, local_date(now, each.time_zone), amount=order.amount, units=order.units)
        if out is None:
            return
        self.lots[order.product_id] = left_after(lots, out)
        self.taken[order.product_id] = self.taken.get(order.product_id, money.ZERO) + out.units
        if order.order_type == REDEMPTION:
            self.cash += out.net
        else:
            self._bring(order.target_product_id or "", out.net)

    def _bring(self, product: str, amount: Decimal) -> None:
        self.coming[product] = self.coming.get(product, money.ZERO) + amount


def _bare(each: Held) -> Position:
    return Position(*each[1:11], None, money.ZERO, money.ZERO, ())


def load(
    connection: Connection, runtime: Runtime, rules: Sequence[Rule], now: datetime, also: Iterable[str] = ()
) -> Known:
    """Load the facts of locked rules, one statement a kind; `also` are products that count for the rules' clients."""
    clients = sorted({rule.client_id for rule in rules})
    live = positions.live(connection, clients)
    named = {(rule.client_id, name) for rule in rules for name in (*_named(rule), *also)}
    named |= {(order.client_id, name) for order in live for name in (order.product_id, order.target_product_id) if name}
    held = positions.held(connection, clients, sorted(named), now)
    runtime.calendars.load(connection, {each.calendar for each in held})
    owned = sorted({(each.client_id, each.product_id) for each in held if each.units > 0})
    return Known(
        now=now,
        max_nav_age=runtime.settings.max_nav_age,
        look_interval=runtime.settings.look_interval,
        calendars=runtime.calendars,
        controls=controls.load(connection, now),
        held=_by_client(held),
        lots=portfolio.lots(connection, owned) if owned else {},
        live=_by_client(live),
        cash=auto_invest.free_cash(connection, clients),
        occupied=store.occupied(connection, clients),
        unspent=store.unspent(connection, [rule.id for rule in rules]),
    )


def _named(rule: Rule) -> Iterable[str]:
    return {*rule.target_allocation, *rule.preferred_products} - {CASH}


def _by_client(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.client_id, []).append(row)
    return found
