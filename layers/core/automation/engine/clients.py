"""Clients read and administered by people. Cash is not theirs to set: it is the sum of its journal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from automation.database import Connection
from automation.engine import audit, reference
from automation.engine.versions import fingerprint, refuse_unseen
from automation.errors import Conflict, InvalidInput, NotFound
from automation.fields import changed, validated
from automation.identity.permissions import EVERYONE, Scope
from automation.portfolio.requests import ClientRequest, NewClientRequest
from automation.runtime import Runtime
from automation.store import client_list as store
from automation.store.clients import ClientRow
from automation.store.portfolio import lock_clients

_FIXED: Final = ("id", "currency", "first_deposit")
_EDITABLE: Final = frozenset(ClientRequest.model_fields) - {"id", "currency"}


def create(runtime: Runtime, body: dict[str, Any], by: str) -> dict[str, Any]:
    """Add a client, which is answered; InvalidInput names the field, Conflict an id that is taken."""
    request = validated(NewClientRequest, body)
    terms = dict(request)
    row = ClientRow(**{name: terms[name] for name in ClientRow._fields})
    reference.check_client(row, request.first_deposit)
    # When this call has tried before: its commit may have got through, and the answer been lost.
    tried: set[datetime] = set()

    def work(connection: Connection) -> dict[str, Any]:
        now = runtime.clock.now(connection)
        _check_users(connection, request)
        added = reference.insert_client(connection, row, request.first_deposit, now, by)
        found = _one(connection, request.id, EVERYONE)
        if not added and found["created_at"] not in tried:
            raise Conflict(f"there is a client {request.id!r} already", hint="choose another id, or edit that one")
        tried.add(now)
        return found

    return runtime.database.transaction(work)


def edit(
    runtime: Runtime, client_id: str, changes: dict[str, Any], scope: Scope, by: str, versions: Collection[int] | None
) -> dict[str, Any]:
    """Change some fields of a client, which is answered; InvalidInput, and nothing is changed.

    Changed where it is of none of the `versions` any more that the caller has seen, Conflict where it has rules whose
    times another zone would move.
    """

    def work(connection: Connection) -> dict[str, Any]:
        lock_clients(connection, [client_id] if client_id.isprintable() else [])
        before = _one(connection, client_id, scope)
        refuse_unseen(before, versions, f"client {client_id}")
        request = changed(ClientRequest, before, changes, _FIXED)
        _check_users(connection, request)
        if request.time_zone != before["time_zone"]:
            reference.check_zone(request.time_zone)
            _refuse_to_move_times(connection, client_id)
        store.update(connection, request)
        after = _one(connection, client_id, scope)
        if told := audit.difference(before, {field: after[field] for field in _EDITABLE}):
            audit.record(connection, runtime.clock.now(connection), by, "client.edit", client_id, client_id, told)
        return after

    return runtime.database.transaction(work)


def listed(runtime: Runtime, scope: Scope, limit: int, after: str | None) -> list[dict[str, Any]]:
    """Clients by id, within a scope."""
    return runtime.database.transaction(lambda connection: store.listed(connection, scope, limit, after))


def view(runtime: Runtime, client_id: str, scope: Scope) -> dict[str, Any]:
    """One client with its version; NotFound where there is none to see."""
    return runtime.database.transaction(lambda connection: _one(connection, client_id, scope))


def _one(connection: Connection, client_id: str, scope: Scope) -> dict[str, Any]:
    found = store.listed(connection, scope, 1, key=client_id) if client_id.isprintable() else []
    if not found:
        raise NotFound(f"there is no client {client_id}", hint="list them to see their ids")
    return found[0] | {"version": fingerprint(found[0], _EDITABLE)}


def _check_users(connection: Connection, request: ClientRequest) -> None:
    named = {"user": request.user, "manager": request.manager}
    unknown = store.unknown_users(connection, [user for user in named.values() if user is not None])
    for field, user in named.items():
        if user in unknown:
            raise InvalidInput(field, f"there is no user {user!r}", hint="name a user that exists")


def _refuse_to_move_times(connection: Connection, client_id: str) -> None:
    if store.has_live_rules(connection, client_id):
        raise Conflict(
            f"client {client_id} has rules or triggers, whose times are local to its zone",
            hint="cancel them, change the zone, and make them again",
        )
