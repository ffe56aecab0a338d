"""Goals and holdings over HTTP, and what a goal's change does to the triggers that follow it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.builders import add, add_lot
from tests.estates import RULE
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/goals"
HOLDINGS = "/api/automation/holdings"
GOAL = {
    "client": "C1",
    "name": "house",
    "target_amount": "10000.00",
    "target_date": "2030-04-01",
    "products": [{"product": "BOND", "share_percent": "100.0000"}, {"product": "FUND", "share_percent": "50.0000"}],
}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


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
