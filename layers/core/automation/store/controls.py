"""Kill switches that stand now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from automation.database import Connection


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

    def stop(self, job: str, client_id: str, rule_id: object, *, buys: bool) -> str | None:
        """The switch that stops this order, as `scope: reason`, or None."""
        if not self._by_scope:
            return None
        found = next(self._standing(job, client_id, str(rule_id), buys=buys), None)
        return f"{found.scope}: {found.reason}" if found else None

    def _standing(self, job: str, client_id: str, rule_id: str, *, buys: bool) -> Iterator[Control]:
        for mode in ("stop_all", "stop_buys") if buys else ("stop_all",):
            for scope, scope_id in (("global", None), ("job", job), ("client", client_id), ("rule", rule_id)):
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
