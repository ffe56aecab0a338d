"""The orders function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection, scalar
from infra.local.invoke import call

pytestmark = pytest.mark.usefixtures("rule")
Event = Callable[[str], dict[str, Any]]


def test_a_tick_submits_each_pending_order_once(event: Event, connection: Connection) -> None:
    call("auto_invest", event("auto_invest"))
    assert call("orders", event("orders"))["counts"]["submitting"] == 1
    assert "submitting" not in call("orders", event("orders"))["counts"]
    assert scalar(connection, "select count(*) from paper_orders") == 1


def test_an_order_is_booked_once_its_nav_has_come(event: Event, connection: Connection, clock: SettableClock) -> None:
    call("auto_invest", event("auto_invest"))
    call("orders", event("orders"))
    clock.instant += timedelta(hours=11)
    connection.execute(
        "insert into navs (product_id, date, nav, observed_at, source) values ('FUND', '2026-01-05', 8, %s, 'test')",
        (clock.instant,),
    )
    clock.instant += timedelta(days=1)
    call("orders", event("orders"))
    row = connection.execute("select status, nav, executed_units, executed_amount from orders").fetchone()
    assert row == ("Executed", Decimal("8.0000"), Decimal("125.0000"), Decimal("1000.00"))
    assert scalar(connection, "select cash_balance from clients") == Decimal("4000.00")
    assert scalar(connection, "select units from holdings") == Decimal("125.0000")


def test_an_idle_tick_is_a_run_with_nothing_to_count(event: Event, connection: Connection) -> None:
    assert call("orders", event("orders"))["counts"] == {}
    assert scalar(connection, "select status from automation_runs where job = 'orders'") == "Succeeded"
