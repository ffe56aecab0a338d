"""What people do, kept in a chain of hashes: recorded with the change that it tells of, listed, verified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from automation import identifiers
from automation.chain import BEGINNING, NONE_BEFORE, Entry, Link, Misfit, digest, misfit, plain
from automation.database import Connection
from automation.fields import Body
from automation.runtime import Runtime
from automation.store import audit as store
from automation.store.audit import Wanted

_PREFIX: Final = {
    "auto_invest": identifiers.AUTO_INVEST,
    "trigger_order": identifiers.TRIGGER,
    "rebalancing": identifiers.REBALANCING,
    "rebalancing_execution": identifiers.REBALANCING_EXECUTION,
}
_NOTHING: Final[Mapping[str, Any]] = {}
_PERSONAL: Final = ("name", "email", "phone")
_PAGE: Final = 1000
_BELOW_ALL: Final = -(2**63)


def record(
    connection: Connection,
    now: datetime,
    by: str,
    action: str,
    object_id: str,
    client_id: str | None = None,
    details: Mapping[str, Any] = _NOTHING,
) -> None:
    """Add what somebody does to the trail; `action` is the kind of the object and a verb, as in `auto_invest.pause`.

    To be called last in the transaction that does it: nobody else can add anything until that is over.
    """
    last = store.lock_end(connection)
    kind = action.partition(".")[0]
    entry = Entry(last.number + 1, now, by, action, kind, object_id, client_id, plain(details), last.hash)
    store.append(connection, entry._replace(hash=digest(entry)))


def changed(
    connection: Connection,
    now: datetime,
    by: str,
    action: str,
    row: Mapping[str, Any],
    details: Mapping[str, Any] = _NOTHING,
) -> None:
    """The same about a rule or an execution of any kind, by its row."""
    prefix = _PREFIX[action.partition(".")[0]]
    record(connection, now, by, action, identifiers.show(prefix, row["id"]), row["client_id"], details)


def invoked(runtime: Runtime, function: str, as_if_at: str | None, by: str) -> None:
    """Add that somebody calls a function by hand, with the instant that it is to take for now, if it is another."""

    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        record(connection, now, by, "function.invoke", function, None, {"at": as_if_at} if as_if_at else _NOTHING)

    runtime.database.transaction(work)


def terms(request: Body) -> dict[str, Any]:
    """What was asked of a new rule, as details: its fields but for whose it is and what it is called."""
    return request.model_dump(mode="json", exclude_unset=True, exclude={"client", "name"})


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Each field that is another one now, with what it was and is; of what is personal only that it is another."""
    return {
        field: [] if field in _PERSONAL else [before[field], value]
        for field, value in after.items()
        if value != before[field]
    }


def listed(runtime: Runtime, wanted: Wanted) -> list[Entry]:
    """Entries, the newest first."""
    return runtime.database.transaction(lambda connection: store.listed(connection, wanted))


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of a day in UTC, and that of the next."""
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


class Report(NamedTuple):
    """How many entries fit, the hash of the last of them, the first that does not, and whether a head is in it."""

    entries: int
    hash: str
    misfit: Misfit | None
    has_head: bool


def verify(runtime: Runtime, head: str | None = None) -> Report:
    """Walk the chain from its beginning to the entry that is its last one now, a page at a time.

    `head` is the hash of an entry that was seen before, None for any: without one nobody can tell that the last
    entries were removed.
    """
    last = runtime.database.transaction(store.end).number
    link, has_head, above = BEGINNING, head in (None, NONE_BEFORE), _BELOW_ALL
    while page := _page(runtime, above, last):
        for entry in page:
            if found := misfit(link, entry):
                return Report(link.number, link.hash, found, has_head)
            link = Link(entry.number, entry.hash)
            has_head = has_head or entry.hash == head
        above = link.number
    return Report(link.number, link.hash, None, has_head)


def _page(runtime: Runtime, above: int, last: int) -> list[Entry]:
    return runtime.database.transaction(lambda connection: store.after(connection, above, last, _PAGE))
