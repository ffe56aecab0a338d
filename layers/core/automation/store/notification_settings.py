"""How clients are told: the settings of each, or what they are for one that has set nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from automation.database import Connection
from automation.identity.permissions import Scope
from automation.notifications.settings import SettingsRequest


def listed(
    connection: Connection, scope: Scope, limit: int, client_id: str | None = None, after: str | None = None
) -> list[dict[str, Any]]:
    """The settings of up to `limit` clients within a scope, by the clients' ids; with `client_id` those of the one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select c.id as client, coalesce(s.locale, 'en_IN') as locale, coalesce(s.digest, 'off') as digest,
                   coalesce(s.digest_at, '08:00') as digest_at, coalesce(s.digest_day, 1) as digest_day, c.time_zone,
                   s.updated_at
            from clients c
            left join notification_settings s on s.client_id = c.id
            where (%(client_id)s::text is null or c.id = %(client_id)s)
              and (%(after)s::text is null or c.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by c.id
            limit %(limit)s
            """,
            {"client_id": client_id, "after": after, "limit": limit} | scope._asdict(),
        ).fetchall()


def lock(connection: Connection, client_id: str) -> None:
    """Let nobody else change the settings of a client meanwhile, which need not have any yet."""
    connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('notification settings ' || %s, 0))", (client_id,)
    )


def save(connection: Connection, client_id: str, request: SettingsRequest, now: datetime) -> None:
    """Keep the settings of a client."""
    connection.execute(
        """
        insert into notification_settings (client_id, locale, digest, digest_at, digest_day, updated_at)
        values (%(client)s, %(locale)s, %(digest)s, %(digest_at)s, %(digest_day)s, %(now)s)
        on conflict (client_id) do update
        set locale = excluded.locale, digest = excluded.digest, digest_at = excluded.digest_at,
            digest_day = excluded.digest_day, updated_at = excluded.updated_at
        """,
        dict(request) | {"client": client_id, "now": now},
    )
