"""The execution log and orders as people read them, each within what its reader may see."""

from __future__ import annotations

from uuid import UUID

from automation import identifiers
from automation.errors import InvalidInput, NotFound
from automation.identity.permissions import Scope
from automation.runtime import Runtime
from automation.store import execution_list as store
from automation.store.execution_list import LogRow, OrderRow, Wanted

_RULES = (identifiers.AUTO_INVEST, identifiers.TRIGGER, identifiers.REBALANCING)


def logs(runtime: Runtime, wanted: Wanted) -> list[LogRow]:
    """Executions, the newest first, without their details."""
    return runtime.database.transaction(lambda connection: store.logs(connection, wanted))


def log(runtime: Runtime, shown_id: str, scope: Scope) -> LogRow:
    """One execution with its details; NotFound where there is none to see."""
    absent = NotFound(f"there is no execution {shown_id}", hint="list the execution logs to see their ids")
    key = _key(identifiers.EXECUTION, shown_id, absent)
    found = runtime.database.transaction(lambda connection: store.log(connection, key, scope))
    if found is None:
        raise absent
    return found


def orders(runtime: Runtime, wanted: Wanted) -> list[OrderRow]:
    """Orders, the newest first."""
    return runtime.database.transaction(lambda connection: store.orders(connection, wanted))


def order(runtime: Runtime, shown_id: str, scope: Scope) -> OrderRow:
    """One order; NotFound where there is none to see."""
    absent = NotFound(f"there is no order {shown_id}", hint="list the orders to see their ids")
    key = _key(identifiers.ORDER, shown_id, absent)
    found = runtime.database.transaction(lambda connection: store.orders(connection, Wanted(scope, 1), key))
    if not found:
        raise absent
    return found[0]


def _key(prefix: str, shown_id: str, absent: NotFound) -> UUID:
    try:
        return identifiers.read(prefix, shown_id)
    except ValueError as error:
        raise absent from error


def rule_key_of(field: str, shown_id: str) -> UUID:
    """The key of a rule of any kind, whether it exists or not; InvalidInput names the field where it is no such id."""
    prefix = shown_id.strip().upper().partition("-")[0]
    try:
        return identifiers.read(prefix if prefix in _RULES else identifiers.AUTO_INVEST, shown_id)
    except ValueError as error:
        raise InvalidInput(field, str(error), hint="send a rule's id as it was answered") from error
