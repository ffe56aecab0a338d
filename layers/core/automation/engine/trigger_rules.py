"""Trigger orders made and changed by people: create, pause, resume, confirm, cancel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation import identifiers
from automation.calendar.schedule import instant, local_date
from automation.database import Connection
from automation.engine import rule_checks
from automation.engine import trigger_checks as checks
from automation.engine.trigger_facts import load
from automation.engine.trigger_outcome import execution_key, order_of
from automation.engine.versions import refuse_unseen
from automation.errors import Conflict, InvalidInput, NotFound
from automation.identity.permissions import EVERYONE, Scope
from automation.runtime import Runtime
from automation.store import orders as order_store
from automation.store import trigger_rules as store
from automation.triggers.condition import GOAL_PROGRESS, PORTFOLIO_VALUE, PRICES
from automation.triggers.decision import FAILS, FIRES, WAITS, confirmed, decide, distance
from automation.triggers.request import TriggerRequest, leaves_of, parse
from automation.triggers.trigger import CUSTOM

MOST_ACTIVE: Final = 250
_REMIND_BEFORE: Final = timedelta(days=3)
_FIRST_MOMENT: Final = time()


@dataclass(frozen=True)
class Reply:
    """What a creation answers: the shown id, whether it would fire now or why not, and how far the level is.

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
    checks.products(connection, request, client.currency)
    checks.goals(connection, request)
    if request.oco_group is not None:
        # With the client locked none of the group can fire between the question and this trigger's being there.
        store.lock_client(connection, request.client)
        checks.group(connection, request.client, request.oco_group)
    row = _columns(request, client.time_zone, now) | {"id": key(now), "by": by}
    begins = max(now, row["valid_from"], row["trigger_at"] or now)
    if row["valid_until"] is not None and row["valid_until"] <= begins:
        raise InvalidInput("valid_until", "is over before the trigger can fire", hint="move it to a later date")
    held = checks.held(connection, request, follows=row["follows"])
    watched = {request.product, *request.bought, *row["watches"], *held}
    trailed, named = request.trailing_percent is not None, bool(row["watches"])
    store.watch(connection, watched, now, trailed=trailed, named=named)
    store.insert(connection, row, begins, now)
    return _reply(connection, runtime, request, row["id"], now)


def _reply(connection: Connection, runtime: Runtime, request: TriggerRequest, key: UUID, now: datetime) -> Reply:
    row = store.read(connection, key)
    if row is None:
        raise NotFound("the trigger that was just added is not there", hint="send it again")
    trigger = store.as_trigger(row)
    known = load(connection, runtime, [trigger], now, latest=True)
    facts = known.facts(trigger, known.present(trigger))
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


def _columns(request: TriggerRequest, zone: str, now: datetime) -> dict[str, Any]:
    """The request's fields as the columns take them: moments as instants, the size split, what the tree watches."""
    valid_from = moment(request.valid_from, zone) if request.valid_from is not None else now
    valid_until = moment(request.valid_until, zone, ends=True) if request.valid_until is not None else None
    tree, leaves = request.condition_tree, [leaf for leaf, _ in leaves_of(request.condition_tree or _NO_TREE)]
    kinds = {leaf.trigger_type for leaf in leaves} if tree else {request.trigger_type}
    return (
        dict(request)
        | _size(request)
        | {
            "trigger_at": None if request.trigger_at is None else moment(request.trigger_at, zone),
            "condition_tree": None if tree is None else _in_zone(tree, zone),
            "valid_from": valid_from,
            "valid_until": valid_until,
            "watches": sorted({leaf.product or request.product for leaf in leaves if leaf.trigger_type in PRICES})
            if request.trigger_type == CUSTOM
            else [],
            "trails_from": local_date(max(valid_from, now), zone),
            "follows": bool(kinds & {PORTFOLIO_VALUE, GOAL_PROGRESS}),
            "remind_at": _remind_at(max(valid_from, now), valid_until),
        }
    )


def _size(request: TriggerRequest) -> dict[str, Any]:
    """What it orders, as columns have it; one that only tells stands for all that is held, unless it says otherwise."""
    if request.notifies and request.amount is None and request.units in (None, "all"):
        return {"order_type": "Redemption", "target_product": None, "units": None, "all_units": True}
    whole = request.units == "all"
    return {"units": None if whole else request.units, "all_units": whole}


_NO_TREE: Final = {"trigger_type": "Date", "trigger_at": "2000-01-01"}


def _remind_at(start: datetime, end: datetime | None) -> datetime | None:
    """Three days before the end, or after three quarters of a shorter validity."""
    return None if end is None else end - min(_REMIND_BEFORE, (end - start) / 4)


def moment(value: date | datetime, zone: str, *, ends: bool = False) -> datetime:
    """The instant of a date (its first moment, or with `ends` the one after its last), local time or instant."""
    if not isinstance(value, datetime):
        day = value + timedelta(days=1) if ends else value
        return instant(day, _FIRST_MOMENT, zone)
    return value if value.tzinfo is not None else instant(value.date(), value.time(), zone)


def _in_zone(tree: Any, zone: str) -> Any:
    """A tree whose dates are instants."""
    if isinstance(tree, list):
        return [_in_zone(part, zone) for part in tree]
    if "trigger_at" in tree:
        (leaf, _), *_ = leaves_of(tree)
        return tree | {"trigger_at": moment(leaf.trigger_at or date.min, zone).isoformat()}
    return {name: _in_zone(part, zone) if name in ("all", "any", "not") else part for name, part in tree.items()}


def pause(runtime: Runtime, shown_id: str) -> None:
    """Keep a trigger from firing until it is resumed; its validity goes on."""
    _enable(runtime, shown_id, enabled=False)


def resume(runtime: Runtime, shown_id: str) -> None:
    """Let a trigger fire again. It is as new: what it sees first is what crossings are compared with."""
    _enable(runtime, shown_id, enabled=True)


def _enable(runtime: Runtime, shown_id: str, *, enabled: bool) -> None:
    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        row = _locked(connection, shown_id, "Active")
        if row["enabled"] != enabled:
            store.set_enabled(connection, row["id"], enabled, local_date(now, row["time_zone"]), now)
            store.look_again(connection, row["id"], max(now, row["trigger_at"] or now, row["valid_from"]))

    runtime.database.transaction(work)


def extend(
    runtime: Runtime, shown_id: str, until: date | datetime, versions: Collection[int] | None = None
) -> datetime:
    """Let an Active trigger be valid until a date or instant to come in the client's zone; the instant it ends at.

    Changed where it is of none of the `versions` any more that the caller has seen.
    """

    def work(connection: Connection) -> datetime:
        now = runtime.clock.now(connection)
        row = _locked(connection, shown_id, "Active")
        refuse_unseen(row, versions, shown_id)
        end = moment(until, row["time_zone"], ends=True)
        start = max(now, row["valid_from"])
        if end <= start:
            raise InvalidInput("until", f"{until} is over", hint="name a date to come")
        store.extend(connection, row["id"], end, _remind_at(start, end), now)
        return end

    return runtime.database.transaction(work)


def cancel(runtime: Runtime, shown_id: str, reason: str, by: str) -> None:
    """End a trigger that has not fired, or that waits to be confirmed."""

    def work(connection: Connection) -> None:
        row = _locked(connection, shown_id, "Active", "Triggered", "Cancelled")
        if row["status"] == "Cancelled":
            return
        if row["status"] == "Triggered" and row["order_id"] is not None:
            raise Conflict(
                f"{shown_id} has placed its order {identifiers.show(identifiers.ORDER, row['order_id'])}",
                hint="a trigger that has fired can't be taken back",
            )
        store.set_status(connection, row["id"], "Cancelled", reason, by, runtime.clock.now(connection))

    runtime.database.transaction(work)


def confirm(runtime: Runtime, shown_id: str, by: str) -> str:
    """Place the order of a trigger that fired and waits for it; the order's shown id.

    Conflict where it is too late, or something keeps the order from being placed now.
    """

    def work(connection: Connection) -> str:
        now = runtime.clock.now(connection)
        row = _locked(connection, shown_id, "Triggered")
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
        return identifiers.show(identifiers.ORDER, order.id)

    placed = runtime.database.transaction(work)
    runtime.poke("orders", runtime.database.transaction(runtime.clock.now))
    return placed


def key_of(shown_id: str) -> UUID:
    """The key of a shown trigger id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.TRIGGER, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the triggers to see their ids") from error


def _locked(connection: Connection, shown_id: str, *allowed: str) -> Mapping[str, Any]:
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
