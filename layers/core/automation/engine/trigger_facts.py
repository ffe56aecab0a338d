"""Facts of a batch of triggers, loaded set by set, and given out look by look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from automation import money
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.portfolio.product import Quote
from automation.runtime import Runtime
from automation.store import auto_invest, controls, portfolio
from automation.store import prices as store
from automation.store.calendars import Calendars
from automation.store.prices import Goal, Held, Price
from automation.store.triggers import Look
from automation.triggers.condition import GOAL_PROGRESS, PORTFOLIO_VALUE, PRICES, Leaf, Observation
from automation.triggers.facts import Facts
from automation.triggers.trigger import Trigger

JOB = "triggers"


@dataclass
class Known:
    """All that a batch knows; `spent` is the money that its own decisions have claimed, by what pays for them."""

    now: datetime
    calendars: Calendars
    controls: controls.Controls
    prices: dict[str, Price]
    held: dict[str, list[Held]]
    goals: dict[str, Goal]
    cash: dict[str, Decimal]
    redeemable: dict[tuple[str, str], portfolio.Redeemable]
    spent: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)
    _quotes: dict[str, Quote] = field(default_factory=dict)
    _seen: dict[tuple[object, ...], Observation] = field(default_factory=dict)
    _trade_dates: dict[tuple[str, ...], date] = field(default_factory=dict)

    def facts(self, trigger: Trigger, observations: Sequence[Observation]) -> Facts:
        """What a decision knows that sees these observations."""
        traded = [self.prices[product] for product in trigger.products]
        free = self.redeemable.get((trigger.client_id, trigger.product_id))
        return Facts(
            self.now,
            tuple(observations),
            self.controls.stop([JOB], trigger.client_id, trigger.id, buys=trigger.buys or len(traded) > 1),
            tuple([self._quote(price) for price in traded]),
            any(price.suspect for price in traded),
            self.cash.get(trigger.client_id, money.ZERO) - self._spent(trigger.client_id, None),
            free.units if free else money.ZERO,
            (free.amount_claimed if free else money.ZERO) + self._spent(trigger.client_id, trigger.product_id),
        )

    def observations(self, look: Look) -> list[list[Observation]]:
        """What a look sees: the price that reached the level, and after it, where it has moved on, the present one."""
        trigger = look.trigger
        if look.observed is None or look.observed_on is None:
            return [self.present(trigger)]
        price = self.prices[trigger.product_id]
        reached = self._priced(price, look.observed, look.observed_on, look.previous, look.previous_on)
        if (
            price.nav is None
            or price.nav_date is None
            or (price.nav, price.nav_date) == (look.observed, look.observed_on)
        ):
            return [[reached]]
        return [[reached], [self._priced(price, price.nav, price.nav_date, look.observed, look.observed_on)]]

    def present(self, trigger: Trigger) -> list[Observation]:
        """What the leaves of a condition see now, each beside what it saw at the last look."""
        seen = (trigger.last_look or {}).get("seen", [])
        leaves = trigger.leaves
        before = seen if len(seen) == len(leaves) and not trigger.rests_on_price else [None] * len(leaves)
        return [
            self._observe(trigger, leaf, last[0] if last else None, last[1] if last else None)
            for leaf, last in zip(leaves, before, strict=True)
        ]

    def compared(self, trigger: Trigger, row: Mapping[str, Any]) -> list[Observation]:
        """The same beside what the next look will compare it with: the price at which a trigger rests, by its row."""
        seen = self.present(trigger)
        if row["fires_above"] is None and row["fires_below"] is None:
            return seen
        return [each._replace(previous=each.value, previous_as_of=each.as_of, gap=0) for each in seen]

    def trade_date(self, trigger: Trigger) -> date:
        """Today where its product is traded, or the next business day of all that it trades."""
        key = tuple(trigger.products)
        if key not in self._trade_dates:
            traded = [self.prices[product] for product in key]
            calendar = self.calendars.of([price.calendar for price in traded])
            self._trade_dates[key] = calendar.on_or_after(local_date(self.now, traded[0].time_zone))
        return self._trade_dates[key]

    def spend(self, trigger: Trigger, worth: Decimal) -> None:
        """Remember what an order of this batch claims, so that the next one does not count on it."""
        key = trigger.client_id, None if trigger.buys else trigger.product_id
        self.spent[key] = self.spent.get(key, money.ZERO) + worth

    def _spent(self, client: str, product: str | None) -> Decimal:
        return self.spent.get((client, product), money.ZERO)

    def _observe(self, trigger: Trigger, leaf: Leaf, value: str | None, on: str | None) -> Observation:
        previous = None if value is None else Decimal(value)
        previous_on = None if on is None else date.fromisoformat(on)
        if leaf.kind in PRICES:
            price = self.prices.get(leaf.subject or "")
            if price is None or price.nav is None or price.nav_date is None:
                return Observation(None, problem="no_price")
            return self._priced(price, price.nav, price.nav_date, previous, previous_on)
        if leaf.kind == PORTFOLIO_VALUE:
            seen = self._valued(self.held.get(trigger.client_id, []))
        elif leaf.kind == GOAL_PROGRESS:
            seen = self._progress(leaf)
        else:
            return Observation(None)
        return seen._replace(
            previous=previous, previous_as_of=previous_on, gap=self._days(trigger.product_id, previous_on, seen.as_of)
        )

    def _priced(
        self, price: Price, nav: Decimal, on: date, previous: Decimal | None, previous_on: date | None
    ) -> Observation:
        """The price on a date beside the one before; many triggers of a product see the same."""
        key = (price.product_id, nav, on, previous, previous_on)
        seen = self._seen.get(key)
        if seen is None:
            problem = "suspect_price" if price.suspect else None
            gap = self._days(price.product_id, previous_on, on)
            seen = Observation(nav, on, self._age(price, on), previous, previous_on, gap, problem)
            self._seen[key] = seen
        return seen

    def _progress(self, leaf: Leaf) -> Observation:
        goal = self.goals.get(leaf.subject or "")
        if goal is None:
            return Observation(None, problem="no_goal")
        seen = self._valued(goal.held)
        return seen._replace(value=None if seen.value is None else money.percent_of(seen.value, goal.target))

    def _valued(self, held: Iterable[Held]) -> Observation:
        """The worth of holdings; unknown where one of them has no price, suspect where one has a suspect price."""
        total, oldest, age, problem = money.ZERO, None, 0, None
        for each in held:
            price = self.prices[each.product_id]
            if price.nav is None or price.nav_date is None:
                return Observation(None, problem="no_price")
            total += each.units * price.nav * each.share / money.HUNDRED
            problem = "suspect_price" if price.suspect else problem
            old = self._age(price, price.nav_date)
            if oldest is None or old > age:
                oldest, age = price.nav_date, old
        if oldest is None:
            return Observation(None, problem="nothing_held")
        return Observation(money.nearest(total), oldest, age, problem=problem)

    def _quote(self, price: Price) -> Quote:
        if price.product_id not in self._quotes:
            age = None if price.nav_date is None else self._age(price, price.nav_date)
            self._quotes[price.product_id] = Quote(*price[:6], price.nav, price.nav_date, age)
        return self._quotes[price.product_id]

    def _age(self, price: Price, on: date) -> int:
        return self.calendars.of([price.calendar]).count(on, local_date(self.now, price.time_zone))

    def _days(self, product: str, start: date | None, end: date | None) -> int | None:
        if start is None or end is None:
            return None
        return self.calendars.of([self.prices[product].calendar]).count(start, end)


def load(
    connection: Connection, runtime: Runtime, triggers: Sequence[Trigger], now: datetime, *, latest: bool = False
) -> Known:
    """Load the facts of claimed triggers, one statement a kind, with the prices that they see held as they are.

    `latest` takes the newest price where none was looked at yet: right for telling, not for putting to rest.
    """
    leaves = [(trigger, leaf) for trigger in triggers if not trigger.rests_on_price for leaf in trigger.leaves]
    clients = sorted({trigger.client_id for trigger in triggers})
    following = sorted({trigger.client_id for trigger, leaf in leaves if leaf.kind == PORTFOLIO_VALUE})
    held: dict[str, list[Held]] = {}
    for each in store.held(connection, following) if following else []:
        held.setdefault(each.subject, []).append(each)
    named = sorted({leaf.subject for _, leaf in leaves if leaf.kind == GOAL_PROGRESS and leaf.subject})
    goals = store.goals(connection, named) if named else {}
    products = {product for trigger in triggers for product in trigger.products}
    products |= {leaf.subject for _, leaf in leaves if leaf.kind in PRICES and leaf.subject}
    products |= {each.product_id for group in held.values() for each in group}
    products |= {each.product_id for goal in goals.values() for each in goal.held}
    if not latest:
        store.hold(connection, sorted(products))
    prices = store.load(connection, sorted(products), now, latest=latest)
    runtime.calendars.load(connection, {price.calendar for price in prices.values()})
    sold = sorted({(trigger.client_id, trigger.product_id) for trigger in triggers if not trigger.buys})
    return Known(
        now=now,
        calendars=runtime.calendars,
        controls=controls.load(connection, now),
        prices=prices,
        held=held,
        goals=goals,
        cash=auto_invest.free_cash(connection, clients),
        redeemable=portfolio.redeemable(connection, sold, now) if sold else {},
    )
