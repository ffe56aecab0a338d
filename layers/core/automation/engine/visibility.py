"""Whose things a caller may see: what is out of its scope is as if it did not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.errors import InvalidInput, NotFound
from automation.identity.permissions import Scope
from automation.runtime import Runtime
from automation.store import clients, rebalancing_executions, rebalancing_rules, rules, trigger_rules

Row = TypeVar("Row", bound=Mapping[str, Any])
Read = Callable[[Connection, UUID], Mapping[str, Any] | None]
_READ: Final[Mapping[str, Read]] = {
    identifiers.AUTO_INVEST: rules.read,
    identifiers.TRIGGER: trigger_rules.read,
    identifiers.REBALANCING: rebalancing_rules.read,
    identifiers.REBALANCING_EXECUTION: rebalancing_executions.read,
}
_WORD: Final[Mapping[str, str]] = {
    identifiers.AUTO_INVEST: "auto-invest rule",
    identifiers.TRIGGER: "trigger order",
    identifiers.REBALANCING: "rebalancing rule",
    identifiers.REBALANCING_EXECUTION: "rebalancing execution",
}


def require(runtime: Runtime, prefix: str, shown_id: str, scope: Scope) -> None:
    """NotFound where there is no such thing, or not within the scope: both in the same words."""
    try:
        key = identifiers.read(prefix, shown_id)
    except ValueError as error:
        raise absent(prefix, shown_id) from error

    def work(connection: Connection) -> None:
        check(connection, prefix, shown_id, _READ[prefix](connection, key), scope)

    runtime.database.transaction(work)


def check(connection: Connection, prefix: str, shown_id: str, row: Row | None, scope: Scope) -> Row:
    """The row as it was read by the id, where there is one within the scope; else NotFound in the same words."""
    if row is None or not (scope.everyone or clients.is_visible(connection, row["client_id"], scope)):
        raise absent(prefix, shown_id)
    return row


def absent(prefix: str, shown_id: str) -> NotFound:
    """That there is no such thing, or not for this caller."""
    return NotFound(f"there is no {_WORD[prefix]} {shown_id}", hint="list them to see their ids")


def require_client(runtime: Runtime, client: object, scope: Scope, field: str = "client") -> None:
    """InvalidInput where there is no such client, or not within the scope; what is no id is left to who reads it."""
    if not isinstance(client, str) or not client.isprintable():
        return
    if not runtime.database.transaction(lambda connection: clients.is_visible(connection, client, scope)):
        raise InvalidInput(field, f"there is no client {client!r}", hint="create the client first")
