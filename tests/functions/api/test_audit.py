"""The audit trail over HTTP: each route that changes something adds one entry, and who may read them."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from api.app import create
from api.services import Services
from automation import identifiers
from automation.database import Connection, scalar
from automation.engine import audit, rebalancing, triggers
from automation.engine.run import run
from automation.store.audit import Wanted
from tests.builders import Context, add, add_lot
from tests.estates import REBALANCING, RULE, TRIGGER, WHEN
from tests.functions.api.conftest import Api, As

pytestmark = pytest.mark.usefixtures("people", "funds")

BASE = "/api/automation"
AUTO, TRIG, REBAL, REBALX = "/auto-invest", "/trigger-orders", "/rebalancing", "/rebalancing-executions"
GOALS, PREFS, LOGS = "/goals", "/notification-preferences", "/notification-logs"
GOAL = {"client": "C1", "name": "house", "target_amount": "500000", "products": [{"product": "FUND"}]}
PRODUCT = {"id": "GOLD", "name": "Gold", "amc": "House", "asset_class": "gold"}
PREFERENCE = {"client": "C1", "event": "Order Executed", "channels": ["Email", "In-App"]}
WOUND_UP = {"reason": "wound up"}
DATES = {"from": "2026-02-01", "to": "2026-02-28"}
CLIENT, OPERATIONS = ("asha", "client"), ("olga", "operations")
STOP = {"scope": "client", "id": "C1", "reason": "drill"}


class Change(NamedTuple):
    """What a route is sent, the entry that this makes, and what must be done before."""

    action: str
    body: Any = None
    before: tuple[str, Any] | None = None
    who: tuple[str, str] = CLIENT
    about: str | None = None
    client: str | None = "C1"


CHANGES = {
    f"POST {AUTO}": Change("auto_invest.create", RULE),
    f"PATCH {AUTO}/{{id}}": Change("auto_invest.edit", {"amount": "2000"}),
    f"DELETE {AUTO}/{{id}}": Change("auto_invest.cancel"),
    f"POST {AUTO}/{{id}}/cancel": Change("auto_invest.cancel", {"reason": "moved"}),
    f"POST {AUTO}/{{id}}/pause": Change("auto_invest.pause"),
    f"POST {AUTO}/{{id}}/resume": Change("auto_invest.resume", None, ("pause", None)),
    f"POST {AUTO}/{{id}}/disable": Change("auto_invest.disable"),
    f"POST {AUTO}/{{id}}/enable": Change("auto_invest.enable", None, ("disable", None)),
    f"POST {AUTO}/{{id}}/skip": Change("auto_invest.skip", DATES),
    f"POST {AUTO}/{{id}}/unskip": Change("auto_invest.unskip", DATES, ("skip", DATES)),
    f"POST {TRIG}": Change("trigger_order.create", TRIGGER | {"client": "C1"}),
    f"PATCH {TRIG}/{{id}}": Change("trigger_order.edit", {"valid_until": "2026-03-31"}),
    f"DELETE {TRIG}/{{id}}": Change("trigger_order.cancel"),
    f"POST {TRIG}/{{id}}/cancel": Change("trigger_order.cancel", {"reason": "enough"}),
    f"POST {TRIG}/{{id}}/pause": Change("trigger_order.pause"),
    f"POST {TRIG}/{{id}}/resume": Change("trigger_order.resume", None, ("pause", None)),
    f"POST {TRIG}/{{id}}/confirm": Change("trigger_order.confirm"),
    f"POST {REBAL}": Change("rebalancing.create", REBALANCING | {"client": "C1"}),
    f"PATCH {REBAL}/{{id}}": Change("rebalancing.edit", {"target_allocation": {"equity": "70", "debt": "30"}}),
    f"DELETE {REBAL}/{{id}}": Change("rebalancing.cancel"),
    f"POST {REBAL}/{{id}}/cancel": Change("rebalancing.cancel", {"reason": "moved"}),
    f"POST {REBAL}/{{id}}/pause": Change("rebalancing.pause", {"reason": "tax year"}),
    f"POST {REBAL}/{{id}}/resume": Change("rebalancing.resume", None, ("pause", None)),
    f"POST {REBAL}/{{id}}/execute": Change("rebalancing.execute"),
    f"POST {REBALX}/{{id}}/confirm": Change("rebalancing_execution.confirm", {"reason": "reviewed"}),
    f"POST {REBALX}/{{id}}/cancel": Change("rebalancing_execution.cancel", {"reason": "not now"}),
    "POST /controls/stop": Change("control.stop", STOP, who=OPERATIONS, about="C1"),
    "POST /controls/go": Change(
        "control.go", {"scope": "client", "id": "C1"}, ("/controls/stop", STOP), OPERATIONS, "C1"
    ),
    "POST /scheduler/execute": Change(
        "scheduler.execute", {"type": "orders"}, who=OPERATIONS, about="orders", client=None
    ),
    f"POST {GOALS}": Change("goal.create", GOAL),
    f"PATCH {GOALS}/{{id}}": Change("goal.edit", {"target_amount": "700000"}),
    f"DELETE {GOALS}/{{id}}": Change("goal.delete"),
    f"POST {PREFS}": Change("preference.create", PREFERENCE | {"event": "Order Failed"}),
    f"PATCH {PREFS}/{{id}}": Change("preference.edit", {"min_amount": "500"}),
    f"DELETE {PREFS}/{{id}}": Change("preference.delete"),
    "PATCH /notification-settings/{client_id}": Change("notification_settings.edit", {"digest": "daily"}, about="C1"),
    f"POST {LOGS}/{{id}}/retry": Change("notification.retry", who=OPERATIONS),
    "POST /clients": Change("client.create", {"id": "C9", "name": "Nina"}, who=OPERATIONS, client="C9"),
    "PATCH /clients/{id}": Change("client.edit", {"phone": "+919800000000"}, who=OPERATIONS),
    "POST /products": Change("product.create", PRODUCT, who=OPERATIONS, client=None),
    "PATCH /products/{id}": Change("product.edit", {"min_purchase": "7"}, who=OPERATIONS, client=None),
    "POST /products/{id}/close": Change("product.close", WOUND_UP, who=OPERATIONS, client=None),
    "POST /products/{id}/merge": Change("product.merge", {"into": "BOND"}, who=OPERATIONS, client=None),
    "POST /products/{id}/reopen": Change("product.reopen", None, ("close", WOUND_UP), OPERATIONS, client=None),
}
# That somebody has read what it was told is no act upon a portfolio: the notification itself says when.
NOT_KEPT = {"POST /notifications/{id}/read", "POST /notifications/all/read"}
REHEARSED = (
    f"POST {AUTO}",
    f"POST {TRIG}",
    f"POST {REBAL}",
    f"POST {PREFS}",
    f"POST {REBAL}/{{id}}/execute",
    f"POST {REBALX}/{{id}}/confirm",
    *(f"PATCH {kind}/{{id}}" for kind in (AUTO, TRIG, REBAL)),
)
# What is done again under another name each time.
NEW_EACH_TIME = {"create", "stop", "go", "execute", "unskip"}


def changing(services: Services) -> set[str]:
    """Every operation that is no reading."""
    paths = create(services).openapi()["paths"]
    return {f"{method.upper()} {path.removeprefix(BASE)}" for path, found in paths.items() for method in found} - {
        f"GET {path.removeprefix(BASE)}" for path in paths
    }


def test_every_route_that_changes_something_has_its_entry_told_here(services: Services) -> None:
    assert changing(services) == set(CHANGES) | NOT_KEPT


class Trail:
    """What the trail has of one test's own doing."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self._services, self._connection = services, connection
        self._from = 0

    def begin(self) -> None:
        """From now on."""
        self._from = scalar(self._connection, "select coalesce(max(number), 0) from automation_audit")

    def told(self) -> list[tuple[str, str, str, str | None]]:
        """(by, action, object, client), the oldest first."""
        with self._services.opened() as runtime:
            found = [each for each in audit.listed(runtime, Wanted(500)) if each.number > self._from]
            assert audit.verify(runtime).misfit is None
        return [(each.by, each.action, each.object_id, each.client_id) for each in reversed(found)]


@pytest.fixture
def trail(services: Services, connection: Connection) -> Trail:
    return Trail(services, connection)


@pytest.fixture
def asha(acting: As) -> Api:
    return acting(*CLIENT)


@pytest.fixture
def ids(asha: Api, services: Services, connection: Connection) -> dict[str, str]:
    """The first client's things, by resource: a rule of each kind, a proposal, and a trigger that has fired."""
    add_lot(connection, "FUND", "8000", "80000", "2025-12-01")
    add_lot(connection, "BOND", "2000", "20000", "2025-12-01")
    fires = TRIGGER | {"client": "C1", "trigger_value": "12", "mode": "confirm"}
    made = {
        AUTO: asha("POST", BASE + AUTO, RULE).body["id"],
        TRIG: asha("POST", BASE + TRIG, TRIGGER | {"client": "C1"}).body["id"],
        REBAL: asha("POST", BASE + REBAL, REBALANCING | {"client": "C1"}).body["id"],
        GOALS: asha("POST", BASE + GOALS, GOAL).body["id"],
        PREFS: asha("POST", BASE + PREFS, PREFERENCE).body["id"],
        f"{TRIG}/{{id}}/confirm": asha("POST", BASE + TRIG, fires).body["id"],
    }
    with services.opened() as runtime:
        run(triggers.JOB, {}, Context(), runtime)
        run(rebalancing.JOB, {}, Context(), runtime)
    lost = identifiers.derived(WHEN, "lost")
    add(connection, "notification_logs", id=lost, event="Order Failed", source_id=lost, client_id="C1", status="Failed",
        channel="Email", recipient="C1", deliver_at=WHEN, created_at=WHEN)  # fmt: skip
    (proposal,) = asha("GET", f"{BASE}{REBALX}?status=Pending").body["items"]
    others = {"/clients": "C1", "/products": "FUND", "/notification-settings": "C1"}
    return made | others | {REBALX: proposal["id"], LOGS: identifiers.show(identifiers.NOTIFICATION, lost)}


def found_in(ids: dict[str, str], path: str) -> str:
    return ids.get(path) or ids.get(f"/{path.split('/')[1]}", "")


def prepared(asha: Api, acting: As, ids: dict[str, str], path: str, change: Change) -> str:
    """The address of a route, once what must be before it is done."""
    shown = found_in(ids, path)
    if path == f"{REBAL}/{{id}}/execute":
        asha("POST", f"{BASE}{REBALX}/{ids[REBALX]}/cancel", {"reason": "by hand"})
    if change.before is not None:
        verb, body = change.before
        place = verb if verb.startswith("/") else f"{path.rsplit('/', 1)[0]}/{verb}"
        assert acting(*change.who)("POST", BASE + place.replace("{id}", shown), body).status in (200, 201)
    return at(path, shown)


def at(path: str, shown: str) -> str:
    return BASE + path.replace("{id}", shown).replace("{client_id}", shown)


@pytest.mark.parametrize("route", CHANGES)
def test_a_change_is_one_entry_with_who_did_it_to_what(
    route: str, asha: Api, acting: As, ids: dict[str, str], trail: Trail
) -> None:
    change, (method, path) = CHANGES[route], route.split(" ")
    address = prepared(asha, acting, ids, path, change)
    user, role = change.who
    trail.begin()
    answer = acting(user, role)(method, address, change.body, if_match="*")
    assert answer.status in (200, 201, 202, 204), answer.body
    about = change.about or found_in(ids, path) if "{id}" in path or change.about else answer.body["id"]
    assert trail.told() == [(f"{role}:{user}", change.action, about, change.client)]
    if change.action.split(".")[1] not in NEW_EACH_TIME:
        acting(user, role)(method, address, change.body, if_match="*")
        assert len(trail.told()) == 1


@pytest.mark.parametrize("route", REHEARSED)
def test_a_dry_run_is_no_entry(route: str, asha: Api, acting: As, ids: dict[str, str], trail: Trail) -> None:
    change, (method, path) = CHANGES[route], route.split(" ")
    address = prepared(asha, acting, ids, path, change)
    trail.begin()
    assert acting(*change.who)(method, f"{address}?dry_run=true", change.body, if_match="*").status == 200
    assert trail.told() == []


@pytest.mark.parametrize("route", [route for route in CHANGES if "id}" in route])
def test_what_is_refused_is_no_entry(route: str, acting: As, ids: dict[str, str], trail: Trail) -> None:
    method, path = route.split(" ")
    change, address = CHANGES[route], at(path, found_in(ids, path))
    trail.begin()
    foreign = 404 if change.who == CLIENT else 403
    assert acting("bela", "client")(method, address, change.body, if_match="*").status == foreign
    assert acting("asha", "guest")(method, address, change.body, if_match="*").status == 403
    assert trail.told() == []


def test_a_request_that_is_sent_again_with_its_key_is_one_entry(asha: Api, trail: Trail) -> None:
    for _ in range(3):
        assert asha("POST", BASE + AUTO, RULE, idempotency_key="k1").status == 201
    assert len(trail.told()) == 1


def test_a_plan_that_was_made_anew_is_told_too(
    asha: Api, ids: dict[str, str], trail: Trail, connection: Connection
) -> None:
    connection.execute("update navs set nav = 13 where product_id = 'FUND'")
    trail.begin()
    assert asha("POST", f"{BASE}{REBALX}/{ids[REBALX]}/confirm").body["code"] == "new_plan"
    assert trail.told() == [("client:asha", "rebalancing_execution.plan_anew", ids[REBALX], "C1")]


def test_each_call_by_hand_is_told_also_where_the_allowance_refuses_it(
    acting: As, ids: dict[str, str], trail: Trail
) -> None:
    olga = acting(*OPERATIONS)
    trail.begin()
    path = f"{BASE}/scheduler/execute"
    asked = [{"type": "all"}, {"type": "triggers", "client_id": "C1"}, {"type": "auto-invest", "rule_id": ids[AUTO]}]
    assert [olga("POST", path, body).status for body in asked] == [202, 200, 200]
    statuses = [olga("POST", path, {"type": "orders"}).status for _ in range(8)]
    assert statuses == [202] * 7 + [429]
    told = trail.told()
    assert [(name, client) for _, _, name, client in told[:3]] == [("all", None), ("triggers", "C1"), (ids[AUTO], "C1")]
    assert len(told) == 11
    (refused, *_) = acting("sue", "supervisor")("GET", f"{BASE}/audit?action=scheduler.execute").body["items"]
    assert refused["details"] == {"type": "orders", "refused_for_seconds": 6}


def test_a_switch_for_a_rule_is_told_by_the_rule(acting: As, ids: dict[str, str], trail: Trail) -> None:
    trail.begin()
    acting(*OPERATIONS)("POST", f"{BASE}/controls/stop", {"scope": "rule", "id": ids[TRIG], "reason": "drill"})
    acting(*OPERATIONS)("POST", f"{BASE}/controls/stop", {"scope": "global", "reason": "drill"})
    assert [told[1:] for told in trail.told()] == [("control.stop", ids[TRIG], "C1"), ("control.stop", "global", None)]


def test_why_says_who_changed_a_rule(asha: Api, acting: As, ids: dict[str, str]) -> None:
    for kind in (AUTO, TRIG, REBAL):
        acting("ravi", "rm")("POST", f"{BASE}{kind}/{ids[kind]}/pause")
        why = asha("GET", f"{BASE}{kind}/{ids[kind]}/why").body
        pause, made = why["data"]["changes"]
        assert (pause["by"], pause["action"].split(".")[1]) == ("rm:ravi", "pause")
        assert (made["by"], made["action"].split(".")[1]) == ("client:asha", "create")
        assert why["sentence"].endswith(f"Last changed by rm:ravi ({pause['action']}) on 2026-01-05 04:30 UTC.")


def test_entries_are_listed_in_pages_and_found_by_what_they_are_about(acting: As, ids: dict[str, str]) -> None:
    acting("ravi", "rm")("POST", f"{BASE}{AUTO}/{ids[AUTO]}/pause")
    sue, path = acting("sue", "supervisor"), f"{BASE}/audit"
    whole = sue("GET", path).body
    assert (whole["next_cursor"], [each["number"] for each in whole["items"]]) == (None, [7, 6, 5, 4, 3, 2, 1])
    first = sue("GET", f"{path}?limit=2").body
    assert first["items"] + sue("GET", f"{path}?cursor={first['next_cursor']}").body["items"] == whole["items"]
    newest = whole["items"][0]
    assert (newest["at"], newest["by"], newest["object_kind"]) == ("2026-01-05T04:30:00Z", "rm:ravi", "auto_invest")
    assert sue("GET", f"{path}?by=rm:ravi").body["items"] == [newest]
    assert sue("GET", f"{path}?action=auto_invest.pause").body["items"] == [newest]
    assert [each["number"] for each in sue("GET", f"{path}?object_id={ids[AUTO]}").body["items"]] == [7, 1]
    assert len(sue("GET", f"{path}?client_id=C1&day=2026-01-05").body["items"]) == 7
    assert sue("GET", f"{path}?day=2026-01-04").body["items"] == []
    assert sue("GET", f"{path}?client_id=C2").body["items"] == []
