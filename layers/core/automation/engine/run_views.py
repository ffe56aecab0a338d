"""Runs as people read them: in a list, or one."""

from __future__ import annotations

from uuid import UUID

from automation import identifiers
from automation.errors import NotFound
from automation.runtime import Runtime
from automation.store import run_list
from automation.store.run_list import RunRow


def listed(runtime: Runtime, job: str | None, status: str | None, before: UUID | None, limit: int) -> list[RunRow]:
    """Up to `limit` runs before another one, the newest first; all, or those of a job or in a status."""
    return runtime.database.transaction(lambda c: run_list.runs(c, job, status, before, limit))


def view(runtime: Runtime, shown_id: str) -> RunRow:
    """One run; NotFound where there is none."""
    key = key_of(shown_id)
    found = runtime.database.transaction(lambda connection: run_list.run(connection, key))
    if found is None:
        raise NotFound(f"there is no run {shown_id}", hint="list the runs to see their ids")
    return found


def key_of(shown_id: str) -> UUID:
    """The key of a shown run id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.RUN, shown_id)
    except ValueError as error:
        raise NotFound(f"there is no run {shown_id}", hint="list the runs to see their ids") from error
