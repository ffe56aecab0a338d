"""Rebalancing executions as people read them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from automation import identifiers
from automation.engine.rebalancing_confirm import key_of as execution_key_of
from automation.engine.rebalancing_rules import key_of
from automation.errors import NotFound
from automation.identity.permissions import EVERYONE, Scope
from automation.runtime import Runtime
from automation.store import rebalancing_executions as store


def executions(
    runtime: Runtime,
    rule: str | None,
    client: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` executions with their shown ids, the newest first; all, or those of a rule, a client, a status."""
    key = None if rule is None else key_of(rule)
    rows = runtime.database.transaction(lambda c: store.listed(c, key, client, status, limit, after, scope))
    return [_shown(row) for row in rows]


def execution(runtime: Runtime, shown_id: str) -> dict[str, Any]:
    """One execution with its shown ids; NotFound where there is none."""
    row = runtime.database.transaction(lambda connection: store.read(connection, execution_key_of(shown_id)))
    if row is None:
        raise NotFound(f"there is no execution {shown_id}", hint="list the executions to see their ids")
    return _shown(row)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "id": identifiers.show(identifiers.REBALANCING_EXECUTION, row["id"]),
        "rule_id": identifiers.show(identifiers.REBALANCING, row["rule_id"]),
        "order_ids": [identifiers.show(identifiers.ORDER, key) for key in row["order_ids"]],
    }
