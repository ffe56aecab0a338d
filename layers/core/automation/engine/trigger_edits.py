"""Trigger orders changed by people, as long as they have not fired: the level, the size, the validity and the like."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from automation.database import Connection
from automation.engine import audit, rule_checks
from automation.engine.trigger_rules import Reply, checked, locked, reply_of
from automation.engine.versions import refuse_unseen
from automation.runtime import Runtime
from automation.store import trigger_rules as store
from automation.triggers.body import as_body, changed
from automation.triggers.condition import PRICES
from automation.triggers.request import parse

# With another of these a trigger begins as a new one does: it no longer rests, and compares with what it sees first.
_ANEW: Final = frozenset({"trigger_value", "tolerance", "trailing_percent", "order_type", "enabled"})
# With another of these so does the best price that a level trails; with another percent it stays what it was.
_AFRESH: Final = frozenset({"order_type", "enabled"})


class Edited(NamedTuple):
    """A trigger's row as it is after an edit, and what its creation would answer now."""

    row: dict[str, Any]
    reply: Reply


def edit(
    runtime: Runtime,
    shown_id: str,
    changes: dict[str, Any],
    by: str,
    versions: Collection[int] | None = None,
    *,
    dry_run: bool = False,
) -> Edited:
    """Change some fields of an Active trigger, each as in the body that makes one; with `dry_run` nothing is written.

    InvalidInput names a field, Conflict says that it has fired or ended, Changed that it is of none of the `versions`
    any more that the caller has seen; nothing is changed then. What is that already stays under its version.
    """

    def work(connection: Connection) -> Edited:
        now = runtime.clock.now(connection)
        before = locked(connection, shown_id, "Active")
        refuse_unseen(before, versions, shown_id)
        request = parse(changed(before, changes))
        client = rule_checks.client(connection, request.client)
        sound = checked(connection, request, client, now)
        others = {name for name in store.TERMS if sound.columns[name] != before[name]}
        if others:
            anew = bool(others & _ANEW)
            store.update(connection, before["id"], sound.columns, now, anew=anew, afresh=bool(others & _AFRESH))
            if anew or ("max_data_age" in others and request.trigger_type not in PRICES):
                store.look_again(connection, before["id"], sound.begins)
        reply = reply_of(connection, runtime, request, before["id"], now)
        after = locked(connection, shown_id, "Active")
        if others:
            told = {"changes": audit.difference(as_body(before), as_body(after))}
            audit.changed(connection, now, by, "trigger_order.edit", before, told)
        return Edited(after, reply)

    return runtime.database.transaction(work, dry_run=dry_run)
