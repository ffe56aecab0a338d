"""The demo's ten years: what is there at first, what people do on the way, and the handlers in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from automation import identifiers, money
from automation.calendar.schedule import instant, local_date
from automation.channels import Channel
from automation.database import scalar
from automation.engine import preferences, rebalancing_rules, reference, rules, trigger_rules
from automation.identity.permissions import EVERYONE
from automation.settings import Delivery, Settings
from automation.store import portfolio
from automation.store.clients import ClientRow
from automation.store.preferences import Reader
from infra.local.demo.people import (
    ASHA,
    HOLDINGS,
    PEOPLE,
    PREFERENCES,
    REBALANCING,
    RULES,
    START,
    TRIGGERS,
    WISHES,
    Deposit,
    Wish,
    deposits,
)
from infra.local.simulation.lots import FirstLot, hold
from infra.local.stack import ROOT
from infra.local.timeline import Timeline, timeline

DATA: Final = ROOT / "infra" / "local" / "data"
NAV_FILES: Final = ("navs_demo_1995_2016.csv.gz", "navs_extra_1995_2016.csv.gz")
_ZONE: Final = ASHA.time_zone
_MIDNIGHT: Final = time()
_A_DAY: Final = timedelta(days=1)
# When people are told things: nine in the morning in Kolkata, after the start of the day in UTC.
_NINE: Final = timedelta(hours=3, minutes=30)
_UNBOUNDED: Final = 1_000_000


@dataclass(frozen=True)
class Begun:
    """The demo at its first instant: the rules' shown ids by name, and what was to be known when they were made."""

    line: Timeline
    rules: dict[str, str]
    warnings: list[str]


@contextmanager
def opened(url: str, channels: Mapping[str, Channel] | None = None) -> Iterator[Begun]:
    """The demo on a migrated, empty database, at its first instant.

    Settings are those of production, but that what waits is looked at once a day rather than every five minutes, and
    people are told things once a day: prices are known by the day. A clock that stands still fills no bucket again.
    """
    delivery = Delivery(email_rate=_UNBOUNDED, sms_rate=_UNBOUNDED)
    settings = Settings(database_url=url, look_interval=_A_DAY, delivery=delivery)
    with timeline(settings, instant(START, _MIDNIGHT, _ZONE), told_at=_NINE, channels=channels) as line:
        yield _begin(line)


def _begin(line: Timeline) -> Begun:
    """Load products, calendar and NAVs, and put the people there with their first holdings and their rules."""
    reference.load_products(line.runtime, DATA / "schemes.csv", by="demo")
    reference.load_calendar(line.runtime, DATA / "market_calendar_exceptions.csv", by="demo")
    for name in NAV_FILES:
        _load_navs(line, name)
    for person in PEOPLE:
        row = ClientRow(person.id, person.name, person.time_zone, "INR", person.email, person.phone, "Verified")
        reference.add_client(line.runtime, row, money.ZERO, by="demo")
    for wanted in PREFERENCES:
        preferences.create(line.runtime, wanted, Reader(EVERYONE, "demo"), by="demo")
    for holding in HOLDINGS:
        hold(line.connection, holding.person.id, [_lot(line, holding.product, holding.amount)], line.clock.instant)
    begun = Begun(line, {}, [])
    for body in RULES:
        _made(begun, body, rules.create(line.runtime, body, by="demo"))
    for body in TRIGGERS:
        _made(begun, body, trigger_rules.create(line.runtime, body, by="demo"))
    for body in REBALANCING:
        _made(begun, body, rebalancing_rules.create(line.runtime, body, by="demo"))
    return begun


class _Reply(Protocol):
    """What every creation answers."""

    @property
    def id(self) -> str: ...

    @property
    def warnings(self) -> Sequence[str]: ...


def _made(begun: Begun, body: Mapping[str, Any], reply: _Reply) -> None:
    begun.rules[body["name"]] = reply.id
    begun.warnings.extend(f"{body['name']}: {warning}" for warning in reply.warnings)


def _load_navs(line: Timeline, name: str) -> None:
    """Each NAV counts as known from 21:00 on its own date, so that nothing sees the future."""
    line.invoke("navs", file=str(DATA / name), known_at="21:00")


def _lot(line: Timeline, product: str, amount: Decimal) -> FirstLot:
    nav = scalar(line.connection, "select nav from navs where product_id = %s and date = %s", (product, START))
    return FirstLot(product, START, money.bought(amount, nav), nav, amount)


class _Event(NamedTuple):
    """Something that a person does at an instant."""

    at: datetime
    do: Callable[[], object]


def play(begun: Begun, until: date, seen: Callable[[date], object]) -> None:
    """Let the years pass up to a date: the handlers at every instant at which something is due, people in between.

    At the end comes one more tick of each job, as the schedules would give it.
    """
    line, end = begun.line, instant(until + timedelta(days=1), _MIDNIGHT, _ZONE)

    def passed(at: datetime) -> object:
        return seen(local_date(at, _ZONE))

    for event in sorted(_events(begun), key=lambda event: event.at):
        if event.at < end:
            line.play(event.at, passed)
            event.do()
    line.play(end, passed)
    _load_navs(line, NAV_FILES[-1])
    for job in ("auto_invest", "triggers", "rebalancing", "orders", "notifications"):
        line.invoke(job)


def _events(begun: Begun) -> Iterator[_Event]:
    for deposit in deposits():
        yield _Event(deposit.at, partial(_pay_in, begun.line, deposit))
    for wish in WISHES:
        yield _Event(instant(wish.on, _MIDNIGHT, _ZONE), partial(_fulfil, begun, wish))


def _pay_in(line: Timeline, deposit: Deposit) -> None:
    client = deposit.person.id
    key = identifiers.derived(deposit.at, client, "deposit")
    portfolio.move_cash(line.connection, [(key, client, deposit.amount, "Deposit", None)], deposit.at)


def _fulfil(begun: Begun, wish: Wish) -> None:
    rule = begun.rules[wish.rule]
    if wish.what == "skip":
        rules.skip(begun.line.runtime, rule, wish.on, wish.until, by="demo")
    else:
        rules.pause(begun.line.runtime, rule, instant(wish.until, _MIDNIGHT, _ZONE), "abroad", by="demo")
