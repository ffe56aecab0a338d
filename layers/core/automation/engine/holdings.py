"""What clients hold, as people read it."""

from __future__ import annotations

from automation.identity.permissions import Scope
from automation.runtime import Runtime
from automation.store import holdings as store
from automation.store.holdings import Held


def listed(
    runtime: Runtime, scope: Scope, limit: int, client_id: str | None, after: tuple[str, str] | None
) -> list[Held]:
    """Holdings within a scope by client and product, each with its worth at the last good NAV."""
    return runtime.database.transaction(
        lambda connection: store.listed(connection, scope, limit, runtime.clock.now(connection), client_id, after)
    )
