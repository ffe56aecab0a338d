"""Trigger orders as people make, read and change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, dict_row
from psycopg.types.json import Jsonb

from automation.database import Connection
from automation.identity.permissions import EVERYONE, Scope
from automation.triggers.trigger import Trigger


def insert(connection: Connection, columns: Mapping[str, Any], look_at: datetime, now: datetime) -> bool:
    """Add an Active trigger, to be looked at for the first time at an instant; False where it is there."""
    tree = columns["condition_tree"]
    added = connection.execute(
        """
        insert into trigger_orders (
            id, client_id, name, trigger_type, trigger_condition, trigger_value, tolerance, trailing_percent,
            condition_tree, trigger_at, goal_id, mode, order_type, product_id, target_product_id, amount, units,
            all_units, on_shortfall, oco_group, valid_from, valid_until, max_data_age, enabled, watches, follows,
            trails_from, remind_at, created_by, created_at, updated_at)
        values (
            %(id)s, %(client)s, %(name)s, %(trigger_type)s, %(trigger_condition)s, %(trigger_value)s, %(tolerance)s,
            %(trailing_percent)s, %(condition_tree)s, %(trigger_at)s, %(goal)s, %(mode)s, %(order_type)s, %(product)s,
            %(target_product_id)s, %(amount)s, %(units)s, %(all_units)s, %(on_shortfall)s, %(oco_group)s,
            %(valid_from)s, %(valid_until)s, %(max_data_age)s, %(enabled)s, %(watches)s, %(follows)s, %(trails_from)s,
            %(remind_at)s, %(by)s, %(now)s, %(now)s)
        on conflict (id) do nothing
        """,
        {**columns, "condition_tree": None if tree is None else Jsonb(tree), "now": now},
    )
    look_again(connection, columns["id"], look_at)
    return added.rowcount == 1


def look_again(connection: Connection, trigger_id: UUID, at: datetime) -> None:
    """Look at a trigger at an instant, whatever prices do; what had called for a look before counts no more."""
    connection.execute(
        """
        insert into trigger_looks (trigger_id, look_at) values (%s, %s)
        on conflict (trigger_id) do update
            set look_at = excluded.look_at, previous = null, previous_on = null, observed = null, observed_on = null
        """,
        (trigger_id, at),
    )


def watch(connection: Connection, products: Iterable[str], now: datetime, *, trailed: bool, named: bool) -> None:
    """Let the prices of products be looked at from now on: for levels that follow them, for trees that name them."""
    connection.execute(
        """
        insert into watched_prices as w (product_id, due_at, trailed, named)
        select product, %s, %s, %s from unnest(%s::text[]) product
        on conflict (product_id) do update
            set trailed = w.trailed or excluded.trailed, named = w.named or excluded.named
            where (excluded.trailed and not w.trailed) or (excluded.named and not w.named)
        """,
        (now, trailed, named, sorted(products)),
    )


def lock_client(connection: Connection, client_id: str) -> None:
    """Let nothing be decided for a client meanwhile."""
    connection.execute("select from clients where id = %s for update", (client_id,))


def has_fired(connection: Connection, client_id: str, group: str) -> bool:
    """Whether any trigger of a client's group has fired."""
    return bool(
        connection.execute(
            """
            select from trigger_orders
            where client_id = %s and oco_group = %s and triggered_at is not null limit 1
            """,
            (client_id, group),
        ).rowcount
    )


# What can be changed of a trigger, by its columns.
TERMS: Final = (
    *("name", "trigger_value", "tolerance", "trailing_percent", "mode", "order_type", "target_product_id", "amount"),
    *("units", "all_units", "on_shortfall", "valid_until", "max_data_age", "enabled"),
)


def update(
    connection: Connection, trigger_id: UUID, columns: Mapping[str, Any], now: datetime, *, anew: bool, afresh: bool
) -> None:
    """Give an Active trigger other terms.

    `anew` it no longer rests, and what it has seen counts for nothing; `afresh` a level that trails begins anew too.
    An expiry that was announced is announced again only where it is another one.
    """
    connection.execute(
        """
        update trigger_orders
        set version = version + 1, name = %(name)s, trigger_value = %(trigger_value)s, tolerance = %(tolerance)s,
            trailing_percent = %(trailing_percent)s, mode = %(mode)s, order_type = %(order_type)s,
            target_product_id = %(target_product_id)s, amount = %(amount)s, units = %(units)s,
            all_units = %(all_units)s, on_shortfall = %(on_shortfall)s, valid_until = %(valid_until)s,
            max_data_age = %(max_data_age)s, enabled = %(enabled)s,
            remind_at = case when valid_until is distinct from %(valid_until)s then %(remind_at)s else remind_at end,
            fires_above = case when not %(anew)s then fires_above end,
            fires_below = case when not %(anew)s then fires_below end,
            last_look = case when not %(anew)s then last_look end,
            best_value = case when not %(afresh)s then best_value end,
            trails_from = case when %(afresh)s then %(trails_from)s else trails_from end,
            updated_at = %(now)s
        where id = %(id)s
        """,
        {**columns, "id": trigger_id, "now": now, "anew": anew, "afresh": afresh},
    )


def active(connection: Connection, client_id: str) -> int:
    """How many Active triggers a client has."""
    row = connection.execute(
        "select count(*) from trigger_orders where client_id = %s and status = 'Active'", (client_id,)
    ).fetchone()
    return row[0] if row else 0


def read(connection: Connection, trigger_id: UUID) -> dict[str, Any] | None:
    """A trigger's row with its client's zone, whether the client may trade, and when it is looked at by itself."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select t.*, c.time_zone, c.status as client_status, c.kyc_status, l.look_at,
                   o.status as order_status, o.reason as order_reason
            from trigger_orders t
            join clients c on c.id = t.client_id
            left join trigger_looks l on l.trigger_id = t.id
            left join orders o on o.id = t.order_id
            where t.id = %s
            """,
            (trigger_id,),
        ).fetchone()


def lock(connection: Connection, trigger_id: UUID) -> dict[str, Any] | None:
    """The same with the client and the trigger locked, in this order."""
    connection.execute(
        "select from clients where id = (select client_id from trigger_orders where id = %s) for update", (trigger_id,)
    )
    connection.execute("select from trigger_orders where id = %s for update", (trigger_id,))
    return read(connection, trigger_id)


def as_trigger(row: Mapping[str, Any]) -> Trigger:
    """A row as decisions see it."""
    return Trigger(**{name: row[name] for name in Trigger._fields})


def listed(
    connection: Connection,
    client_id: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` triggers in the order of their creation, all or those of a client or in a status."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select t.*, c.time_zone, c.status as client_status, c.kyc_status, w.nav, w.date as nav_date
            from trigger_orders t
            join clients c on c.id = t.client_id
            left join watched_prices w on w.product_id = t.product_id
            where (%(client)s::text is null or t.client_id = %(client)s)
              and (%(status)s::text is null or t.status = %(status)s)
              and (%(after)s::uuid is null or t.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by t.id
            limit %(limit)s
            """,
            {"client": client_id, "status": status, "limit": limit, "after": after} | scope._asdict(),
        ).fetchall()


def set_status(
    connection: Connection, trigger_id: UUID, status: str, reason: str | None, by: str, now: datetime
) -> None:
    """End a trigger as a person wants it."""
    connection.execute(
        """
        update trigger_orders
        set status = %s, status_reason = %s, fires_above = null, fires_below = null, remind_at = null,
            confirm_until = null, decided_by = %s, version = version + 1, updated_at = %s
        where id = %s
        """,
        (status, reason, by, now, trigger_id),
    )
    connection.execute("delete from trigger_looks where trigger_id = %s", (trigger_id,))


def set_enabled(connection: Connection, trigger_id: UUID, enabled: bool, today: date, now: datetime) -> None:
    """Pause or resume an Active trigger; either way it no longer rests, and what it has seen counts for nothing.

    A level that trails begins anew with the prices of `today`, the client's date, and later.
    """
    connection.execute(
        """
        update trigger_orders
        set enabled = %s, fires_above = null, fires_below = null, best_value = null, trails_from = %s,
            last_look = null, version = version + 1, updated_at = %s
        where id = %s
        """,
        (enabled, today, now, trigger_id),
    )


def set_confirmed(connection: Connection, trigger_id: UUID, order_id: UUID, by: str, now: datetime) -> None:
    """A trigger that waited for it was confirmed, and placed its order."""
    connection.execute(
        """
        update trigger_orders set order_id = %s, confirm_until = null, decided_by = %s, updated_at = %s where id = %s
        """,
        (order_id, by, now, trigger_id),
    )


class Rival(NamedTuple):
    """A rule that takes from a product what a trigger gives to it, or the other way round."""

    id: UUID
    name: str


def rival_rules(connection: Connection, client_id: str, buys: Sequence[str], sells: Sequence[str]) -> list[Rival]:
    """The client's auto-invest rules that sell what is bought here, or buy what is sold here."""
    with connection.cursor(row_factory=args_row(Rival)) as cursor:
        return cursor.execute(
            """
            select r.id, r.name
            from auto_invest_rules r
            where r.client_id = %(client)s and r.status = 'Active'
              and ((r.plan = 'SWP' and r.product_id = any(%(buys)s)) or r.source_product_id = any(%(buys)s)
                   or (r.plan <> 'SWP' and (r.product_id = any(%(sells)s) or exists (
                       select from jsonb_array_elements(r.allocations) part
                       where part ->> 'product' = any(%(sells)s)))))
            order by r.id
            """,
            {"client": client_id, "buys": list(buys), "sells": list(sells)},
        ).fetchall()


def rival_triggers(connection: Connection, client_id: str, buys: Sequence[str], sells: Sequence[str]) -> list[Rival]:
    """The client's Active triggers that sell what is bought here, or buy what is sold here."""
    with connection.cursor(row_factory=args_row(Rival)) as cursor:
        return cursor.execute(
            """
            select id, name
            from trigger_orders
            where client_id = %(client)s and status = 'Active' and mode <> 'notify'
              and ((order_type <> 'Purchase' and product_id = any(%(buys)s))
                   or (order_type = 'Purchase' and product_id = any(%(sells)s))
                   or target_product_id = any(%(sells)s))
            order by id
            """,
            {"client": client_id, "buys": list(buys), "sells": list(sells)},
        ).fetchall()
