"""The demo's database beside the one that a command looked at in vain."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from automation.database import Connection, scalar
from automation.errors import NotFound
from infra.local.simulation.scratch import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automation.runtime import Runtime

DATABASE: Final = "demo"


def hint(runtime: Runtime) -> str:
    """Where the demo's rules are, if there is a demo and this database has no rule at all; else empty."""
    if not runtime.database.transaction(_lies_beside):
        return ""
    return f"the demo's rules are in the database {DATABASE}: put AUTOMATION_DATABASE={DATABASE} before the command"


def _lies_beside(connection: Connection) -> bool:
    return bool(
        scalar(
            connection,
            """
            select not exists (select from auto_invest_rules)
                   and exists (select from pg_database
                               where datname = %s and datname <> current_database()
                                 and shobj_description(oid, 'pg_database') = %s)
            """,
            (DATABASE, MARK),
        )
    )


@contextmanager
def pointed_to(runtime: Runtime) -> Iterator[None]:
    """What is not found here gets the demo as its next step, where it may be there."""
    try:
        yield
    except NotFound as error:
        error.hint = hint(runtime) or error.hint
        raise
