"""Kill switches: those that stand now, set and lifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.status.facts import Switch


class Control(NamedTuple):
    """A standing switch: `scope` global, job, client or rule; `mode` stop_buys or stop_all."""

    scope: str
    scope_id: str | None
    mode: str
    reason: str


class Controls:
    """All standing switches, ready to be asked for one rule at a time."""

    def __init__(self, controls: list[Control]) -> None:
        self._by_scope = {(control.scope, control.scope_id, control.mode): control for control in controls}

    def stop(self, jobs: Sequence[str], client_id: str, rule_id: object, *, buys: bool) -> str | None:
        """The switch that stops this order, whichever of its jobs does it, as `scope: reason`, or None."""
        if not self._by_scope:
            return None
        found = next(self._standing(jobs, client_id, str(rule_id), buys=buys), None)
        return f"{found.scope}: {found.reason}" if found else None

    def _standing(self, jobs: Sequence[str], client_id: str, rule_id: str, *, buys: bool) -> Iterator[Control]:
        scopes = [("global", None), *(("job", job) for job in jobs), ("client", client_id), ("rule", rule_id)]
        for mode in ("stop_all", "stop_buys") if buys else ("stop_all",):
            for scope, scope_id in scopes:
                if control := self._by_scope.get((scope, scope_id, mode)):
                    yield control


def load(connection: Connection, now: datetime) -> Controls:
    """The switches that are neither lifted nor over."""
    rows = connection.execute(
        """
        select scope, scope_id, mode, reason
        from automation_controls
        where lifted_at is null and (until is null or until > %s)
        """,
        (now,),
    )
    return Controls([Control(*row) for row in rows])


def standing(connection: Connection, now: datetime) -> list[Switch]:
    """The same switches as people read them, the oldest first."""
    with connection.cursor(row_factory=args_row(Switch)) as cursor:
        return cursor.execute(
            """
            select scope, scope_id, mode, reason, until, created_by, created_at
            from automation_controls
            where lifted_at is null and (until is null or until > %s)
            order by created_at, id
            """,
            (now,),
        ).fetchall()


def insert(connection: Connection, key: UUID, switch: Switch) -> None:
    """Add a switch; it stands from its `since` on."""
    connection.execute(
        """
        insert into automation_controls (id, scope, scope_id, mode, reason, until, created_by, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (key, *switch),
    )


def lift(connection: Connection, scope: str, scope_id: str | None, by: str, now: datetime) -> int:
    """Lift every switch that stands for exactly this scope; how many."""
    return connection.execute(
        """
        update automation_controls set lifted_at = %(now)s, lifted_by = %(by)s
        where lifted_at is null and (until is null or until > %(now)s)
          and scope = %(scope)s and scope_id is not distinct from %(scope_id)s
        """,
        {"scope": scope, "scope_id": scope_id, "by": by, "now": now},
    ).rowcount
