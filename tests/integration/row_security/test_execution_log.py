"""Where policies hold whoever writes, the execution log is inserted rather than copied: the same rows, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal

import pytest

from automation import identifiers
from automation.database import Connection, Database, scalar
from automation.errors import DataRefused
from automation.identity.permissions import EVERYONE
from automation.identity.personas import persona
from automation.store import executions
from automation.store.executions import Execution
from tests.estates import WHEN

RUN = identifiers.derived(WHEN, "run")
Way = Callable[[Database], AbstractContextManager[None]]
WAYS: dict[str, Way] = {
    "copied": lambda database: nullcontext(),
    "inserted": lambda database: database.acting(persona(EVERYONE)),
}


def logged(number: int) -> Execution:
    """Every third with an amount, the others skipped, as in any batch."""
    key, done = identifiers.derived(WHEN, number), number % 3 == 0
    details = json.dumps({"number": number, "text": 'a "quoted", {braced}\\n text\t✓'})
    status, reason, amount = ("Success", None, Decimal("10.50")) if done else ("Skipped", "nav_stale", None)
    return Execution(key, key, 1, "C1", WHEN.replace(tzinfo=None), WHEN, status, reason, amount, details)


def rows(connection: Connection) -> list[object]:
    return list(connection.execute("select * from automation_execution_logs order by id").fetchall())


def test_both_ways_write_the_same(database: Database, connection: Connection) -> None:
    written = []
    for way in WAYS.values():
        with way(database):
            database.transaction(lambda c: executions.insert(c, "auto_invest", map(logged, range(601)), WHEN, RUN))
        written.append(rows(connection))
        connection.execute("truncate automation_execution_logs")
    assert len(written[0]) == 601
    assert written[0] == written[1]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_occurrence_that_is_logged_already_stops_the_whole_batch(
    way: Way, database: Database, connection: Connection
) -> None:
    with way(database):
        database.transaction(lambda c: executions.insert(c, "auto_invest", [logged(300)], WHEN, RUN))
        with pytest.raises(DataRefused, match="automation_execution_logs_"):
            database.transaction(lambda c: executions.insert(c, "auto_invest", map(logged, range(601)), WHEN, RUN))
        assert database.transaction(lambda c: scalar(c, "select count(*) from automation_execution_logs")) == 1
