"""Rebalancing executions as people read them."""

from __future__ import annotations

from typing import Any

from automation import identifiers
from automation.engine.rebalancing_rules import key_of
from automation.runtime import Runtime
from automation.store import rebalancing_executions as store


def executions(
    runtime: Runtime, rule: str | None, client: str | None, status: str | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` executions with their shown ids, the newest first; all, or those of a rule, a client, a status."""
    key = None if rule is None else key_of(rule)
    rows = runtime.database.transaction(lambda connection: store.listed(connection, key, client, status, limit))
    for row in rows:
        row["id"] = identifiers.show(identifiers.REBALANCING_EXECUTION, row["id"])
        row["rule_id"] = identifiers.show(identifiers.REBALANCING, row["rule_id"])
        row["order_ids"] = [identifiers.show(identifiers.ORDER, key) for key in row["order_ids"]]
    return rows
