"""Auto-invest rules as people read them: in a list, and one with what comes and what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation import identifiers
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import describe, local_date
from automation.database import Connection
from automation.engine import visibility
from automation.engine.next_occurrence import to_come
from automation.engine.rule_checks import schedule_of
from automation.engine.rules import SHOWN
from automation.identity.permissions import EVERYONE, Scope
from automation.runtime import Runtime
from automation.store import rule_list, skips
from automation.store import rules as store
from automation.store.rule_list import Executed

_SHOWN: Final = 10


@dataclass(frozen=True)
class Line:
    """A rule at a glance; `what` is its product, basket or switch, `schedule` in words."""

    id: str
    client: str
    name: str
    plan: str
    what: str
    amount: Decimal
    schedule: str
    status: str
    status_reason: str | None
    next_run_at: datetime | None
    time_zone: str
    execution_count: int
    total_invested: Decimal


@dataclass(frozen=True)
class View:
    """A rule whole: `columns` as stored, its coming occurrences and skips."""

    line: Line
    columns: dict[str, Any]
    coming: Sequence[Occurrence]
    skips: Sequence[tuple[date, date]]


def listed(
    runtime: Runtime,
    client: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[Line]:
    """Up to `limit` rules after another, all or those of a client or in a status, in the order of their creation."""
    rows = runtime.database.transaction(lambda c: rule_list.rules(c, client, status, limit, after, scope))
    return [line(row) for row in rows]


def view(runtime: Runtime, shown_id: str, scope: Scope = EVERYONE) -> View:
    """One rule; NotFound where there is none within the scope."""

    return runtime.database.transaction(lambda connection: look(connection, runtime, shown_id, scope))


def look(connection: Connection, runtime: Runtime, shown_id: str, scope: Scope = EVERYONE) -> View:
    """The same, within a transaction."""
    rule = _read(connection, shown_id, scope)
    now = runtime.clock.now(connection)
    live = rule["status"] in ("Active", "Paused")
    return View(
        line(rule),
        rule,
        to_come(connection, runtime, rule, now, SHOWN) if live else [],
        skips.to_come(connection, rule["id"], local_date(now, rule["time_zone"])),
    )


def latest(runtime: Runtime, shown_id: str) -> list[Executed]:
    """A rule's latest executions, the newest first; NotFound where there is no such rule."""
    return runtime.database.transaction(lambda c: rule_list.executions(c, _read(c, shown_id)["id"], _SHOWN))


def zone_of(runtime: Runtime, shown_id: str) -> str:
    """The zone in which a rule's dates and times are meant; NotFound where there is no such rule."""
    zone: str = runtime.database.transaction(lambda connection: _read(connection, shown_id)["time_zone"])
    return zone


def _read(connection: Connection, shown_id: str, scope: Scope = EVERYONE) -> dict[str, Any]:
    try:
        key = identifiers.read(identifiers.AUTO_INVEST, shown_id)
    except ValueError as error:
        raise visibility.absent(identifiers.AUTO_INVEST, shown_id) from error
    return visibility.check(connection, identifiers.AUTO_INVEST, shown_id, store.read(connection, key), scope)


def line(rule: dict[str, Any]) -> Line:
    """A rule's row at a glance."""
    return Line(
        identifiers.show(identifiers.AUTO_INVEST, rule["id"]),
        rule["client_id"],
        rule["name"],
        rule["plan"],
        _what(rule),
        rule["amount"],
        describe(schedule_of(rule, rule["time_zone"])),
        rule["status"],
        rule["status_reason"],
        rule["next_run_at"],
        rule["time_zone"],
        rule["execution_count"],
        rule["total_invested"],
    )


def _what(rule: dict[str, Any]) -> str:
    if rule["allocations"]:
        return ", ".join(f"{part['percent']} % {part['product']}" for part in rule["allocations"])
    if rule["source_product_id"]:
        return f"{rule['source_product_id']} → {rule['product_id']}"
    return str(rule["product_id"])
