"""Facts of a batch of auto-invest rules, loaded set by set, and given out rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from automation import money
from automation.auto_invest.due import Due, asked_to_skip, period_end
from automation.auto_invest.facts import Facts, Observation
from automation.auto_invest.rule import SIP, STP, SWP, Rule
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import instant, local_date
from automation.database import Connection
from automation.portfolio.product import Product, Quote
from automation.runtime import Runtime
from automation.settings import Settings
from automation.store import auto_invest as store
from automation.store import conditions, controls, portfolio, products
from automation.store.calendars import Calendars


@dataclass
class Known:
    """All that a batch knows; `spent` is what its own decisions have claimed so far, by what pays for them."""

    now: datetime
    settings: Settings
    calendars: Calendars
    products: dict[str, Product]
    controls: controls.Controls
    skips: dict[UUID, list[tuple[date, date]]]
    cash: dict[str, Decimal]
    redeemable: dict[tuple[str, str], portfolio.Redeemable]
    observations: dict[UUID, Observation]
    job: str
    spent: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)
    _quotes: dict[str, Quote] = field(default_factory=dict)
    _nav_ages: dict[tuple[str, str, date], int] = field(default_factory=dict)

    def calendar(self, rule: Rule) -> BusinessCalendar:
        """The days on which all of the rule's products do business."""
        return self.calendars.of(self.products[product].calendar for product in rule.products)

    def facts(self, rule: Rule, due: Due, calendar: BusinessCalendar) -> Facts:
        """What the decision about one occurrence knows."""
        occurrence = due.occurrence
        ends = due.after.due if due.after else period_end(rule.schedule, occurrence, None, calendar)
        return Facts(
            now=self.now,
            nominal=occurrence.nominal,
            actual=occurrence.actual,
            due=occurrence.due,
            period_end=ends,
            last=due.after is None,
            cut_off=ends if rule.conditional else self._cut_off(rule, occurrence, calendar),
            missed=due.missed,
            skip_requested=asked_to_skip(occurrence.nominal, self.skips.get(rule.id, ())),
            business_day=not occurrence.skipped,
            stop=self.controls.stop([self.job], rule.client_id, rule.id, buys=rule.plan != SWP),
            quotes=tuple([self._quote(product) for product in rule.products]),
            available=self.available(rule),
            max_nav_age=self.settings.max_nav_age,
            observation=self._observation(rule, calendar),
        )

    def spend(self, rule: Rule, amount: Decimal) -> None:
        """Remember what orders of this batch claim, so that the next rule does not count on it; negative to forget."""
        key = claims_from(rule)
        self.spent[key] = self.spent.get(key, money.ZERO) + amount

    def available(self, rule: Rule) -> Decimal:
        """The money that a rule's orders can be paid from, less what was claimed of it."""
        key = claims_from(rule)
        spent = self.spent.get(key, money.ZERO)
        if key[1] is None:
            return self.cash[rule.client_id] - spent
        nav = self.products[key[1]].nav or money.ZERO
        left = self.redeemable[key[0], key[1]]
        return money.paid_out(left.units * nav) - left.amount_claimed - spent

    def _quote(self, product_id: str) -> Quote:
        """The product's terms with the age of its NAV, in its own business days, at its own local date."""
        quote = self._quotes.get(product_id)
        if quote is None:
            product = self.products[product_id]
            quote = self._quotes[product_id] = Quote(
                product.id,
                product.status,
                product.open,
                product.min_purchase,
                product.multiple,
                product.min_redemption,
                product.nav,
                product.nav_date,
                self._nav_age(product),
            )
        return quote

    def _nav_age(self, product: Product) -> int | None:
        if product.nav_date is None:
            return None
        key = product.calendar, product.time_zone, product.nav_date
        if key not in self._nav_ages:
            today = local_date(self.now, product.time_zone)
            self._nav_ages[key] = self.calendars.of([product.calendar]).count(product.nav_date, today)
        return self._nav_ages[key]

    def _cut_off(self, rule: Rule, occurrence: Occurrence, calendar: BusinessCalendar) -> datetime:
        """The first cut-off of the rule's products after the occurrence is due: today's, or the next business day's."""
        today = self._earliest_cut_off(rule, occurrence.actual)
        return today if occurrence.due < today else self._earliest_cut_off(rule, calendar.after(occurrence.actual))

    def _earliest_cut_off(self, rule: Rule, day: date) -> datetime:
        terms = {(self.products[product].cut_off_time, self.products[product].time_zone) for product in rule.products}
        return min(instant(day, at, zone) for at, zone in terms)

    def _observation(self, rule: Rule, calendar: BusinessCalendar) -> Observation | None:
        """What the rule's condition sees, with the age of its oldest NAV."""
        seen = self.observations.get(rule.id)
        if seen is None or seen.as_of is None:
            return seen
        return seen._replace(age=calendar.count(seen.as_of, local_date(self.now, rule.time_zone)))


def claims_from(rule: Rule) -> tuple[str, str | None]:
    """What a rule's orders are paid from: the client's cash, or its holding of a product."""
    if rule.plan == SIP:
        return rule.client_id, None
    return rule.client_id, rule.source_product_id if rule.plan == STP else rule.product_id


def load(connection: Connection, runtime: Runtime, job: str, rules: Sequence[Rule], now: datetime) -> Known:
    """Load the facts of claimed rules, one statement a kind."""
    found = products.load(connection, {product for rule in rules for product in rule.products}, now)
    runtime.calendars.load(connection, {product.calendar for product in found.values()})
    holdings = {(client, product) for client, product in map(claims_from, rules) if product is not None}
    return Known(
        now=now,
        settings=runtime.settings,
        calendars=runtime.calendars,
        products=found,
        controls=controls.load(connection, now),
        skips=store.skips(connection, [rule.id for rule in rules]),
        cash=store.free_cash(connection, sorted({rule.client_id for rule in rules if rule.plan == SIP})),
        redeemable=portfolio.redeemable(connection, sorted(holdings), now) if holdings else {},
        observations=conditions.observe(connection, [rule for rule in rules if rule.conditional], now),
        job=job,
    )
