"""Holdings, lots and cash of clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.portfolio.lots import Lot
from automation.store.arrays import columns


class Redeemable(NamedTuple):
    """What a client may still redeem of a product: unlocked units, less what live orders have claimed of them."""

    units: Decimal
    amount_claimed: Decimal


def redeemable(
    connection: Connection, holdings: Sequence[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Redeemable]:
    """By (client, product): unlocked units, net of live orders in units, and the money of live orders by amount."""
    clients, products = columns(holdings, 2)
    rows = connection.execute(
        """
        select w.client_id, w.product_id,
               case when coalesce(live.everything, false) then 0
                    else greatest(coalesce(free.units, 0) - coalesce(live.units, 0), 0) end,
               coalesce(live.amount, 0)
        from unnest(%b::text[], %b::text[]) as w (client_id, product_id)
        left join lateral (
            select sum(l.units_left) as units
            from lots l join products p on p.id = l.product_id
            where l.client_id = w.client_id and l.product_id = w.product_id and l.units_left > 0
              and l.acquired_on + p.lock_in_days <= (%s at time zone p.time_zone)::date) free on true
        left join lateral (
            select sum(o.amount) as amount, sum(o.units) as units, bool_or(o.all_units) as everything
            from orders o
            where o.client_id = w.client_id and o.product_id = w.product_id and o.order_type <> 'Purchase'
              and o.status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')) live on true
        """,
        (clients, products, now),
    )
    return {(client, product): Redeemable(units, amount) for client, product, units, amount in rows}


def lots(connection: Connection, holdings: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Lot]]:
    """The lots with units left by (client, product), oldest first, with their product's load and lock-in."""
    clients, products = columns(holdings, 2)
    with connection.cursor(row_factory=args_row(Lot)) as cursor:
        rows = cursor.execute(
            """
            select l.client_id, l.product_id, l.id, l.acquired_on, l.units, l.units_left, l.cost,
                   l.acquired_on + p.lock_in_days,
                   case when p.exit_load_days > 0 then l.acquired_on + p.exit_load_days end, p.exit_load_percent
            from unnest(%b::text[], %b::text[]) as w (client_id, product_id)
            join lots l on l.client_id = w.client_id and l.product_id = w.product_id
            join products p on p.id = l.product_id
            where l.units_left > 0
            order by l.client_id, l.product_id, l.acquired_on, l.id
            """,
            (clients, products),
        ).fetchall()
    found: dict[tuple[str, str], list[Lot]] = {}
    for lot in rows:
        found.setdefault((lot.client_id, lot.product_id), []).append(lot)
    return found


def lock_clients(connection: Connection, ids: Sequence[str]) -> dict[str, Decimal]:
    """Lock clients in the order of their ids, so that two workers can't wait for each other; their cash."""
    rows = connection.execute(
        "select id, cash_balance from clients where id = any(%s) order by id for update", (list(ids),)
    )
    return dict(rows.fetchall())


def move_cash(
    connection: Connection, rows: Sequence[tuple[UUID, str, Decimal, str, UUID | None]], now: datetime
) -> None:
    """Write movements (id, client, amount, kind, order) to the journal and to the clients' balances."""
    if not rows:
        return
    connection.execute(
        """
        with moved as (
            insert into cash_journal (id, client_id, at, amount, kind, order_id)
            select id, client_id, %s, amount, kind, order_id
            from unnest(%b::uuid[], %b::text[], %b::numeric[], %b::text[], %b::uuid[])
                 as t (id, client_id, amount, kind, order_id)
            returning client_id, amount)
        update clients c set cash_balance = c.cash_balance + s.amount
        from (select client_id, sum(amount) as amount from moved group by client_id) s
        where c.id = s.client_id
        """,
        (now, *columns(rows, 5)),
    )


def change_holdings(connection: Connection, rows: Sequence[tuple[str, str, Decimal, Decimal]]) -> None:
    """Add (client, product, units, cost) to holdings, negative to take away; one row per client and product."""
    if not rows:
        return
    connection.execute(
        """
        with change as (
            select client_id, product_id, sum(units) as units, sum(cost) as cost
            from unnest(%b::text[], %b::text[], %b::numeric[], %b::numeric[])
                 as t (client_id, product_id, units, cost)
            group by client_id, product_id
        ), known as (
            update holdings h set units = h.units + c.units, cost = h.cost + c.cost
            from change c where h.client_id = c.client_id and h.product_id = c.product_id
            returning h.client_id, h.product_id)
        insert into holdings (client_id, product_id, units, cost)
        select client_id, product_id, units, cost from change
        where (client_id, product_id) not in (select client_id, product_id from known)
        """,
        columns(rows, 4),
    )


def insert_lots(
    connection: Connection,
    rows: Sequence[tuple[UUID, str, str, UUID | None, date, Decimal, Decimal, Decimal]],
) -> None:
    """Add lots (id, client, product, order, acquired on, units, NAV, cost)."""
    if not rows:
        return
    connection.execute(
        """
        insert into lots (id, client_id, product_id, order_id, acquired_on, units, units_left, nav, cost)
        select id, client_id, product_id, order_id, acquired_on, units, units, nav, cost
        from unnest(%b::uuid[], %b::text[], %b::text[], %b::uuid[], %b::date[], %b::numeric[], %b::numeric[],
                    %b::numeric[]) as t (id, client_id, product_id, order_id, acquired_on, units, nav, cost)
        """,
        columns(rows, 8),
    )


def take_from_lots(connection: Connection, rows: Sequence[tuple[UUID, Decimal]]) -> None:
    """Take units from lots, by (lot, units); a lot may be named more than once."""
    if not rows:
        return
    connection.execute(
        """
        update lots l set units_left = l.units_left - t.units
        from (select id, sum(units) as units from unnest(%b::uuid[], %b::numeric[]) as t (id, units)
              group by id) t
        where l.id = t.id
        """,
        columns(rows, 2),
    )
