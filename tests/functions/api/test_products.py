"""Products over HTTP: read by all with their last good NAV, their terms changed by operations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from automation.clock import SettableClock
from automation.database import Connection, scalar
from tests.builders import at
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/products"
PRODUCT = {
    "id": "NIFTY",
    "name": "Nifty 50 Index",
    "isin": "INF109K01Z48",
    "amc": "UTI",
    "asset_class": "equity",
    "min_purchase": "500.00",
    "purchase_multiple": "1.00",
    "exit_load_percent": "1.0000",
    "exit_load_days": 365,
    "cut_off_time": "14:30",
    "settlement_days": 1,
}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def olga(acting: As) -> Api:
    return acting("olga", "operations")


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.body["items"]]


def test_a_product_is_added_and_shown_as_it_was_sent(olga: Api) -> None:
    made = olga("POST", BASE, PRODUCT)
    assert (made.status, made.headers["location"]) == (201, f"{BASE}/NIFTY")
    assert {name: made.body[name] for name in PRODUCT} == PRODUCT
    assert (made.body["status"], made.body["lock_in_days"], made.body["calendar"]) == ("Active", 0, "XBOM")
    assert (made.body["nav"], made.body["nav_date"], made.body["stale"]) == (None, None, True)
    read = olga("GET", f"{BASE}/NIFTY")
    assert (read.body, read.headers["etag"]) == (made.body, made.headers["etag"])
    plain = olga("POST", BASE, {name: PRODUCT[name] for name in ("name", "amc", "asset_class")} | {"id": "BARE"})
    assert (plain.body["cut_off_time"], plain.body["min_purchase"]) == ("15:00", "0.01")


def test_an_id_is_taken_once_and_a_key_answers_again(olga: Api, connection: Connection) -> None:
    first, again = (olga("POST", BASE, PRODUCT, idempotency_key="p1") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    assert olga("POST", BASE, PRODUCT | {"name": "Other"}).status == 409
    assert scalar(connection, "select name from products where id = 'NIFTY'") == "Nifty 50 Index"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "a b"}, "#/id"),
    ({"id": "Cash"}, "#/id"),
    ({"asset_class": "cash"}, "#/asset_class"),
    ({"isin": "INF1"}, "#/isin"),
    ({"min_purchase": "0"}, "#/min_purchase"),
    ({"min_purchase": "1e2"}, "#/min_purchase"),
    ({"min_purchase": "0.001"}, "#/min_purchase"),
    ({"exit_load_percent": "100"}, "#/exit_load_percent"),
    ({"exit_load_percent": "-1"}, "#/exit_load_percent"),
    ({"exit_load_days": "365"}, "#/exit_load_days"),
    ({"lock_in_days": -1}, "#/lock_in_days"),
    ({"cut_off_time": "3pm"}, "#/cut_off_time"),
    ({"time_zone": "Mars/Base"}, "#/time_zone"),
    ({"currency": "inr"}, "#/currency"),
    ({"open_for_subscription": "yes"}, "#/open_for_subscription"),
    ({"settlement_days": 31}, "#/settlement_days"),
    ({"status": "Closed"}, "#/status"),
    ({"nav": "10"}, "#/nav"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG, ids=[f"{each[1]}-{n}" for n, each in enumerate(WRONG)])
def test_a_wrong_body_is_refused_by_its_field(
    changes: dict[str, Any], pointer: str, olga: Api, connection: Connection
) -> None:
    answer = olga("POST", BASE, PRODUCT | changes)
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]
    assert scalar(connection, "select count(*) from products") == 2


def test_an_edit_wants_the_version_that_was_read(olga: Api) -> None:
    place = f"{BASE}/FUND"
    assert olga("PATCH", place, {"min_purchase": "750"}).status == 428
    tag = olga("GET", place).headers["etag"]
    changed = olga("PATCH", place, {"min_purchase": "750", "cut_off_time": "13:00"}, if_match=tag)
    assert (changed.status, changed.body["min_purchase"], changed.body["cut_off_time"]) == (200, "750.00", "13:00")
    assert olga("PATCH", place, {"min_purchase": "800"}, if_match=tag).status == 412
    assert olga("PATCH", place, {"min_purchase": None}, if_match="*").body["min_purchase"] == "0.01"


def test_of_edits_at_once_to_the_same_version_one_is_made(olga: Api) -> None:
    tag = olga("GET", f"{BASE}/FUND").headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        bodies = [{"min_purchase": str(number)} for number in range(1, 9)]
        answers = list(pool.map(lambda body: olga("PATCH", f"{BASE}/FUND", body, if_match=tag), bodies))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"id": "X"}, "#/id"), ({"currency": "USD"}, "#/currency"), ({"time_zone": "Asia/Tokyo"}, "#/time_zone"),
     ({"status": "Closed"}, "#/status"), ({"amc": None}, "#/amc"), ({}, "#")],
)  # fmt: skip
def test_an_edit_that_can_not_be_is_refused(changes: Any, pointer: str, olga: Api) -> None:
    answer = olga("PATCH", f"{BASE}/FUND", changes, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


def test_what_a_feed_writes_is_left_to_it(olga: Api, connection: Connection) -> None:
    connection.execute("update products set category = 'Equity Scheme - Large Cap Fund' where id = 'FUND'")
    refused = olga("PATCH", f"{BASE}/FUND", {"name": "Mine"}, if_match="*")
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, "#/name")
    assert olga("PATCH", f"{BASE}/FUND", {"name": "FUND", "exit_load_days": 30}, if_match="*").status == 200


def test_portfolios_are_measured_anew_where_a_product_is_of_another_class(olga: Api, connection: Connection) -> None:
    due = "select count(*) from watched_prices where product_id = 'FUND' and drift_due_at is not null"
    olga("PATCH", f"{BASE}/FUND", {"min_purchase": "5"}, if_match="*")
    assert scalar(connection, due) == 0
    olga("PATCH", f"{BASE}/FUND", {"asset_class": "hybrid"}, if_match="*")
    assert scalar(connection, due) == 1


def test_the_last_good_nav_is_shown_with_its_age(acting: As, connection: Connection, clock: SettableClock) -> None:
    asha = acting("asha", "client")
    fresh = asha("GET", f"{BASE}/FUND").body
    assert (fresh["nav"], fresh["nav_date"], fresh["nav_age"]) == ("10.0000", "2026-01-02", 1)
    assert (fresh["stale"], fresh["suspect"]) == (False, False)
    connection.execute("update navs set nav = 99, suspect = true where product_id = 'FUND' and date = '2026-01-02'")
    doubted = asha("GET", f"{BASE}/FUND").body
    assert (doubted["nav_date"], doubted["nav_age"], doubted["suspect"]) == ("2026-01-01", 2, True)
    clock.instant = at("2026-01-20 10:00")
    assert asha("GET", f"{BASE}/FUND").body["stale"] is True
    assert asha("GET", BASE).body["items"][1] == asha("GET", f"{BASE}/FUND").body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["BOND", "FUND", "NIFTY"]),
        ("status=Active&asset_class=equity", ["FUND", "NIFTY"]),
        ("amc=UTI", ["NIFTY"]),
        ("status=Closed", []),
        ("q=nifty%2050", ["NIFTY"]),
        ("q=inf109k", ["NIFTY"]),
        ("q=%25", []),
        ("q=un", ["FUND"]),
        ("limit=1", ["BOND"]),
        ("cursor=BOND", ["FUND", "NIFTY"]),
    ],
)
def test_products_are_found_by_what_they_are(query: str, found: list[str], olga: Api, acting: As) -> None:
    olga("POST", BASE, PRODUCT)
    assert ids(acting("asha", "client")("GET", f"{BASE}?{query}")) == found


def test_products_come_in_pages(olga: Api) -> None:
    assert olga("GET", f"{BASE}?limit=1").body["next_cursor"] == "BOND"
    assert olga("GET", f"{BASE}?limit=1&cursor=BOND").body["next_cursor"] is None
    assert olga("GET", f"{BASE}?limit=201").status == olga("GET", f"{BASE}?status=Gone").status == 400


def test_a_product_is_closed_merged_and_reopened_with_who_said_so(olga: Api) -> None:
    closed = olga("POST", f"{BASE}/FUND/close", {"reason": "wound up"})
    assert (closed.status, closed.body["status"]) == (200, "Closed")
    assert closed.body["status_reason"] == "closed by operations:olga: wound up"
    again = olga("POST", f"{BASE}/FUND/close", {"reason": "again"})
    assert (again.status, again.body["code"]) == (409, "conflict")
    assert olga("POST", f"{BASE}/FUND/reopen").body["status"] == "Active"
    merged = olga("POST", f"{BASE}/FUND/merge", {"into": "BOND"}).body
    assert (merged["status"], merged["merged_into"]) == ("Merged", "BOND")
    assert olga("POST", f"{BASE}/BOND/merge", {"into": "BOND"}).body["errors"][0]["pointer"] == "#/into"
    assert olga("POST", f"{BASE}/BOND/close", {}).body["errors"][0]["pointer"] == "#/reason"
    assert olga("POST", f"{BASE}/NONE/reopen").status == olga("GET", f"{BASE}/%00").status == 404


@pytest.mark.parametrize(("user", "role"), [("asha", "client"), ("ravi", "rm"), ("sue", "supervisor")])
def test_all_read_products_and_only_operations_and_administrators_change_them(user: str, role: str, acting: As) -> None:
    api = acting(user, role)
    assert ids(api("GET", BASE)) == ["BOND", "FUND"]
    assert api("POST", BASE, PRODUCT).status == 403
    assert api("PATCH", f"{BASE}/FUND", {"min_purchase": "1"}, if_match="*").status == 403
    for verb, body in (("close", {"reason": "x"}), ("merge", {"into": "BOND"}), ("reopen", None)):
        assert api("POST", f"{BASE}/FUND/{verb}", body).status == 403
