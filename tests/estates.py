"""Everything that one client can have: a row in every table whose rows are a client's, and the ids that show them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from automation import identifiers
from automation.database import Connection
from automation.engine import rebalancing_rules, rules, trigger_rules
from automation.runtime import Runtime
from tests.builders import add, add_lot, add_navs, add_product, add_switch, deposit

RULE: dict[str, Any] = {
    "client": "C1",
    "name": "monthly",
    "product": "FUND",
    "amount": "1000.50",
    "frequency": "Monthly",
    "day_of_month": 26,
    "start_date": "2026-01-01",
}
TRIGGER: dict[str, Any] = {
    "client": "C2",
    "name": "dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "8",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "1000",
}
REBALANCING: dict[str, Any] = {
    "client": "C2",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"equity": "60", "debt": "40"},
}
WHEN = datetime(2026, 1, 5, 4, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Estate:
    """What a client has, by the resource that shows it; `user` is the client's own, `manager` the one who manages it.

    Every text of its rows that people write holds `mark`.
    """

    client: str
    user: str
    manager: str
    ids: dict[str, str]

    @property
    def mark(self) -> str:
        return f"of-{self.user}"

    @property
    def goal(self) -> str:
        return f"G-{self.client}"

    @property
    def absent(self) -> Estate:
        """One that nobody has; every id looks like one of these."""
        ids = {kind: _another(shown) for kind, shown in self.ids.items()}
        ids["holdings"] = _place(_another(self.client), "FUND")
        return Estate(_another(self.client), _another(self.user), _another(self.manager), ids)


def _another(shown: str) -> str:
    return shown[:-1] + ("0" if shown[-1] != "0" else "1")


def add_market(connection: Connection) -> None:
    """A product of equity and one of debt, each with a NAV of 10 for every day of the last weeks."""
    for product, kind in (("FUND", "equity"), ("BOND", "debt")):
        add_product(connection, product, asset_class=kind, min_purchase="0.01")
        add_navs(connection, product, "2025-12-01", "2026-01-02", "10")


def add_estate(connection: Connection, runtime: Runtime, client: str, user: str, manager: str) -> Estate:
    """A client with one of everything; the market is there already."""
    for each, role in ((user, "client"), (manager, "rm")):
        add(connection, "users", id=each, name=each.title(), role=role)
    mark = f"of-{user}"
    add(connection, "clients", id=client, name=mark, user_id=user, rm_user_id=manager, kyc_status="Verified")
    deposit(connection, client, "50000")
    add_lot(connection, "FUND", "8000", "80000", "2025-12-01", client)
    add_lot(connection, "BOND", "2000", "20000", "2025-12-01", client)
    add(connection, "goals", id=f"G-{client}", client_id=client, name=mark, target_amount=100_000)
    add(connection, "goal_products", goal_id=f"G-{client}", product_id="FUND")
    add(connection, "goal_milestones", goal_id=f"G-{client}", percent=25, reached_at=WHEN)
    add(connection, "goal_looks", goal_id=f"G-{client}", looked_at=WHEN)
    own = {"client": client, "name": mark}
    ids = {
        "auto-invest": rules.create(runtime, RULE | own, mark).id,
        "trigger-orders": trigger_rules.create(runtime, TRIGGER | own | {"oco_group": mark}, mark).id,
        "rebalancing": rebalancing_rules.create(runtime, REBALANCING | own, mark).id,
    }
    rules.skip(runtime, ids["auto-invest"], date(2026, 2, 1), date(2026, 2, 28), mark)
    ids |= add_executed(connection, client, mark, identifiers.read(identifiers.REBALANCING, ids["rebalancing"]))
    ids |= _add_notifications(connection, client, user, mark)
    add_switch(connection, "client", client, "stop_buys", reason=mark)
    for resource in ("auto-invest", "trigger-orders", "rebalancing"):
        prefix = ids[resource].partition("-")[0]
        add_switch(connection, "rule", str(identifiers.read(prefix, ids[resource])), "stop_buys", reason=mark)
    _add_requests(connection, user, mark)
    ids |= {"clients": client, "goals": f"G-{client}", "holdings": _place(client, "FUND"), "products": "FUND"}
    return Estate(client, user, manager, ids)


def _place(client: str, product: str) -> str:
    """A holding as the cursor of a list of holdings."""
    return base64.urlsafe_b64encode(json.dumps([client, product]).encode()).decode()


def add_executed(connection: Connection, client: str, mark: str, rule: UUID) -> dict[str, str]:
    """A logged execution, an order that the paper gateway has, and a proposal, all of the rebalancing rule."""
    keys = {kind: identifiers.derived(WHEN, kind, client) for kind in ("log", "order", "proposal", "run")}
    own = {"client_id": client, "rule_id": rule}
    add(connection, "automation_execution_logs", id=keys["log"], rule_kind="rebalancing", rule_version=1, due_at=WHEN,
        executed_at=WHEN, occurrence="2026-01-05 10:00", status="Skipped", reason="within_band", run_id=keys["run"],
        details=Jsonb({"mark": mark}), **own)  # fmt: skip
    bought = {"client_id": client, "order_type": "Purchase", "product_id": "FUND", "amount": 100}
    add(connection, "orders", id=keys["order"], origin="rebalancing", rule_id=rule, status="Pending", reason=mark,
        created_at=WHEN, trade_date="2026-01-05", **bought)  # fmt: skip
    add(connection, "paper_orders", client_order_id=keys["order"], all_units=False, nav_date="2026-01-05",
        accepted_at=WHEN, **bought)  # fmt: skip
    add(connection, "rebalancing_executions", id=keys["proposal"], rule_version=1, initiator="drift", reason=mark,
        occurrence="2026-01-05 10:00", made_on="2026-01-05", status="Pending", created_at=WHEN, updated_at=WHEN,
        expires_at=WHEN + timedelta(days=1), **own)  # fmt: skip
    return {
        "execution-logs": identifiers.show(identifiers.EXECUTION, keys["log"]),
        "orders": identifiers.show(identifiers.ORDER, keys["order"]),
        "rebalancing-executions": identifiers.show(identifiers.REBALANCING_EXECUTION, keys["proposal"]),
    }


def _add_notifications(connection: Connection, client: str, user: str, mark: str) -> dict[str, str]:
    """A preference, settings, a notification that was sent, and one in the app."""
    keys = [identifiers.derived(WHEN, kind, client) for kind in ("preference", "sent", "in app")]
    add(connection, "notification_preferences", id=keys[0], client_id=client, user_id=user, event="Order Executed",
        channels=["In-App"], created_at=WHEN, updated_at=WHEN)  # fmt: skip
    add(connection, "notification_settings", client_id=client, digest="daily", updated_at=WHEN)
    add(connection, "notification_logs", id=keys[1], event="Order Failed", source_id=keys[1], client_id=client,
        channel="In-App", recipient=mark, title=mark, deliver_at=WHEN, created_at=WHEN)  # fmt: skip
    add(connection, "in_app_notifications", id=keys[2], client_id=client, user_id=user, event="Order Executed",
        title=mark, body=mark, created_at=WHEN)  # fmt: skip
    return {
        "notification-preferences": identifiers.show(identifiers.PREFERENCE, keys[0]),
        "notification-settings": client,
        "notification-logs": identifiers.show(identifiers.NOTIFICATION, keys[1]),
        "notifications": identifiers.show(identifiers.NOTIFICATION, keys[2]),
    }


def _add_requests(connection: Connection, user: str, mark: str) -> None:
    """A request that was answered, and an allowance that was used."""
    add(connection, "automation_requests", caller=user, key="known", fingerprint=mark, status=200, headers=Jsonb({}),
        body=mark, created_at=WHEN)  # fmt: skip
    add(connection, "automation_allowances", name="execute", subject=user, tokens=1, refilled_at=WHEN,
        day="2026-01-05", used=1)  # fmt: skip
