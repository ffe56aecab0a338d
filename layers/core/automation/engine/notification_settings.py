"""How clients are told, read and changed by people."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from automation.database import Connection
from automation.engine import audit
from automation.engine.versions import fingerprint, refuse_unseen
from automation.errors import InvalidInput, NotFound
from automation.identity.permissions import Scope
from automation.notifications.settings import SettingsRequest, edited
from automation.runtime import Runtime
from automation.store import notification_settings as store

_EDITABLE: Final = tuple(SettingsRequest.model_fields)


def listed(
    runtime: Runtime, scope: Scope, limit: int, client_id: str | None, after: str | None
) -> list[dict[str, Any]]:
    """The settings of clients within a scope, by the clients' ids; one that has set nothing has those of everybody."""
    return runtime.database.transaction(lambda connection: store.listed(connection, scope, limit, client_id, after))


def view(runtime: Runtime, client_id: str, scope: Scope) -> dict[str, Any]:
    """The settings of one client with their version; NotFound where there is none to see."""
    return runtime.database.transaction(lambda connection: _one(connection, client_id, scope))


def edit(
    runtime: Runtime, client_id: str, changes: dict[str, Any], scope: Scope, by: str, versions: Collection[int] | None
) -> dict[str, Any]:
    """Change some settings of a client, which are answered; InvalidInput, and nothing is changed.

    Changed where they are of none of the `versions` any more that the caller has seen.
    """

    def work(connection: Connection) -> dict[str, Any]:
        _one(connection, client_id, scope)
        store.lock(connection, client_id)
        before = _one(connection, client_id, scope)
        refuse_unseen(before, versions, f"how client {client_id} is told")
        request = edited(before, changes)
        if request.locale != before["locale"]:
            check_locale(request.locale)
        told = audit.difference(before, dict(request))
        if not told:
            return before
        now = runtime.clock.now(connection)
        store.save(connection, client_id, request, now)
        audit.record(connection, now, by, "notification_settings.edit", client_id, client_id, told)
        return _one(connection, client_id, scope)

    return runtime.database.transaction(work)


def _one(connection: Connection, client_id: str, scope: Scope) -> dict[str, Any]:
    found = store.listed(connection, scope, 1, client_id) if client_id.isprintable() else []
    if not found:
        raise NotFound(f"there is no client {client_id}", hint="list them to see their ids")
    return found[0] | {"version": fingerprint(found[0], _EDITABLE)}


def check_locale(locale: str) -> None:
    """InvalidInput where nothing can be written for a locale of this name.

    What is known is read only where it is asked for: languages are many files.
    """
    from automation.wording.locales import is_known

    if not is_known(locale):
        raise InvalidInput(
            "locale", f"there is no language and country {locale!r}", hint="send one that there is, as en_IN or hi_IN"
        )
