"""Triggers that follow a goal: what its change does to them, and that it stays while they wait."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from api.services import Services
from automation.clock import SettableClock
from automation.database import Connection, scalar
from automation.engine.run import run
from automation.engine.triggers import JOB
from tests.builders import Context, add, add_lot, add_navs, at
from tests.functions.api.conftest import Api, As
from tests.functions.api.test_goals import BASE, GOAL

TRIGGERS = "/api/automation/trigger-orders"
FOLLOWS = {
    "client": "C1",
    "name": "half way",
    "trigger_type": "Goal Progress",
    "trigger_condition": "Greater Than",
    "trigger_value": "50",
    "order_type": "Purchase",
    "product": "BOND",
    "amount": "1000",
}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def goal(asha: Api) -> str:
    """The path of a goal of the first client."""
    return f"{BASE}/{asha('POST', BASE, GOAL).body['id']}"


def tree_of(goal: str, operator: str) -> dict[str, Any]:
    """A trigger whose tree asks twice for the progress of a goal: above 50 percent, and not above 90."""
    leaf = {name: FOLLOWS[name] for name in ("trigger_type", "trigger_condition", "trigger_value")} | {"goal": goal}
    body = {name: FOLLOWS[name] for name in ("client", "name", "order_type", "product", "amount")}
    parts = [leaf, {"not": leaf | {"trigger_value": "90"}}]
    return {**body, "trigger_type": "Custom", "condition_tree": {operator: parts}}


def tick(services: Services) -> dict[str, int]:
    """One tick of the triggers job; its counts."""
    with services.opened() as runtime:
        counts: dict[str, int] = run(JOB, {}, Context(), runtime)["counts"]
    return counts


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    "changes",
    [{"target_amount": "4000"}, {"products": [{"product": "FUND"}], "target_amount": "9000"}],
    ids=["a lower target", "a greater share"],
)
def test_a_goal_that_is_changed_is_looked_at_by_its_triggers_at_the_next_tick(
    changes: dict[str, Any], asha: Api, goal: str, services: Services
) -> None:
    shown = goal.removeprefix(f"{BASE}/")
    alone = asha("POST", TRIGGERS, FOLLOWS | {"goal": shown}).body["id"]
    within = asha("POST", TRIGGERS, tree_of(shown, "all")).body["id"]
    assert tick(services)["looked"] == 2
    assert tick(services).get("looked", 0) == 0
    assert asha("PATCH", goal, changes, if_match="*").status == 200
    counts = tick(services)
    assert (counts["looked"], counts["fired"]) == (2, 2)
    fired = [asha("GET", f"{TRIGGERS}/{each}").body for each in (alone, within)]
    assert [each["status"] for each in fired] == ["Triggered", "Triggered"]
    assert fired[0]["observed_value"] == str(Decimal(asha("GET", goal).body["progress"]))


@pytest.mark.usefixtures("held")
def test_a_change_waits_for_a_look_that_is_under_way_and_is_seen_by_the_next(
    asha: Api, goal: str, services: Services, connection: Connection
) -> None:
    asha("POST", TRIGGERS, FOLLOWS | {"goal": goal.removeprefix(f"{BASE}/")})
    tick(services)
    with ThreadPoolExecutor(1) as pool, connection.transaction():
        connection.execute("select from clients where id = 'C1' for update")
        edit = pool.submit(asha, "PATCH", goal, {"target_amount": "4000"}, if_match="*")
        while not scalar(connection, "select count(*) from pg_locks where not granted"):
            assert not edit.done()
            time.sleep(0.01)
        connection.execute("delete from trigger_looks")
    assert edit.result().status == 200
    assert tick(services)["fired"] == 1


@pytest.mark.usefixtures("held")
def test_what_changes_no_progress_wakes_nobody(asha: Api, goal: str, services: Services) -> None:
    asha("POST", TRIGGERS, FOLLOWS | {"goal": goal.removeprefix(f"{BASE}/")})
    tick(services)
    asha("PATCH", goal, {"name": "flat", "target_date": "2031-01-01"}, if_match="*")
    assert tick(services).get("looked", 0) == 0


@pytest.mark.usefixtures("held")
def test_a_product_that_counts_from_now_on_is_watched(
    asha: Api, goal: str, services: Services, connection: Connection, clock: SettableClock
) -> None:
    trigger = asha("POST", TRIGGERS, FOLLOWS | {"goal": goal.removeprefix(f"{BASE}/")}).body["id"]
    tick(services)
    add(connection, "products", id="GOLD", name="Gold", amc="AMC", asset_class="gold")
    add_navs(connection, "GOLD", "2025-12-01", "2026-01-02", "10")
    add_lot(connection, "GOLD", "300", "3000.00", "2025-06-01")
    asha("PATCH", goal, {"products": [{"product": "FUND"}, {"product": "GOLD"}]}, if_match="*")
    clock.instant = at("2026-01-05 11:00")
    tick(services)
    body = asha("GET", f"{TRIGGERS}/{trigger}").body
    assert (body["status"], body["observed_value"]) == ("Triggered", "80.0000")


def test_a_goal_that_a_trigger_names_in_its_tree_stays_as_long_as_that_waits(asha: Api, goal: str) -> None:
    shown = goal.removeprefix(f"{BASE}/")
    trigger = asha("POST", TRIGGERS, tree_of(shown, "any")).body["id"]
    assert trigger in asha("DELETE", goal).body["detail"]
    asha("DELETE", f"{TRIGGERS}/{trigger}")
    assert asha("DELETE", goal).status == 204
