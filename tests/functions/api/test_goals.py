"""Goals and holdings over HTTP, and what a goal's change does to the triggers that follow it."""

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
from tests.functions.api.conftest import RULE, Api, As

BASE = "/api/automation/goals"
HOLDINGS = "/api/automation/holdings"
TRIGGERS = "/api/automation/trigger-orders"
GOAL = {
    "client": "C1",
    "name": "house",
    "target_amount": "10000.00",
    "target_date": "2030-04-01",
    "products": [{"product": "BOND", "share_percent": "100.0000"}, {"product": "FUND", "share_percent": "50.0000"}],
}
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
def held(connection: Connection, people: None, funds: None) -> None:
    """The first client has 500 units of FUND at 10, the second 70 of BOND."""
    add_lot(connection, "FUND", "500", "4000.00", "2025-06-01")
    add_lot(connection, "BOND", "70", "700.00", "2025-06-01", client="C2")


@pytest.fixture
def goal(asha: Api) -> str:
    """The path of a goal of the first client."""
    return f"{BASE}/{asha('POST', BASE, GOAL).body['id']}"


@pytest.mark.usefixtures("held")
def test_a_goal_is_shown_as_it_was_sent_with_how_far_it_has_come(asha: Api) -> None:
    made = asha("POST", BASE, GOAL)
    assert made.status == 201
    assert made.headers["location"] == f"{BASE}/{made.body['id']}"
    assert {name: made.body[name] for name in GOAL} == GOAL
    assert (made.body["value"], made.body["as_of"], made.body["progress"]) == ("2500.00", "2026-01-02", "25.0000")
    read = asha("GET", made.headers["location"])
    assert (read.body, read.headers["etag"]) == (made.body, made.headers["etag"])
    assert asha("GET", BASE).body["items"] == [made.body]


def test_a_goal_of_nothing_yet_has_come_to_nothing(asha: Api) -> None:
    made = asha("POST", BASE, {"client": "C1", "name": "car", "target_amount": "5"}).body
    assert (made["products"], made["value"], made["as_of"], made["progress"]) == ([], "0.00", None, "0.0000")


def test_what_is_held_without_a_price_leaves_the_progress_unknown(asha: Api, goal: str, connection: Connection) -> None:
    add_lot(connection, "BOND", "10", "100.00", "2025-06-01")
    connection.execute("delete from navs where product_id = 'BOND'")
    body = asha("GET", goal).body
    assert (body["value"], body["progress"]) == (None, None)


@pytest.mark.usefixtures("held")
def test_a_suspect_price_is_not_counted(asha: Api, goal: str, connection: Connection) -> None:
    connection.execute("update navs set nav = 99, suspect = true where product_id = 'FUND' and date = '2026-01-02'")
    body = asha("GET", goal).body
    assert (body["value"], body["as_of"]) == ("2500.00", "2026-01-01")
    (line,) = asha("GET", HOLDINGS).body["items"]
    assert (line["nav"], line["nav_date"], line["suspect"]) == ("10.0000", "2026-01-01", True)


SHARE = {"product": "FUND", "share_percent": "50"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"client": "C2"}, "#/client"),
    ({"client": "C9"}, "#/client"),
    ({"name": ""}, "#/name"),
    ({"target_amount": "0"}, "#/target_amount"),
    ({"target_amount": "1.005"}, "#/target_amount"),
    ({"target_amount": 5.5}, "#/target_amount"),
    ({"target_date": "2026-01-05"}, "#/target_date"),
    ({"target_date": "2030-02-30"}, "#/target_date"),
    ({"products": [SHARE, SHARE]}, "#/products/1/product"),
    ({"products": [SHARE | {"product": "NONE"}]}, "#/products/0/product"),
    ({"products": [SHARE | {"product": "DOLLAR"}]}, "#/products/0/product"),
    ({"products": [SHARE | {"share_percent": "100.1"}]}, "#/products/0/share_percent"),
    ({"products": [SHARE | {"share_percent": "0"}]}, "#/products/0/share_percent"),
    ({"products": [SHARE] * 101}, "#/products"),
    ({"id": "G1"}, "#/id"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG, ids=[f"{each[1]}-{n}" for n, each in enumerate(WRONG)])
def test_a_wrong_body_is_refused_by_its_field(
    changes: dict[str, Any], pointer: str, asha: Api, connection: Connection
) -> None:
    add(connection, "products", id="DOLLAR", name="D", amc="A", asset_class="equity", currency="USD")
    answer = asha("POST", BASE, GOAL | changes)
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]
    assert scalar(connection, "select count(*) from goals") == 0


def test_an_edit_wants_the_version_that_was_read(asha: Api, goal: str) -> None:
    assert asha("PATCH", goal, {"name": "flat"}).status == 428
    tag = asha("GET", goal).headers["etag"]
    changed = asha("PATCH", goal, {"name": "flat", "products": [SHARE], "target_date": None}, if_match=tag)
    assert (changed.status, changed.body["name"], changed.body["target_date"]) == (200, "flat", None)
    assert changed.body["products"] == [{"product": "FUND", "share_percent": "50.0000"}]
    assert asha("PATCH", goal, {"name": "hut"}, if_match=tag).status == 412
    assert asha("PATCH", goal, {"client": "C2"}, if_match="*").body["errors"][0]["pointer"] == "#/client"
    assert asha("PATCH", goal, {"products": [SHARE, SHARE]}, if_match="*").status == 400


def test_a_target_date_that_is_over_stays_while_nobody_touches_it(asha: Api, goal: str, connection: Connection) -> None:
    connection.execute("update goals set target_date = '2025-01-01'")
    assert asha("PATCH", goal, {"name": "late"}, if_match="*").body["target_date"] == "2025-01-01"
    assert asha("PATCH", goal, {"target_date": "2025-02-01"}, if_match="*").status == 400


def test_of_edits_at_once_to_the_same_version_one_is_made(asha: Api, goal: str) -> None:
    tag = asha("GET", goal).headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        amounts = [{"target_amount": str(number)} for number in range(1, 9)]
        answers = list(pool.map(lambda body: asha("PATCH", goal, body, if_match=tag), amounts))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


def test_a_request_with_a_key_makes_one_goal(asha: Api, connection: Connection) -> None:
    first, again = (asha("POST", BASE, GOAL, idempotency_key="g1") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    assert scalar(connection, "select count(*) from goals") == 1


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


def test_a_goal_is_removed_where_nothing_names_it(asha: Api, goal: str, connection: Connection) -> None:
    assert asha("DELETE", goal).status == 204
    assert asha("GET", goal).status == asha("DELETE", goal).status == 404
    assert scalar(connection, "select count(*) from goal_products") == 0


def test_a_goal_that_a_rule_names_stays_also_when_the_rule_has_ended(asha: Api, goal: str) -> None:
    config = {"trigger_type": "Goal Progress", "trigger_config": {"direction": "below", "percent": "50"}}
    shown = goal.removeprefix(f"{BASE}/")
    rule = asha("POST", "/api/automation/auto-invest", RULE | config | {"goal": shown}).body["id"]
    for status in ("Active", "Cancelled"):
        refused = asha("DELETE", goal)
        assert (refused.status, refused.body["code"]) == (409, "conflict")
        assert f"{rule}, which is {status}" in refused.body["detail"]
        asha("DELETE", f"/api/automation/auto-invest/{rule}")
    assert asha("GET", goal).status == 200


def test_a_goal_that_a_trigger_names_in_its_tree_stays_as_long_as_that_waits(asha: Api, goal: str) -> None:
    shown = goal.removeprefix(f"{BASE}/")
    trigger = asha("POST", TRIGGERS, tree_of(shown, "any")).body["id"]
    assert trigger in asha("DELETE", goal).body["detail"]
    asha("DELETE", f"{TRIGGERS}/{trigger}")
    assert asha("DELETE", goal).status == 204


def test_a_client_and_its_manager_have_goals_and_staff_only_reads_them(asha: Api, acting: As, goal: str) -> None:
    ravi = acting("ravi", "rm")
    assert ravi("PATCH", goal, {"name": "flat"}, if_match="*").body["name"] == "flat"
    for user, role in (("sue", "supervisor"), ("olga", "operations"), ("ada", "admin")):
        api = acting(user, role)
        assert api("GET", goal).status == 200
        assert api("POST", BASE, GOAL).status == api("DELETE", goal).status == 403
        assert api("PATCH", goal, {"name": "x"}, if_match="*").status == 403
    assert acting("sita", "rm")("GET", goal).status == acting("bela", "client")("DELETE", goal).status == 404


def test_goals_come_in_pages_and_by_client(asha: Api, acting: As) -> None:
    made = sorted(asha("POST", BASE, GOAL | {"name": name}).body["id"] for name in ("a", "b", "c"))
    other = acting("bela", "client")("POST", BASE, GOAL | {"client": "C2"}).body["id"]
    first = asha("GET", f"{BASE}?limit=2").body
    rest = asha("GET", f"{BASE}?limit=2&cursor={first['next_cursor']}").body
    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None
    items = acting("sue", "supervisor")("GET", f"{BASE}?client_id=C2").body["items"]
    assert [each["id"] for each in items] == [other]


@pytest.mark.usefixtures("held")
def test_holdings_are_shown_with_their_worth_and_its_date(asha: Api, acting: As) -> None:
    assert asha("GET", HOLDINGS).body["items"] == [
        {
            "client": "C1",
            "product": "FUND",
            "name": "Fund",
            "asset_class": "equity",
            "currency": "INR",
            "units": "500.0000",
            "cost": "4000.00",
            "nav": "10.0000",
            "nav_date": "2026-01-02",
            "value": "5000.00",
            "suspect": False,
        }
    ]
    assert [each["client"] for each in acting("sita", "rm")("GET", HOLDINGS).body["items"]] == ["C2"]
    assert asha("GET", f"{HOLDINGS}?client_id=C2").body == {"items": [], "next_cursor": None}
    assert asha("POST", HOLDINGS, {}).status == 405


@pytest.mark.usefixtures("held")
def test_holdings_come_in_pages(acting: As, connection: Connection) -> None:
    add_lot(connection, "BOND", "1.5", "15.00", "2025-06-01")
    add(connection, "holdings", client_id="C2", product_id="FUND", units=0, cost=0)
    sue, query = acting("sue", "supervisor"), "limit=1"
    found: list[tuple[str, str]] = []
    while query:
        page = sue("GET", f"{HOLDINGS}?{query}").body
        found += [(each["client"], each["product"]) for each in page["items"]]
        query = f"limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == [("C1", "BOND"), ("C1", "FUND"), ("C2", "BOND")]


@pytest.mark.parametrize("cursor", ["x", "====", "WyJDMSJd", "WyJDMSIsIFxuIl0=", "WzEsMl0=", "%00"])
def test_a_cursor_that_is_none_is_refused(cursor: str, asha: Api) -> None:
    answer = asha("GET", f"{HOLDINGS}?cursor={cursor}")
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, "cursor")
