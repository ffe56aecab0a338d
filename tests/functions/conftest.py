"""A small world for the functions: a client, a product with fresh NAVs, and a rule due at the sample ticks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection
from automation.engine import rules
from automation.runtime import Runtime, assemble, using
from automation.settings import Settings
from infra.local.invoke import Pokes, sample_event

MONDAY = datetime(2026, 1, 5, 4, 30, tzinfo=UTC)
RULE = {
    "client": "C1",
    "name": "weekly",
    "product": "FUND",
    "amount": "1000",
    "frequency": "Weekly",
    "day_of_week": 1,
    "start_date": "2026-01-05",
}


@pytest.fixture
def clock() -> SettableClock:
    """The evening before the sample ticks of auto_invest and orders, which are for Monday 10:00 in India."""
    return SettableClock(datetime(2026, 1, 4, 15, 30, tzinfo=UTC))


@pytest.fixture
def pokes() -> Pokes:
    return Pokes()


@pytest.fixture
def runtime(database_url: str, clock: SettableClock, pokes: Pokes) -> Iterator[Runtime]:
    """What handlers run with inside of the test."""
    runtime = assemble(Settings(database_url=database_url), clock=clock, poke=pokes)
    with runtime.database, using(runtime):
        yield runtime


@pytest.fixture
def rule(runtime: Runtime, connection: Connection, clock: SettableClock) -> str:
    """The shown id of a weekly 1,000 into FUND, whose NAV is 10; the clock then stands at its first occurrence."""
    connection.execute("insert into products (id, name, amc, asset_class) values ('FUND', 'Fund', 'AMC', 'equity')")
    connection.execute("insert into clients (id, name, kyc_status) values ('C1', 'Asha', 'Verified')")
    connection.execute("update clients set cash_balance = 5000")
    connection.execute(
        "insert into cash_journal (id, client_id, at, amount, kind) values (%s, 'C1', %s, 5000, 'Deposit')",
        ("018d0000-0000-7000-8000-000000000001", clock.instant),
    )
    connection.execute(
        "insert into navs (product_id, date, nav, observed_at, source) values ('FUND', '2026-01-02', 10, %s, 'test')",
        (clock.instant,),
    )
    shown = rules.create(runtime, RULE, "test").id
    clock.instant = MONDAY
    return shown


@pytest.fixture
def event() -> Callable[[str], dict[str, Any]]:
    """Reads a function's own event.json."""
    return lambda folder: dict(json.loads(sample_event(folder).read_text(encoding="utf-8")))
