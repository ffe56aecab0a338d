"""Kill switches over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.estates import RULE
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/controls"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def olga(acting: As) -> Api:
    return acting("olga", "operations")


@pytest.mark.parametrize(("scope", "name"), [("global", None), ("job", "orders"), ("client", "C1"), ("rule", ...)])
def test_a_switch_is_set_shown_and_lifted(scope: str, name: Any, olga: Api, acting: As) -> None:
    if name is ...:
        name = acting("asha", "client")("POST", "/api/automation/auto-invest", RULE).body["id"]
    meant = {"scope": scope} | ({"id": name} if name else {})
    stopped = olga("POST", f"{BASE}/stop", meant | {"reason": "drill", "mode": "stop_buys"})
    assert stopped.status == 201
    told = {name: stopped.body[name] for name in ("scope", "scope_id", "mode", "reason", "by", "until")}
    whole = {"scope": scope, "scope_id": name, "mode": "stop_buys", "reason": "drill", "by": "operations:olga"}
    assert told == whole | {"until": None}
    assert acting("sue", "supervisor")("GET", BASE).body["standing"] == [stopped.body]
    assert olga("POST", f"{BASE}/go", meant).body == {"lifted": 1, "standing": []}
    assert olga("POST", f"{BASE}/go", meant).status == 404


def test_it_ends_by_itself_where_it_is_told_when(olga: Api) -> None:
    until = {"scope": "global", "reason": "drill", "until": "2026-02-01T00:00:00+05:30"}
    assert olga("POST", f"{BASE}/stop", until).body["until"] == "2026-01-31T18:30:00Z"


@pytest.mark.parametrize(
    "body", [{"scope": "global"}, {"scope": "job", "reason": "x"}, {"scope": "moon", "reason": "x"}, {"reason": "x"}]
)
def test_a_switch_without_a_scope_or_a_reason_is_refused(body: Any, olga: Api) -> None:
    assert olga("POST", f"{BASE}/stop", body).status == 400


@pytest.mark.parametrize("role", ["client", "rm", "supervisor", "admin"])
def test_only_operations_may_set_one(role: str, acting: As) -> None:
    assert acting("u1", role)("POST", f"{BASE}/stop", {"scope": "global", "reason": "x"}).status == 403
