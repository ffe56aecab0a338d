"""Rebalancings that end without a trade: what their decision counted on is taken back, and the client's rules look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from automation.database import Connection
from automation.store import drift
from automation.store import rebalancing_executions as store
from automation.store.rebalancing_executions import Ended

# Why a decision to trade came to nothing, and what its log says then.
LOGGED: dict[str, str] = {
    "order_failed": "Failed",
    "not_confirmed": "Skipped",
    "declined": "Skipped",
    "nothing_to_trade": "Skipped",
    "rule_ended": "Skipped",
}


def came_to_nothing(connection: Connection, ended: Sequence[Ended], reason: str, now: datetime) -> None:
    """Say so in the logs of executions that are over, for one of the reasons of `LOGGED`."""
    if ended:
        store.come_to_nothing(connection, [each.id for each in ended], LOGGED[reason], reason)
        drift.follow(connection, [each.client_id for each in ended], now)
