"""Clients as people add them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from automation.database import Connection
from automation.identity.permissions import Scope


class ClientRow(NamedTuple):
    """A new client; money comes as a deposit afterwards."""

    id: str
    name: str
    time_zone: str
    currency: str
    email: str | None
    phone: str | None
    kyc_status: str
    status: str = "Active"
    user: str | None = None
    manager: str | None = None
    push_endpoint: str | None = None


def insert(connection: Connection, row: ClientRow, now: datetime) -> bool:
    """Add a client without money; False where the id is taken."""
    added = connection.execute(
        """
        insert into clients (id, name, time_zone, currency, email, phone, kyc_status, status, user_id, rm_user_id,
                             push_endpoint, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        (*row, now),
    )
    return added.rowcount == 1


def exists(connection: Connection, client_id: str) -> bool:
    """Whether there is such a client."""
    return connection.execute("select from clients where id = %s", (client_id,)).rowcount == 1


def is_visible(connection: Connection, client_id: str, scope: Scope) -> bool:
    """Whether there is such a client within a scope."""
    found = connection.execute(
        """
        select from clients c
        where c.id = %(client)s and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
        """,
        {"client": client_id} | scope._asdict(),
    )
    return found.rowcount == 1
