"""Notification preferences made, changed and removed by people."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.engine import audit, rule_checks
from automation.engine.versions import fingerprint, refuse_unseen
from automation.errors import Conflict, InvalidInput, NotFound
from automation.notifications.preference import PreferenceRequest, edited, parse
from automation.runtime import Runtime
from automation.store import preferences as store
from automation.store import rules as rule_store
from automation.store.preferences import Reader, Wanted

_EDITABLE: Final = ("channels", "enabled", "level", "quiet_start", "quiet_end", "min_amount", "schemes")
_ONE: Final = Wanted(1)


def create(runtime: Runtime, body: dict[str, Any], reader: Reader, by: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Check a body and add the preference, which is answered; with `dry_run` nothing is written.

    InvalidInput names the field, Conflict the preference that the client and user have for the event already.
    """
    request = parse(body)
    key = identifiers.once()
    return runtime.database.transaction(
        lambda connection: _create(connection, runtime, request, reader, key, by), dry_run=dry_run
    )


def _create(
    connection: Connection,
    runtime: Runtime,
    request: PreferenceRequest,
    reader: Reader,
    key: Callable[[datetime], UUID],
    by: str,
) -> dict[str, Any]:
    now = runtime.clock.now(connection)
    rule_checks.client(connection, request.client)
    if request.user is not None and not store.may_be_named(connection, request.user, request.client, reader):
        raise InvalidInput("user", f"there is no user {request.user!r}", hint="leave it out, or name yourself")
    _check_schemes(connection, request)
    shown = identifiers.show(identifiers.PREFERENCE, key(now))
    if store.insert(connection, key(now), request, now):
        audit.record(connection, now, by, "preference.create", shown, request.client, audit.terms(request))
    else:
        found = store.key_of(connection, request.client, request.user, request.event)
        if found is not None and found != key(now):
            taken = identifiers.show(identifiers.PREFERENCE, found)
            raise Conflict(f"{taken} is the preference for {request.event!r} already", hint=f"change {taken} instead")
    return _one(connection, key(now), reader, _absent(shown))


def edit(
    runtime: Runtime, shown_id: str, changes: dict[str, Any], reader: Reader, by: str, versions: Collection[int] | None
) -> dict[str, Any]:
    """Change some fields of a preference, which is answered; InvalidInput, and nothing is changed.

    Changed where it is of none of the `versions` any more that the caller has seen.
    """
    absent = _absent(shown_id)
    key = _key(shown_id, absent)

    def work(connection: Connection) -> dict[str, Any]:
        store.lock(connection, key)
        before = _one(connection, key, reader, absent)
        refuse_unseen(before, versions, shown_id)
        request = edited(before, changes)
        _check_schemes(connection, request)
        now = runtime.clock.now(connection)
        store.update(connection, key, request, now)
        after = _one(connection, key, reader, absent)
        if told := audit.difference(before, {field: after[field] for field in _EDITABLE}):
            audit.record(connection, now, by, "preference.edit", shown_id, after["client"], told)
        return after

    return runtime.database.transaction(work)


def delete(runtime: Runtime, shown_id: str, reader: Reader, by: str) -> None:
    """Remove a preference: what is told of its event is what everybody is told."""
    absent = _absent(shown_id)
    key = _key(shown_id, absent)

    def work(connection: Connection) -> None:
        store.lock(connection, key)
        found = _one(connection, key, reader, absent)
        store.delete(connection, key)
        now = runtime.clock.now(connection)
        audit.record(connection, now, by, "preference.delete", shown_id, found["client"])

    runtime.database.transaction(work)


def listed(runtime: Runtime, wanted: Wanted, reader: Reader) -> list[dict[str, Any]]:
    """Preferences in the order of their creation, within what the reader may see."""
    return runtime.database.transaction(lambda connection: store.listed(connection, wanted, reader))


def view(runtime: Runtime, shown_id: str, reader: Reader) -> dict[str, Any]:
    """One preference with its version; NotFound where there is none to see."""
    absent = _absent(shown_id)
    key = _key(shown_id, absent)
    return runtime.database.transaction(lambda connection: _one(connection, key, reader, absent))


def _one(connection: Connection, key: UUID, reader: Reader, absent: NotFound) -> dict[str, Any]:
    found = store.listed(connection, _ONE, reader, key)
    if not found:
        raise absent
    return found[0] | {"version": fingerprint(found[0], _EDITABLE)}


def _check_schemes(connection: Connection, request: PreferenceRequest) -> None:
    schemes = request.schemes or ()
    known = rule_store.products(connection, schemes)
    for place, scheme in enumerate(schemes):
        if scheme not in known:
            raise InvalidInput(f"schemes[{place}]", f"there is no product {scheme!r}", hint="name one that exists")


def _absent(shown_id: str) -> NotFound:
    return NotFound(f"there is no notification preference {shown_id}", hint="list them to see their ids")


def _key(shown_id: str, absent: NotFound) -> UUID:
    try:
        return identifiers.read(identifiers.PREFERENCE, shown_id)
    except ValueError as error:
        raise absent from error
