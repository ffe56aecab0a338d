"""Rebalancing rules made and changed by people: create, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation import identifiers
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Schedule, local_date
from automation.database import Connection
from automation.engine import audit, rule_checks
from automation.engine import rebalancing_checks as checks
from automation.engine.rebalancing_ends import came_to_nothing
from automation.engine.rebalancing_facts import Known, load
from automation.engine.rebalancing_instalments import instalments_for
from automation.errors import Conflict, InvalidInput, NotFound
from automation.identity.permissions import EVERYONE, Scope
from automation.rebalancing.drift import Drift, measure
from automation.rebalancing.plan import restoring_deposit
from automation.rebalancing.portfolio import values
from automation.rebalancing.request import RebalancingRequest, parse
from automation.rebalancing.rule import Rule
from automation.runtime import Runtime
from automation.store import rebalancing_executions as executions
from automation.store import rebalancing_rules as store

SHOWN: Final = 5


@dataclass(frozen=True)
class Reply:
    """What a creation or an edit answers: the shown id, the calendar's next five occurrences, and how it stands.

    `deposit` would restore the targets without a sale, as would `instalments` coming instalments sent to what is
    short; None where they don't reach.
    """

    id: str
    next_occurrences: list[Occurrence]
    drift: Drift | None
    deposit: Decimal
    instalments: int | None
    warnings: list[str]


def create(runtime: Runtime, body: dict[str, Any], by: str, *, dry_run: bool = False) -> Reply:
    """Check a body and add the rule; InvalidInput names the field, and nothing is written, nor with `dry_run`."""
    request = parse(body)
    key = identifiers.once()
    return runtime.database.transaction(
        lambda connection: _create(connection, runtime, request, by, key), dry_run=dry_run
    )


def _create(
    connection: Connection, runtime: Runtime, request: RebalancingRequest, by: str, key: Callable[[datetime], UUID]
) -> Reply:
    now = runtime.clock.now(connection)
    row = checked(connection, request, now) | {"id": key(now), "by": by, "now": now, "nominal": None, "due": None}
    added = store.insert(connection, row)
    rule = store.as_rule(read(connection, row["id"]))
    known = load(connection, runtime, [rule], now)
    coming = coming_of(rule.schedule, known.calendar(rule), now)
    if rule.schedule is not None and not coming:
        raise InvalidInput("end_date", "leaves no occurrence", hint="move end_date, or start_date, to a later date")
    if coming:
        store.set_next(connection, rule.id, coming[0].nominal, coming[0].due)
    if rule.watches_drift:
        store.look_again(connection, rule.id, now)
    reply = reply_of(connection, runtime, known, rule, coming, checks.warnings(connection, request, rule.id))
    if added:
        made = {"id": rule.id, "client_id": rule.client_id}
        audit.changed(connection, now, by, "rebalancing.create", made, audit.terms(request))
    return reply


def coming_of(schedule: Schedule | None, calendar: BusinessCalendar, now: datetime) -> list[Occurrence]:
    """The next occurrences of a calendar, if there is one."""
    return [] if schedule is None else occurrences.upcoming(schedule, calendar, now, SHOWN)


def reply_of(
    connection: Connection, runtime: Runtime, known: Known, rule: Rule, coming: list[Occurrence], warnings: list[str]
) -> Reply:
    """What somebody is answered who makes or changes a rule."""
    portfolio = known.portfolio(rule)
    deposit = restoring_deposit(rule, portfolio)
    return Reply(
        identifiers.show(identifiers.REBALANCING, rule.id),
        coming,
        measure(values(portfolio, rule.targets), rule.targets),
        deposit,
        instalments_for(connection, runtime, rule.client_id, deposit, known.now),
        warnings,
    )


def checked(connection: Connection, request: RebalancingRequest, now: datetime) -> dict[str, Any]:
    """A request as the columns take it, checked against what it refers to; InvalidInput names the field."""
    client = rule_checks.client(connection, request.client)
    kind = checks.names(connection, request, client.currency)
    start = request.start_date or local_date(now, client.time_zone)
    if request.end_date is not None and request.end_date < start:
        raise InvalidInput("end_date", f"{request.end_date} is over", hint="move it to a later date")
    return dict(request) | {
        "target_allocation": store.targets_as_json(request.target_allocation),
        "target_by": kind,
        "preferred_products": list(request.preferred_products),
        "do_not_trade": list(request.do_not_trade),
        "start_date": start,
    }


def pause(runtime: Runtime, shown_id: str, until: datetime | None, reason: str, by: str) -> None:
    """Pause a rule, with `until` (aware) up to an instant, at which it looks; what falls due meanwhile is Skipped."""

    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        row = locked(connection, shown_id, "Active", "Paused")
        if until is not None and until <= now:
            raise InvalidInput("until", f"{until.isoformat()} is over", hint="name an instant to come, or none")
        if (row["status"], row["status_reason"], row["paused_until"]) == ("Paused", reason, until):
            return
        store.set_status(connection, row["id"], "Paused", reason, until, now)
        if until is not None and store.as_rule(row).watches_drift:
            store.look_again(connection, row["id"], until)
        asked = {"status": [row["status"], "Paused"], "until": until, "reason": reason}
        audit.changed(connection, now, by, "rebalancing.pause", row, asked)

    runtime.database.transaction(work)


def resume(runtime: Runtime, shown_id: str, by: str) -> Reply:
    """End a pause now; the portfolio is measured at the next run, the calendar goes on with what is to come."""

    def work(connection: Connection) -> Reply:
        now = runtime.clock.now(connection)
        row = locked(connection, shown_id, "Active", "Paused")
        rule = store.as_rule(row)
        known = load(connection, runtime, [rule], now)
        coming = coming_of(rule.schedule, known.calendar(rule), now)
        reply = reply_of(connection, runtime, known, rule, coming, [])
        if row["status"] == "Active":
            return reply
        store.set_status(connection, row["id"], "Active", None, None, now)
        if coming and rule.next_occurrence is None:
            store.set_next(connection, rule.id, coming[0].nominal, coming[0].due)
        if rule.watches_drift:
            store.look_again(connection, rule.id, now)
        told = {"status": [row["status"], "Active"], "until": [row["paused_until"], None]}
        audit.changed(connection, now, by, "rebalancing.resume", row, told)
        return reply

    return runtime.database.transaction(work)


def cancel(runtime: Runtime, shown_id: str, reason: str, by: str) -> None:
    """End a rule for good, and what waits to be confirmed; of an execution under way no further order is submitted."""

    def work(connection: Connection) -> None:
        row = locked(connection, shown_id, "Active", "Paused", "Cancelled")
        if row["status"] != "Cancelled":
            now = runtime.clock.now(connection)
            store.set_status(connection, row["id"], "Cancelled", reason, None, now)
            withdrawn = executions.withdraw(connection, row["id"], "system", f"the rule was cancelled: {reason}", now)
            came_to_nothing(connection, withdrawn, "rule_ended", now)
            told = {"status": [row["status"], "Cancelled"], "reason": reason, "withdrawn": len(withdrawn)}
            audit.changed(connection, now, by, "rebalancing.cancel", row, told)

    runtime.database.transaction(work)


def key_of(shown_id: str) -> UUID:
    """The key of a shown rule id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.REBALANCING, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the rebalancing rules to see their ids") from error


def read(connection: Connection, key: UUID) -> dict[str, Any]:
    """A rule's row; NotFound where there is none."""
    row = store.read(connection, key)
    if row is None:
        shown = identifiers.show(identifiers.REBALANCING, key)
        raise NotFound(f"there is no rebalancing rule {shown}", hint="list the rebalancing rules to see their ids")
    return row


def locked(connection: Connection, shown_id: str, *allowed: str) -> dict[str, Any]:
    """A rule's row, locked with its client; NotFound where there is none, Conflict where it is in another status."""
    key = key_of(shown_id)
    row = store.lock(connection, key)
    if row is None:
        row = read(connection, key)
    if row["status"] not in allowed:
        raise Conflict(f"{shown_id} is {row['status']}", hint=f"only {' or '.join(allowed)} rules can be changed so")
    return row


def listed(
    runtime: Runtime,
    client: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` rules after another one, all or those of a client or in a status."""
    return runtime.database.transaction(lambda c: store.listed(c, client, status, limit, after, scope))


def view(runtime: Runtime, shown_id: str) -> dict[str, Any]:
    """One rule's row; NotFound where there is none."""
    return runtime.database.transaction(lambda connection: read(connection, key_of(shown_id)))
