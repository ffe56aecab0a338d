"""Two clients, every route, every role: what is somebody else's answers as what does not exist, and stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from api.app import create
from api.services import Services
from automation import identifiers
from automation.database import Connection
from tests.builders import add
from tests.functions.api.conftest import RULE, Api, As

BASE = "/api/automation"
pytestmark = pytest.mark.usefixtures("people", "funds")

TRIGGER = {
    "client": "C2",
    "name": "dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "8",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "1000",
}
REBALANCING = {
    "client": "C2",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"equity": "60", "debt": "40"},
}
# What a route is sent where it wants a body; nothing of it is wrong.
BODIES: dict[str, Any] = {
    "cancel": {"reason": "moved"},
    "skip": {"from": "2026-02-01", "to": "2026-02-28"},
    "unskip": {"from": "2026-02-01", "to": "2026-02-28"},
    "patch auto-invest": {"amount": "5"},
    "patch trigger-orders": {"valid_until": "2026-12-31"},
    "patch rebalancing": {"target_allocation": {"equity": "50", "debt": "50"}},
}
RECENT = datetime(2026, 1, 5, tzinfo=UTC)
# A client, its manager, and whoever else has a role that reaches only some clients.
LIMITED = [("asha", "client"), ("ravi", "rm")]


class Things(NamedTuple):
    """The second client's: the id of each kind, by the resource that shows it, and one of each that nobody has."""

    ids: dict[str, str]
    absent: dict[str, str]


@pytest.fixture
def things(acting: As, connection: Connection) -> Things:
    bela = acting("bela", "client")
    ids = {
        "auto-invest": bela("POST", f"{BASE}/auto-invest", RULE | {"client": "C2"}).body["id"],
        "trigger-orders": bela("POST", f"{BASE}/trigger-orders", TRIGGER).body["id"],
        "rebalancing": bela("POST", f"{BASE}/rebalancing", REBALANCING).body["id"],
    }
    ids |= executed(connection, identifiers.read("REBAL", ids["rebalancing"]))
    absent = {kind: shown[:-4] + "ZZZZ" for kind, shown in ids.items()}
    return Things(ids, absent)


def executed(connection: Connection, rule: Any, client: str = "C2") -> dict[str, str]:
    """A logged execution, an order and a proposal of a client."""
    when = "2026-01-05 04:30Z"
    keys = {kind: identifiers.derived(RECENT, kind, client) for kind in ("log", "order", "proposal")}
    own = {"client_id": client, "rule_id": rule}
    log = {"rule_kind": "rebalancing", "rule_version": 1, "due_at": when, "executed_at": when, "details": "{}"}
    add(connection, "automation_execution_logs", id=keys["log"], occurrence="2026-01-05 10:00", status="Skipped",
        reason="within_band", run_id=keys["log"], **own, **log)  # fmt: skip
    order = {
        "origin": "rebalancing",
        "order_type": "Purchase",
        "product_id": "FUND",
        "amount": 100,
        "status": "Pending",
    }
    add(connection, "orders", id=keys["order"], created_at=when, trade_date="2026-01-05", **own, **order)
    proposal = {"initiator": "drift", "occurrence": "2026-01-05 10:00", "status": "Pending", "made_on": "2026-01-05"}
    add(connection, "rebalancing_executions", id=keys["proposal"], rule_version=1, created_at=when, updated_at=when,
        expires_at="2026-01-06 04:30Z", **own, **proposal)  # fmt: skip
    return {
        "execution-logs": identifiers.show("LOG", keys["log"]),
        "orders": identifiers.show("ORD", keys["order"]),
        "rebalancing-executions": identifiers.show("REBALX", keys["proposal"]),
    }


def routes(services: Services) -> Iterator[tuple[str, str]]:
    """(method, path) of every operation on a client's things."""
    for path, found in create(services).openapi()["paths"].items():
        if path.startswith(BASE) and "/scheduler" not in path and "/controls" not in path:
            yield from ((method.upper(), path) for method in found)


def body_for(method: str, path: str) -> Any:
    resource, last = path.removeprefix(f"{BASE}/").split("/")[0], path.rsplit("/", 1)[-1]
    if method == "PATCH":
        return BODIES[f"patch {resource}"]
    return BODIES.get(last) if method == "POST" else None


def told(answer: Any, shown: str) -> Any:
    """An answer without what differs from request to request."""
    text = re.sub(shown, "ID", json.dumps(answer.body), flags=re.IGNORECASE)
    body = json.loads(text)
    body.pop("request_id", None)
    return answer.status, body


def state(connection: Connection) -> list[Any]:
    """All that the second client has, as it is stored."""
    tables = ("auto_invest_rules", "trigger_orders", "rebalancing_rules", "rebalancing_executions", "orders",
              "automation_execution_logs", "auto_invest_skips")  # fmt: skip
    return [connection.execute(f"table {each} order by id".encode()).fetchall() for each in tables]


@pytest.mark.parametrize(("user", "role"), LIMITED)
def test_what_is_anothers_answers_as_what_does_not_exist(
    user: str, role: str, acting: As, services: Services, things: Things, connection: Connection
) -> None:
    api, before, asked = acting(user, role), state(connection), 0
    for method, path in routes(services):
        if "{id}" not in path:
            continue
        resource, body = path.removeprefix(f"{BASE}/").split("/")[0], body_for(method, path)
        foreign, absent = (
            told(api(method, path.replace("{id}", shown), body, if_match="*"), shown)
            for shown in (things.ids[resource], things.absent[resource])
        )
        assert foreign == absent, f"{method} {path}"
        assert foreign[0] in (403, 404), f"{method} {path}"
        asked += 1
    assert asked > 30
    assert state(connection) == before


@pytest.mark.parametrize(("user", "role"), LIMITED)
def test_no_list_filter_or_cursor_shows_what_is_anothers(
    user: str, role: str, acting: As, services: Services, things: Things
) -> None:
    api = acting(user, role)
    for method, path in routes(services):
        if method != "GET" or "{id}" in path:
            continue
        resource = path.rsplit("/", 1)[-1]
        for query in ("", "?client_id=C2", "?client_id=C9", f"?cursor={things.ids[resource]}"):
            assert api("GET", path + query).body == {"items": [], "next_cursor": None}, path + query
    for path in ("execution-logs", "orders", "rebalancing-executions"):
        assert api("GET", f"{BASE}/{path}?rule_id={things.ids['rebalancing']}").body["items"] == []


@pytest.mark.parametrize(
    ("user", "role"), [("bela", "client"), ("sita", "rm"), ("sue", "supervisor"), ("ada", "admin")]
)
def test_whose_it_is_sees_each_of_them(user: str, role: str, acting: As, things: Things) -> None:
    api = acting(user, role)
    for resource, shown in things.ids.items():
        assert api("GET", f"{BASE}/{resource}/{shown}").status == 200, resource
        assert [each["id"] for each in api("GET", f"{BASE}/{resource}").body["items"]] == [shown]


@pytest.mark.parametrize(
    ("path", "made"), [("auto-invest", RULE), ("trigger-orders", TRIGGER), ("rebalancing", REBALANCING)]
)
@pytest.mark.parametrize(("user", "role"), LIMITED)
def test_nothing_is_made_for_another(path: str, made: dict[str, Any], user: str, role: str, acting: As) -> None:
    api: Api = acting(user, role)
    foreign = told(api("POST", f"{BASE}/{path}", made | {"client": "C2"}), "C2")
    absent = told(api("POST", f"{BASE}/{path}", made | {"client": "C9"}), "C9")
    assert foreign == absent
    assert foreign[0] == 400
    assert api("POST", f"{BASE}/{path}", made | {"client": "C1"}).status == 201


def test_without_a_role_nothing_is_seen(acting: As, services: Services, things: Things) -> None:
    api = acting("bela", "guest")
    for method, path in routes(services):
        shown = things.ids.get(path.removeprefix(f"{BASE}/").split("/")[0], "")
        answer = api(method, path.replace("{id}", shown), body_for(method, path), if_match="*")
        assert answer.status == 403, f"{method} {path}"
