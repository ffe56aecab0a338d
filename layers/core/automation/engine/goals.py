"""Goals made, changed and removed by people; what watches one looks again when it is another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from automation import identifiers, money
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit, rule_checks
from automation.engine.versions import fingerprint, refuse_unseen
from automation.errors import Conflict, InvalidInput, NotFound
from automation.identity.permissions import EVERYONE, Scope
from automation.portfolio import requests
from automation.portfolio.requests import GoalRequest
from automation.runtime import Runtime
from automation.store import goals as store
from automation.store import rules as rule_store
from automation.store import trigger_rules, triggers
from automation.store.goals import Using

_EDITABLE: Final = frozenset(GoalRequest.model_fields) - {"client"}
_WATCHED: Final = ("target_amount", "products")
_PREFIX: Final = {"auto_invest": identifiers.AUTO_INVEST, "trigger": identifiers.TRIGGER}


def create(runtime: Runtime, body: dict[str, Any], by: str) -> dict[str, Any]:
    """Check a body and add the goal, which is answered; InvalidInput names the field."""
    request = requests.goal(body)
    key = identifiers.once()

    def work(connection: Connection) -> dict[str, Any]:
        now = runtime.clock.now(connection)
        _check(connection, request, now)
        shown = identifiers.show(identifiers.GOAL, key(now))
        store.insert(connection, shown, request, now)
        store.put_products(connection, shown, request.products)
        audit.record(connection, now, by, "goal.create", shown, request.client, audit.terms(request))
        return _one(connection, shown, EVERYONE, now)

    return runtime.database.transaction(work)


def edit(
    runtime: Runtime, goal_id: str, changes: dict[str, Any], scope: Scope, by: str, versions: Collection[int] | None
) -> dict[str, Any]:
    """Change some fields of a goal, which is answered; InvalidInput, and nothing is changed.

    Changed where it is of none of the `versions` any more that the caller has seen. Triggers that follow its progress
    are looked at anew at the next tick: with the client locked none is decided by what it was, and put to rest after.
    """

    def work(connection: Connection) -> dict[str, Any]:
        now = runtime.clock.now(connection)
        before = _locked(connection, goal_id, scope, now)
        refuse_unseen(before, versions, f"goal {goal_id}")
        request = requests.edited_goal(before, changes)
        _check(connection, request, now, unchanged=before["target_date"])
        store.update(connection, goal_id, request)
        store.put_products(connection, goal_id, request.products)
        after = _one(connection, goal_id, scope, now)
        if any(after[name] != before[name] for name in _WATCHED):
            named = [each.product for each in request.products]
            trigger_rules.watch(connection, named, now, trailed=False, named=False)
            triggers.follow(connection, [request.client], now)
        if told := audit.difference(before, {field: after[field] for field in _EDITABLE}):
            audit.record(connection, now, by, "goal.edit", goal_id, request.client, told)
        return after

    return runtime.database.transaction(work)


def delete(runtime: Runtime, goal_id: str, scope: Scope, by: str) -> None:
    """Remove a goal; Conflict where a rule names it, also one that has ended: its history would lose its meaning."""

    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        goal = _locked(connection, goal_id, scope, now)
        if found := store.using(connection, goal_id):
            raise Conflict(f"goal {goal_id} is named by {_told(found)}", hint="edit the goal, or keep it")
        store.delete(connection, goal_id)
        audit.record(connection, now, by, "goal.delete", goal_id, goal["client"])

    runtime.database.transaction(work)


def listed(
    runtime: Runtime, scope: Scope, limit: int, client_id: str | None, after: str | None
) -> list[dict[str, Any]]:
    """Goals by id, within a scope, each with its progress."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        rows = store.listed(connection, scope, limit, runtime.clock.now(connection), client_id, after)
        return [_with_progress(row) for row in rows]

    return runtime.database.transaction(work)


def view(runtime: Runtime, goal_id: str, scope: Scope) -> dict[str, Any]:
    """One goal with its progress and version; NotFound where there is none to see."""
    return runtime.database.transaction(lambda c: _one(c, goal_id, scope, runtime.clock.now(c)))


def _one(connection: Connection, goal_id: str, scope: Scope, now: datetime) -> dict[str, Any]:
    found = store.listed(connection, scope, 1, now, key=goal_id) if goal_id.isprintable() else []
    if not found:
        raise NotFound(f"there is no goal {goal_id}", hint="list them to see their ids")
    return _with_progress(found[0]) | {"version": fingerprint(found[0], _EDITABLE)}


def _locked(connection: Connection, goal_id: str, scope: Scope, now: datetime) -> dict[str, Any]:
    """The goal as it is with its client and itself locked."""
    trigger_rules.lock_client(connection, _one(connection, goal_id, scope, now)["client"])
    store.lock(connection, goal_id)
    return _one(connection, goal_id, scope, now)


def _with_progress(row: Mapping[str, Any]) -> dict[str, Any]:
    value = row["value"]
    progress = None if value is None else money.percent_of(value, row["target_amount"])
    return dict(row) | {"progress": progress}


def _check(connection: Connection, request: GoalRequest, now: datetime, *, unchanged: object = None) -> None:
    """A target to come, and products that exist, in the client's currency."""
    client = rule_checks.client(connection, request.client)
    day = request.target_date
    if day is not None and day != unchanged and day <= local_date(now, client.time_zone):
        raise InvalidInput("target_date", f"{day} is over", hint="name a date to come, or none")
    known = rule_store.products(connection, [each.product for each in request.products])
    for place, each in enumerate(request.products):
        product = known.get(each.product)
        if product is None:
            problem, hint = f"there is no product {each.product!r}", "name a product that exists"
        elif product.currency != client.currency:
            problem = f"{each.product!r} is in {product.currency}, the client in {client.currency}"
            hint = "one goal has one currency"
        else:
            continue
        raise InvalidInput(f"products[{place}].product", problem, hint=hint)


def _told(found: Using) -> str:
    return f"{identifiers.show(_PREFIX[found.kind], found.id)}, which is {found.status}"
