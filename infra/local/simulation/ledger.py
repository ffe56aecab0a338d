"""A client's book read back: what was done, what is held, and what it was worth from day to day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation import money
from automation.database import Connection, scalar
from automation.errors import NotFound


class Holding(NamedTuple):
    """Units of a product, what they cost, and their last NAV on or before a date (None: there is none)."""

    product: str
    name: str
    units: Decimal
    cost: Decimal
    nav: Decimal | None
    nav_date: date | None

    @property
    def value(self) -> Decimal:
        return money.nearest(self.units * (self.nav or money.ZERO))


def holdings(connection: Connection, client: str, on: date) -> list[Holding]:
    """All that a client ever held, by product, with the last NAVs on or before a date."""
    with connection.cursor(row_factory=args_row(Holding)) as cursor:
        return cursor.execute(
            """
            select h.product_id, p.name, h.units, h.cost, n.nav, n.date
            from holdings h
            join products p on p.id = h.product_id
            left join lateral (
                select nav, date from navs
                where product_id = h.product_id and date <= %(on)s
                order by date desc limit 1) n on true
            where h.client_id = %(client)s
            order by h.product_id
            """,
            {"client": client, "on": on},
        ).fetchall()


class Flow(NamedTuple):
    """Money that went into the portfolio (negative) or came out of it on a NAV date."""

    on: date
    amount: Decimal


def flows(connection: Connection, client: str) -> list[Flow]:
    """A client's flows by date: what went in (first holdings, purchases) and what came out (redemptions) apart.

    A switch is none: it stays inside.
    """
    with connection.cursor(row_factory=args_row(Flow)) as cursor:
        return cursor.execute(
            """
            select day, sum(amount)
            from (select acquired_on as day, -cost as amount
                  from lots where client_id = %(client)s and order_id is null
                  union all
                  select nav_date, case order_type when 'Purchase' then -executed_amount else executed_amount end
                  from orders
                  where client_id = %(client)s and status in ('Executed', 'Settled')
                    and order_type <> 'Switch') moved
            group by day, amount < 0
            order by day, amount < 0 desc
            """,
            {"client": client},
        ).fetchall()


def last_nav_date(connection: Connection, until: date) -> date | None:
    """The last date up to `until` on which any product has a NAV."""
    found: date | None = scalar(connection, "select max(date) from navs where date <= %s", (until,))
    return found


class Client(NamedTuple):
    """A client's name, currency and balance."""

    name: str
    currency: str
    cash: Decimal


def client(connection: Connection, code: str) -> Client:
    """A client that exists."""
    with connection.cursor(row_factory=args_row(Client)) as cursor:
        found = cursor.execute("select name, currency, cash_balance from clients where id = %s", (code,)).fetchone()
    if found is None:
        raise NotFound(f"there is no client {code!r}")
    return found


def invested(connection: Connection, client: str) -> Decimal:
    """All that was ever paid from cash for purchases."""
    total: Decimal = scalar(
        connection,
        """
        select coalesce(sum(executed_amount), 0.00) from orders
        where client_id = %s and order_type = 'Purchase' and status in ('Executed', 'Settled')
        """,
        (client,),
    )
    return total


class Execution(NamedTuple):
    """One occurrence and what became of it; `on` is the client's local date at which that was decided."""

    rule_id: UUID
    rule: str
    occurrence: datetime
    at: datetime
    on: date
    status: str
    reason: str | None
    amount: Decimal | None


def executions(connection: Connection, client: str, until: date) -> list[Execution]:
    """A client's executions up to a local date, the earliest first.

    Later ones are of rules that were ended when the client's last day was over: nothing of the history decided them.
    """
    with connection.cursor(row_factory=args_row(Execution)) as cursor:
        return cursor.execute(
            """
            select l.rule_id, r.name, l.occurrence, l.executed_at, (l.executed_at at time zone c.time_zone)::date,
                   l.status, l.reason, l.amount
            from automation_execution_logs l
            join auto_invest_rules r on r.id = l.rule_id
            join clients c on c.id = l.client_id
            where l.client_id = %s and (l.executed_at at time zone c.time_zone)::date <= %s
            order by l.executed_at, l.occurrence
            """,
            (client, until),
        ).fetchall()


class Order(NamedTuple):
    """An order and how it was executed, None where it was not; `target…` is the other side of a Switch."""

    rule_id: UUID
    rule: str
    leg: int
    at: datetime
    on: date
    kind: str
    product: str
    amount: Decimal | None
    units: Decimal | None
    nav: Decimal | None
    nav_date: date | None
    target: str | None
    target_units: Decimal | None
    target_nav: Decimal | None
    status: str
    reason: str | None


def orders(connection: Connection, client: str) -> list[Order]:
    """A client's orders by trade date."""
    with connection.cursor(row_factory=args_row(Order)) as cursor:
        return cursor.execute(
            """
            select o.rule_id, coalesce(r.name, t.name, b.name), o.leg, o.created_at, o.trade_date, o.order_type,
                   o.product_id,
                   coalesce(o.executed_amount, o.amount), coalesce(o.executed_units, o.units), o.nav, o.nav_date,
                   o.target_product_id, o.target_units, o.target_nav, o.status, o.reason
            from orders o
            left join auto_invest_rules r on r.id = o.rule_id
            left join trigger_orders t on t.id = o.rule_id
            left join rebalancing_rules b on b.id = o.rule_id
            where o.client_id = %s
            order by o.trade_date, o.created_at, o.leg
            """,
            (client,),
        ).fetchall()


class Day(NamedTuple):
    """A date: what the holdings were worth, and what had been paid in and had come out until then."""

    on: date
    value: Decimal
    paid_in: Decimal
    taken_out: Decimal


def days(connection: Connection, client: str, until: date) -> list[Day]:
    """A client's days, from the first allotment on: the dates with a NAV of any product that was ever held.

    Units of a date are lots up to it less what was redeemed or switched away up to it; each counts at the last
    NAV on or before the date.
    """
    with connection.cursor(row_factory=args_row(Day)) as cursor:
        return cursor.execute(
            """
            with moved as (
                select product_id, acquired_on as day, units, case when order_id is null then cost end as paid_in,
                       null::numeric as taken_out
                from lots where client_id = %(client)s
                union all
                select product_id, nav_date, case when order_type <> 'Purchase' then -executed_units end,
                       case order_type when 'Purchase' then executed_amount end,
                       case order_type when 'Redemption' then executed_amount end
                from orders where client_id = %(client)s and status in ('Executed', 'Settled')
            ), change as (
                select product_id, day, sum(units) as units, sum(paid_in) as paid_in, sum(taken_out) as taken_out
                from moved group by product_id, day
            ), dates as (
                select distinct date as day from navs
                where product_id in (select product_id from change)
                  and date between (select min(day) from change) and %(until)s
            ), held as (
                select p.product_id, d.day, sum(c.units) over past as units,
                       sum(c.paid_in) over past as paid_in, sum(c.taken_out) over past as taken_out
                from dates d
                cross join (select distinct product_id from change) p
                left join change c on c.product_id = p.product_id and c.day = d.day
                window past as (partition by p.product_id order by d.day)
            )
            select h.day, round(sum(coalesce(h.units * n.nav, 0)), 2), sum(coalesce(h.paid_in, 0)),
                   sum(coalesce(h.taken_out, 0))
            from held h
            left join lateral (
                select nav from navs
                where product_id = h.product_id and date <= h.day
                order by date desc limit 1) n on true
            group by h.day
            order by h.day
            """,
            {"client": client, "until": until},
        ).fetchall()
