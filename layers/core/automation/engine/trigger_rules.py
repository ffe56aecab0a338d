"""Trigger orders made and changed by people: create, pause, resume, confirm, cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit, rule_checks
from automation.engine import trigger_checks as checks
from automation.engine.trigger_columns import columns_of
from automation.engine.trigger_facts import load
from automation.engine.trigger_outcome import execution_key, order_of
from automation.errors import Conflict, InvalidInput, NotFound
from automation.identity.permissions import EVERYONE, Scope
from automation.runtime import Runtime
from automation.store import orders as order_store
from automation.store import trigger_rules as store
from automation.store.rules import ClientTerms
from automation.triggers.decision import FAILS, FIRES, WAITS, confirmed, decide, distance
from automation.triggers.request import TriggerRequest, parse

MOST_ACTIVE: Final = 250


@dataclass(frozen=True)
class Reply:
    """What a creation or an edit answers: the shown id, whether it would fire now or why not, and how far the level is.

    `distance` is in percent of what is observed, None where there is no level or nothing to compare it with.
    """

    id: str
    would_fire_now: bool
    reason: str | None
    observed: Decimal | None
    observed_on: date | None
    distance: Decimal | None
    warnings: list[str]


def create(runtime: Runtime, body: dict[str, Any], by: str, *, dry_run: bool = False) -> Reply:
    """Check a body and add the trigger; InvalidInput names the field, and nothing is written, nor with `dry_run`."""
    request = parse(body)
    key = identifiers.once()
    return runtime.database.transaction(
        lambda connection: _create(connection, runtime, request, by, key), dry_run=dry_run
    )


def _create(
    connection: Connection, runtime: Runtime, request: TriggerRequest, by: str, key: Callable[[datetime], UUID]
) -> Reply:
    now = runtime.clock.now(connection)
    client = rule_checks.client(connection, request.client)
    if store.active(connection, request.client) >= MOST_ACTIVE:
        raise Conflict(f"the client has {MOST_ACTIVE} active triggers", hint="cancel one that is no longer wanted")
    if request.oco_group is not None:
        # With the client locked none of the group can fire between the question and this trigger's being there.
        store.lock_client(connection, request.client)
        checks.group(connection, request.client, request.oco_group)
    sound = checked(connection, request, client, now)
    row = sound.columns | {"id": key(now), "by": by}
    added = store.insert(connection, row, sound.begins, now)
    reply = reply_of(connection, runtime, request, row["id"], now)
    if added:
        made = {"id": row["id"], "client_id": request.client}
        audit.changed(connection, now, by, "trigger_order.create", made, audit.terms(request))
    return reply


class Checked(NamedTuple):
    """What a sound request means: its columns, and when it can fire for the first time."""

    columns: dict[str, Any]
    begins: datetime


def checked(connection: Connection, request: TriggerRequest, client: ClientTerms, now: datetime) -> Checked:
    """Check a request against what it refers to, whose prices are watched from now on; InvalidInput names the field."""
    checks.products(connection, request, client.currency)
    checks.goals(connection, request)
    columns = columns_of(request, client.time_zone, now)
    begins = max(now, columns["valid_from"], columns["trigger_at"] or now)
    if columns["valid_until"] is not None and columns["valid_until"] <= begins:
        raise InvalidInput("valid_until", "is over before the trigger can fire", hint="move it to a later date")
    held = checks.held(connection, request, follows=columns["follows"])
    watched = {request.product, *request.bought, *columns["watches"], *held}
    trailed, named = request.trailing_percent is not None, bool(columns["watches"])
    store.watch(connection, watched, now, trailed=trailed, named=named)
    return Checked(columns, begins)


def reply_of(connection: Connection, runtime: Runtime, request: TriggerRequest, key: UUID, now: datetime) -> Reply:
    """What somebody is answered who makes or changes a trigger."""
    row = store.read(connection, key)
    if row is None:
        raise NotFound("the trigger that was just added is not there", hint="send it again")
    trigger = store.as_trigger(row)
    known = load(connection, runtime, [trigger], now, latest=True)
    facts = known.facts(trigger, known.compared(trigger, row))
    decision = decide(trigger, facts)
    seen = facts.observations[0]
    warnings = checks.warnings(connection, request, facts)
    fires = decision.status in (FIRES, FAILS)
    if fires:
        ends = f" and fails: {decision.reason}" if decision.status == FAILS else ""
        warnings.insert(0, f"its condition holds already: it fires at the next look{ends}")
    return Reply(
        identifiers.show(identifiers.TRIGGER, key),
        fires,
        decision.reason,
        seen.value,
        seen.as_of,
        distance(trigger, facts),
        warnings,
    )


def pause(runtime: Runtime, shown_id: str, by: str) -> None:
    """Keep a trigger from firing until it is resumed; its validity goes on."""
    _enable(runtime, shown_id, by, enabled=False)


def resume(runtime: Runtime, shown_id: str, by: str) -> None:
    """Let a trigger fire again. It is as new: what it sees first is what crossings are compared with."""
    _enable(runtime, shown_id, by, enabled=True)


def _enable(runtime: Runtime, shown_id: str, by: str, *, enabled: bool) -> None:
    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        row = locked(connection, shown_id, "Active")
        if row["enabled"] != enabled:
            store.set_enabled(connection, row["id"], enabled, local_date(now, row["time_zone"]), now)
            store.look_again(connection, row["id"], max(now, row["trigger_at"] or now, row["valid_from"]))
            audit.changed(connection, now, by, f"trigger_order.{'resume' if enabled else 'pause'}", row)

    runtime.database.transaction(work)


def cancel(runtime: Runtime, shown_id: str, reason: str, by: str) -> None:
    """End a trigger that has not fired, or that waits to be confirmed."""

    def work(connection: Connection) -> None:
        row = locked(connection, shown_id, "Active", "Triggered", "Cancelled")
        if row["status"] == "Cancelled":
            return
        if row["status"] == "Triggered" and row["order_id"] is not None:
            raise Conflict(
                f"{shown_id} has placed its order {identifiers.show(identifiers.ORDER, row['order_id'])}",
                hint="a trigger that has fired can't be taken back",
            )
        now = runtime.clock.now(connection)
        store.set_status(connection, row["id"], "Cancelled", reason, by, now)
        told = {"status": [row["status"], "Cancelled"], "reason": reason}
        audit.changed(connection, now, by, "trigger_order.cancel", row, told)

    runtime.database.transaction(work)


def confirm(runtime: Runtime, shown_id: str, by: str) -> str:
    """Place the order of a trigger that fired and waits for it; the order's shown id.

    Conflict where it is too late, or something keeps the order from being placed now.
    """

    def work(connection: Connection) -> str:
        now = runtime.clock.now(connection)
        row = locked(connection, shown_id, "Triggered")
        if row["order_id"] is not None:
            return identifiers.show(identifiers.ORDER, row["order_id"])
        if row["confirm_until"] is None or row["confirm_until"] <= now:
            raise Conflict(f"{shown_id} was to be confirmed by {row['confirm_until']}", hint="make a new trigger")
        trigger = store.as_trigger(row)
        known = load(connection, runtime, [trigger], now)
        decision = confirmed(trigger, known.facts(trigger, known.present(trigger)))
        if decision.status == WAITS or decision.size is None or decision.size.reason:
            raise Conflict(f"{shown_id} can't be ordered now: {decision.reason}", hint="confirm again later, or cancel")
        order = order_of(trigger, decision.size, execution_key(trigger.id, trigger.valid_from), known)
        order_store.insert(connection, [order], now)
        store.set_confirmed(connection, trigger.id, order.id, by, now)
        shown = identifiers.show(identifiers.ORDER, order.id)
        audit.changed(connection, now, by, "trigger_order.confirm", row, {"order": shown})
        return shown

    placed = runtime.database.transaction(work)
    runtime.poke("orders", runtime.database.transaction(runtime.clock.now))
    return placed


def key_of(shown_id: str) -> UUID:
    """The key of a shown trigger id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.TRIGGER, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the triggers to see their ids") from error


def locked(connection: Connection, shown_id: str, *allowed: str) -> dict[str, Any]:
    """A trigger's row, locked with its client; NotFound where there is none, Conflict where it is in another status."""
    row = store.lock(connection, key_of(shown_id))
    if row is None:
        raise NotFound(f"there is no trigger {shown_id}", hint="list the triggers to see their ids")
    if row["status"] not in allowed:
        raise Conflict(f"{shown_id} is {row['status']}", hint=f"only {' or '.join(allowed)} triggers can be changed so")
    return row


def listed(
    runtime: Runtime,
    client: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` triggers after another, all or of a client or in a status, each with its product's last price."""
    return runtime.database.transaction(lambda c: store.listed(c, client, status, limit, after, scope))


def view(runtime: Runtime, shown_id: str) -> dict[str, Any]:
    """One trigger's row; NotFound where there is none."""
    row = runtime.database.transaction(lambda connection: store.read(connection, key_of(shown_id)))
    if row is None:
        raise NotFound(f"there is no trigger {shown_id}", hint="list the triggers to see their ids")
    return row
