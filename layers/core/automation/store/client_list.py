"""Clients as people read and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from automation.database import Connection
from automation.identity.permissions import Scope
from automation.portfolio.requests import ClientRequest


def listed(
    connection: Connection, scope: Scope, limit: int, after: str | None = None, key: str | None = None
) -> list[dict[str, Any]]:
    """Up to `limit` clients within a scope by id; with `key` the one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select c.id, c.name, c.user_id as "user", c.rm_user_id as manager, c.email, c.phone, c.push_endpoint,
                   c.time_zone, c.currency, c.cash_balance, c.kyc_status, c.status, c.created_at
            from clients c
            where (%(key)s::text is null or c.id = %(key)s)
              and (%(after)s::text is null or c.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by c.id
            limit %(limit)s
            """,
            {"key": key, "after": after, "limit": limit} | scope._asdict(),
        ).fetchall()


def update(connection: Connection, request: ClientRequest) -> None:
    """Give a client other terms; its id, its currency and its money stay."""
    connection.execute(
        """
        update clients
        set name = %(name)s, user_id = %(user)s, rm_user_id = %(manager)s, email = %(email)s, phone = %(phone)s,
            push_endpoint = %(push_endpoint)s, time_zone = %(time_zone)s, kyc_status = %(kyc_status)s,
            status = %(status)s
        where id = %(id)s
        """,
        dict(request),
    )


def unknown_users(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Those of the users that do not exist."""
    rows = connection.execute(
        """
        select id from unnest(%s::text[]) as named (id)
        where not exists (select from users u where u.id = named.id)
        """,
        (list(ids),),
    )
    return [row[0] for row in rows]


def has_live_rules(connection: Connection, client_id: str) -> bool:
    """Whether anything of the client's is bound to its local time."""
    found = connection.execute(
        """
        select from auto_invest_rules where client_id = %(client)s and status in ('Active', 'Paused')
        union all
        select from rebalancing_rules where client_id = %(client)s and status in ('Active', 'Paused')
        union all
        select from trigger_orders where client_id = %(client)s and status = 'Active'
        limit 1
        """,
        {"client": client_id},
    )
    return found.rowcount == 1
