"""Prices as trigger orders look at them: product by product, whenever a newer one is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from psycopg.rows import args_row

from automation.database import Connection, scalar


class Due(NamedTuple):
    """A product with a newer price, locked: whether levels trail it, and whether trees name it."""

    product_id: str
    trailed: bool
    named: bool


def take(connection: Connection, now: datetime, limit: int) -> list[Due]:
    """Lock up to `limit` products that have a newer price; what another worker has locked is left to it.

    What the prices are is read afterwards, by another statement: one that is written while this one waits is seen.
    """
    with connection.cursor(row_factory=args_row(Due)) as cursor:
        return cursor.execute(
            """
            select product_id, trailed, named
            from watched_prices
            where due_at <= %s
            order by due_at
            limit %s
            for update skip locked
            """,
            (now, limit),
        ).fetchall()


# No market's day begins more than a day before that of UTC. A bound keeps what is known later out of sight.
_AHEAD: Final = timedelta(days=1)


def ratchet(connection: Connection, products: Sequence[str], now: datetime) -> None:
    """Let levels that trail the prices of locked products follow the best one since they were last moved.

    A level that has no best price yet begins with the best since its first day. A trigger that another worker looks
    at just now is left as it is: the price that it misses is there at the next look, with the one after it.
    """
    connection.execute(
        """
        with seen as (
            select w.product_id, span.*
            from watched_prices w
            cross join lateral (
                select max(nav) as high, min(nav) as low from navs
                where product_id = w.product_id and date >= coalesce(w.date, '-infinity') and date <= %(until)s
                  and observed_at <= %(now)s and not suspect and nav > 0) span
            where w.product_id = any(%(products)s)
        ), behind as (
            select t.id, t.product_id, t.order_type = 'Purchase' as buys, t.best_value, t.trails_from, s.high, s.low
            from seen s
            join trigger_orders t on t.product_id = s.product_id
            where t.status = 'Active' and t.enabled and t.trailing_percent is not null
              and case when t.best_value is null then s.high is not null
                       when t.order_type = 'Purchase' then s.low < t.best_value
                       else s.high > t.best_value end
            for update of t skip locked
        ), best as (
            select b.id, b.buys,
                   case when b.best_value is not null then case when b.buys then b.low else b.high end
                        else case when b.buys then first.low else first.high end end as value
            from behind b
            left join lateral (
                select max(nav) as high, min(nav) as low from navs
                where b.best_value is null and product_id = b.product_id and date >= b.trails_from
                  and date <= %(until)s and observed_at <= %(now)s and not suspect and nav > 0) first on true
        )
        update trigger_orders t
        set best_value = b.value,
            fires_above = case when b.buys then b.value * (100 + t.trailing_percent) / 100 end,
            fires_below = case when not b.buys then b.value * (100 - t.trailing_percent) / 100 end
        from best b
        where t.id = b.id and b.value is not null
        """,
        {"products": list(products), "now": now, "until": (now + _AHEAD).date()},
    )


def forget_best(connection: Connection, products: Sequence[str]) -> None:
    """Let levels that trail corrected prices begin anew, with the best since their first day as it is known now."""
    connection.execute(
        """
        update trigger_orders set best_value = null, fires_above = null, fires_below = null
        where product_id = any(%s) and status = 'Active' and trailing_percent is not null
        """,
        (list(products),),
    )


def advance(connection: Connection, products: Sequence[str], now: datetime) -> int:
    """Look at the newest price of locked products; line up the triggers that it reaches, and answer how many.

    Of the triggers that rest on a price only those are touched whose level lies between the price before and the
    price now (or, where levels trail, between the extremes since). A price that the trigger was not there to see is
    not its own: only resting triggers are found. A first price has come from anywhere.
    """
    return connection.execute(
        _ADVANCE, {"products": list(products), "now": now, "until": (now + _AHEAD).date()}
    ).rowcount


# What newer prices reach, found and nothing written.
REACHED: Final = """
    with due as (
        select product_id, nav as previous, date as previous_on, ahead, trailed
        from watched_prices
        where product_id = any(%(products)s)
    ), seen as (
        select d.*, n.nav, n.date, later.observed_at as due_at,
               coalesce(least(d.previous, span.low), '-infinity') as low,
               coalesce(greatest(d.previous, span.high), 'infinity') as high
        from due d
        left join lateral (
            select nav, date from navs
            where product_id = d.product_id and date <= %(until)s and observed_at <= %(now)s
              and not suspect and nav > 0
            order by date desc limit 1) n on true
        left join lateral (
            select observed_at from navs
            where d.ahead > %(now)s and product_id = d.product_id and date > coalesce(n.date, '-infinity')
              and not suspect and observed_at > %(now)s
            order by date limit 1) later on true
        left join lateral (
            select min(nav) as low, max(nav) as high from navs
            where d.trailed and product_id = d.product_id and date > d.previous_on and date <= n.date
              and not suspect and observed_at <= %(now)s and nav > 0) span on true
    ), reached as (
        select t.id, s.previous, s.previous_on, s.nav, s.date
        from seen s
        cross join lateral (
            select id from trigger_orders
            where product_id = s.product_id and s.nav > s.low and fires_above between s.low and s.nav
            union all
            select id from trigger_orders
            where product_id = s.product_id and s.nav < s.high and fires_below between s.nav and s.high) t
    )
"""

_ADVANCE: Final = f"""{REACHED}, moved as (
        update watched_prices w set nav = s.nav, date = s.date, due_at = s.due_at
        from seen s
        where w.product_id = s.product_id
    )
    insert into trigger_looks (trigger_id, look_at, previous, previous_on, observed, observed_on)
    select id, %(now)s, previous, previous_on, nav, date from reached
    on conflict (trigger_id) do nothing
"""  # noqa: S608 - both texts are our own


def followed(connection: Connection) -> bool:
    """Whether any trigger follows the value of holdings: most ticks are spared the search for those that do."""
    return bool(scalar(connection, "select exists (select from trigger_orders where status = 'Active' and follows)"))


def line_up_followers(connection: Connection, products: Sequence[str], now: datetime) -> int:
    """Line up the triggers that no single level tells of: trees that name a price, and values that it is part of."""
    return connection.execute(
        """
        insert into trigger_looks as l (trigger_id, look_at)
        select id, %(now)s from (
            select id from trigger_orders
            where status = 'Active' and watches <> '{}' and watches && %(products)s and valid_from <= %(now)s
            union
            select t.id from trigger_orders t
            where t.status = 'Active' and t.follows and t.valid_from <= %(now)s and t.client_id = any(array(
                select distinct client_id from holdings where product_id = any(%(products)s)))) following
        on conflict (trigger_id) do update set look_at = excluded.look_at where l.look_at > excluded.look_at
        """,
        {"now": now, "products": list(products)},
    ).rowcount


class Price(NamedTuple):
    """A product's terms, its price as it was last looked at, and whether one that is no older is suspect."""

    product_id: str
    status: str
    open: bool
    min_purchase: Decimal
    multiple: Decimal
    min_redemption: Decimal
    calendar: str
    time_zone: str
    nav: Decimal | None
    nav_date: date | None
    suspect: bool


def hold(connection: Connection, products: Sequence[str]) -> None:
    """Keep the prices of these products from being moved on until the transaction ends.

    Whoever puts a trigger to rest at a price must be sure that nobody moves the price on, past its level, without
    seeing the trigger there.
    """
    connection.execute(
        "select from watched_prices where product_id = any(%s) order by product_id for share", (list(products),)
    )


def load(connection: Connection, products: Sequence[str], now: datetime, *, latest: bool = False) -> dict[str, Price]:
    """Prices by product, of those that exist; with `latest` the newest known where none was looked at yet."""
    with connection.cursor(row_factory=args_row(Price)) as cursor:
        rows = cursor.execute(
            """
            select p.id, p.status, p.open_for_subscription, p.min_purchase, p.purchase_multiple, p.min_redemption,
                   p.calendar, p.time_zone, coalesce(w.nav, n.nav), coalesce(w.date, n.date),
                   exists (select from navs s
                           where s.product_id = p.id and s.suspect and s.observed_at <= %(now)s
                             and s.date >= coalesce(w.date, '-infinity'))
            from products p
            left join watched_prices w on w.product_id = p.id
            left join lateral (
                select nav, date from navs
                where product_id = p.id and not suspect and observed_at <= %(now)s
                order by date desc limit 1) n on w.nav is null and %(latest)s
            where p.id = any(%(products)s)
            """,
            {"now": now, "latest": latest, "products": list(products)},
        )
        return {price.product_id: price for price in rows}


class Held(NamedTuple):
    """What a client holds of a product, and which share of it counts, in percent."""

    subject: str
    product_id: str
    units: Decimal
    share: Decimal


def held(connection: Connection, clients: Sequence[str]) -> list[Held]:
    """Everything that the clients hold; the subject is the client."""
    with connection.cursor(row_factory=args_row(Held)) as cursor:
        return cursor.execute(
            "select client_id, product_id, units, 100::numeric from holdings where client_id = any(%s) and units > 0",
            (list(clients),),
        ).fetchall()


class Goal(NamedTuple):
    """A goal's target and what counts toward it."""

    target: Decimal
    held: list[Held]


def goals(connection: Connection, ids: Sequence[str]) -> dict[str, Goal]:
    """The goals by id, with what their clients hold of the products that count."""
    found = {
        goal: Goal(target, [])
        for goal, target in connection.execute("select id, target_amount from goals where id = any(%s)", (list(ids),))
    }
    with connection.cursor(row_factory=args_row(Held)) as cursor:
        for row in cursor.execute(
            """
            select g.id, gp.product_id, h.units, gp.share_percent
            from goals g
            join goal_products gp on gp.goal_id = g.id
            join holdings h on h.client_id = g.client_id and h.product_id = gp.product_id and h.units > 0
            where g.id = any(%s)
            """,
            (list(ids),),
        ):
            found[row.subject].held.append(row)
    return found
