"""A small world to test in: clients with cash, products with NAVs, rules, and ticks at instants of our choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.rows import dict_row

import auto_invest.handler
import orders.handler
import rebalancing.handler
import triggers.handler
from automation import identifiers, runtime
from automation.clock import SettableClock
from automation.database import Connection, connect
from automation.engine import rules
from automation.engine.rules import Reply
from automation.gateways import Gateway
from automation.runtime import Runtime
from automation.settings import Settings

Row = dict[str, Any]
KOLKATA = ZoneInfo("Asia/Kolkata")
UTC_ZONE = ZoneInfo("UTC")
BEFORE = "2023-12-29 10:00"
PLENTY = 300_000


def at(text: str, zone: ZoneInfo = KOLKATA) -> datetime:
    """The UTC instant of `2024-01-05 10:00` in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


class Context:
    """A Lambda context: the milliseconds that are left, asked again and again; the last answer stays."""

    def __init__(self, *remaining: int) -> None:
        self._remaining = list(remaining or (PLENTY,))

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining.pop(0) if len(self._remaining) > 1 else self._remaining[0]


def add(connection: Connection, table: str, **columns: Any) -> None:
    """Insert one row."""
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )
    connection.execute(statement, columns)


def add_client(connection: Connection, client: str = "C1", cash: str = "100000.00", **columns: Any) -> None:
    """A verified client whose cash came in one deposit."""
    sound = {"id": client, "name": client, "kyc_status": "Verified", "cash_balance": Decimal(cash)}
    add(connection, "clients", **sound | columns)
    deposit(connection, client, cash, moved=False)


def deposit(connection: Connection, client: str, cash: str, *, moved: bool = True) -> None:
    """Money comes in (or goes out); `moved` False: the balance has it already."""
    amount = Decimal(cash)
    if amount:
        kind = "Deposit" if amount > 0 else "Withdrawal"
        key = identifiers.new(at(BEFORE))
        add(connection, "cash_journal", id=key, client_id=client, at=at(BEFORE), amount=amount, kind=kind)
    if moved:
        connection.execute("update clients set cash_balance = cash_balance + %s where id = %s", (amount, client))


def add_product(connection: Connection, product: str = "FUND", **columns: Any) -> None:
    """A product of one house that takes 500 or more, in paise."""
    sound = {"id": product, "name": product, "amc": "AMC", "asset_class": "equity", "min_purchase": 500}
    add(connection, "products", **sound | columns)


def add_navs(connection: Connection, product: str, first: str, last: str, nav: str) -> None:
    """The same NAV for every day but weekends, each known at 21:00 in Kolkata."""
    connection.execute(
        """
        insert into navs (product_id, date, nav, observed_at, source)
        select %s, day, %s, (day + time '21:00') at time zone 'Asia/Kolkata', 'test'
        from generate_series(%s::timestamp, %s::timestamp, interval '1 day') day
        where extract(isodow from day) < 6
        on conflict (product_id, date) do update set nav = excluded.nav
        """,
        (product, Decimal(nav), first, last),
    )


def add_lot(connection: Connection, product: str, units: str, cost: str, acquired_on: str, client: str = "C1") -> UUID:
    """A lot from before, with the holding that it is part of."""
    key = identifiers.new(at(BEFORE))
    connection.execute(
        """
        insert into holdings (client_id, product_id, units, cost) values (%(client)s, %(product)s, %(units)s, %(cost)s)
        on conflict (client_id, product_id) do update
            set units = holdings.units + excluded.units, cost = holdings.cost + excluded.cost
        """,
        {"client": client, "product": product, "units": Decimal(units), "cost": Decimal(cost)},
    )
    day, amount = date.fromisoformat(acquired_on), Decimal(units)
    row = {"id": key, "client_id": client, "product_id": product, "acquired_on": day, "units": amount}
    add(connection, "lots", **row, units_left=amount, nav=Decimal(10), cost=Decimal(cost))
    return key


def add_holidays(connection: Connection, *days: str, calendar: str = "XBOM", kind: str = "closed") -> None:
    for day in days:
        add(connection, "market_holidays", calendar=calendar, date=day, kind=kind)


def add_switch(connection: Connection, scope: str, scope_id: str | None, mode: str, **columns: Any) -> UUID:
    """A kill switch that stands from now on."""
    key = identifiers.new(at(BEFORE))
    row = {"scope": scope, "scope_id": scope_id, "mode": mode, "reason": "drill", "created_by": "ops"}
    add(connection, "automation_controls", id=key, created_at=at(BEFORE), **row | columns)
    return key


BODY: Row = {
    "client": "C1",
    "name": "rule",
    "product": "FUND",
    "amount": "10000",
    "frequency": "Monthly",
    "day_of_month": 5,
    "start_date": "2024-01-01",
}


@dataclass
class World:
    """A database, a clock that we set, and handlers that run on both."""

    connection: Connection
    clock: SettableClock
    runtime: Runtime
    pokes: list[tuple[str, datetime]] = field(default_factory=list)
    ledger: Mapping[UUID, int] | None = None

    def create(self, **changes: Any) -> Reply:
        """Make a rule: a monthly SIP of 10,000 in FUND on the 5th unless changed; ... leaves a field out."""
        body = BODY | changes
        if body["frequency"] in ("Daily", "Weekly", "Fortnightly"):
            body.pop("day_of_month") if "day_of_month" not in changes else None
        return rules.create(self.runtime, {name: value for name, value in body.items() if value is not ...}, "test")

    def rule(self, **changes: Any) -> str:
        """The shown id of a new rule."""
        return self.create(**changes).id

    def auto_invest(self, when: str | None = None, *, context: Context | None = None) -> Row:
        """One tick of the auto-invest job at a time in Kolkata."""
        return self._tick(auto_invest.handler.handler, when, context)

    def orders(self, when: str | None = None, *, context: Context | None = None) -> Row:
        """One tick of the orders job at a time in Kolkata."""
        return self._tick(orders.handler.handler, when, context)

    def triggers(self, when: str | None = None, *, context: Context | None = None) -> Row:
        """One tick of the triggers job at a time in Kolkata."""
        return self._tick(triggers.handler.handler, when, context)

    def rebalancing(self, when: str | None = None, *, context: Context | None = None) -> Row:
        """One tick of the rebalancing job at a time in Kolkata."""
        return self._tick(rebalancing.handler.handler, when, context)

    def _tick(self, handler: Any, when: str | None, context: Context | None) -> Row:
        if when is not None:
            self.clock.instant = at(when)
        with runtime.using(self.runtime):
            answer: Row = handler({"scheduled_for": self.clock.instant.isoformat()}, context or Context())
        return answer

    def behind(self, gateway: Gateway, ledger: Mapping[UUID, int] | None = None) -> None:
        """From now on orders go to another gateway, which holds what its ledger counts."""
        self.runtime = replace(self.runtime, gateway=gateway)
        self.ledger = ledger

    def restart(self) -> None:
        """A new process: it has loaded nothing yet."""
        self.runtime.database.close()
        self.runtime = runtime.assemble(self.runtime.settings, clock=self.clock, poke=self.runtime.poke)

    def later(self, **duration: float) -> None:
        """Move the clock on."""
        self.clock.instant += timedelta(**duration)

    def rows(self, statement: str, *parameters: object) -> list[Row]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), parameters).fetchall()

    def value(self, statement: str, *parameters: object) -> Any:
        """The first column of the only row."""
        (row,) = self.rows(statement, *parameters)
        return next(iter(row.values()))

    def state(self, rule: str) -> Row:
        """A rule's row."""
        return self.rows("select * from auto_invest_rules where id = %s", rules.key_of(rule))[0]

    def log(self, rule: str) -> list[tuple[str, str, str | None]]:
        """(occurrence, status, reason) of a rule's executions, by occurrence."""
        return self.log_of(rules.key_of(rule))

    def log_of(self, key: UUID) -> list[tuple[str, str, str | None]]:
        """The same by the key of any rule or trigger."""
        found = self.rows(
            "select occurrence, status, reason from automation_execution_logs where rule_id = %s order by occurrence",
            key,
        )
        return [(f"{row['occurrence']:%Y-%m-%d %H:%M}", row["status"], row["reason"]) for row in found]

    def order_rows(self, rule: str | None = None) -> list[Row]:
        """Orders by id, all or those of a rule."""
        key = None if rule is None else rules.key_of(rule)
        return self.rows("select * from orders where %s::uuid is null or rule_id = %s order by id", key, key)


@contextmanager
def world(url: str, now: str = BEFORE, **settings: Any) -> Iterator[World]:
    """A world on a migrated database."""
    clock = SettableClock(at(now))
    pokes: list[tuple[str, datetime]] = []
    made = runtime.assemble(
        Settings(database_url=url, **settings), clock=clock, poke=lambda job, when: pokes.append((job, when))
    )
    with connect(url) as connection:
        world = World(connection, clock, made, pokes)
        try:
            yield world
        finally:
            world.runtime.database.close()
