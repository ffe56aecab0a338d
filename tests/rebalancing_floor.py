"""The floor on which rebalancing is tested: a client near the targets, three funds whose prices come, and ticks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation import identifiers
from automation.engine import explain, rebalancing_confirm, rebalancing_rules
from automation.engine.rebalancing_confirm import NewPlan
from automation.engine.rebalancing_rules import Reply
from automation.rebalancing.drift import measure
from automation.rebalancing.portfolio import values
from tests import builders
from tests.builders import Row
from tests.market import MONDAY, Market

__all__ = ["MONDAY", "Floor"]

BODY: Final[Row] = {
    "client": "C1",
    "name": "balance",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"EQ": "60", "DEBT": "40"},
    "execute_automatically": True,
    "require_confirmation": False,
}
ASKS: Final[Row] = {"require_confirmation": True}
# EQ and DEBT are of one house, GOLD is of another.
HOUSES: Final = {"EQ": ("equity", "Alpha"), "DEBT": ("debt", "Alpha"), "GOLD": ("gold", "Beta")}
ACROSS: Final[Row] = {"target_allocation": {"EQ": "60", "GOLD": "40"}}
BY_DRIFT: Final[Row] = {"strategy": "Drift-Based"}
MONTHLY: Final[Row] = {"strategy": "Time-Based", "threshold_percent": ..., "frequency": "Monthly", "day_of_month": 10,
                       "start_date": "2024-01-01"}  # fmt: skip
HYBRID: Final[Row] = MONTHLY | {"strategy": "Hybrid", "threshold_percent": "5", "min_drift_percent": "2"}


@dataclass(frozen=True)
class Floor(Market):
    """A market with a portfolio; it begins on Monday, 8 January 2024, at 10:00 in Kolkata, on target."""

    def create(self, **changes: Any) -> Reply:
        """Make a rule: 60 EQ and 40 DEBT with a band of 5 points unless changed; ... leaves a field out."""
        body = {name: value for name, value in (BODY | changes).items() if value is not ...}
        return rebalancing_rules.create(self.world.runtime, body, "test")

    def add(self, **changes: Any) -> str:
        """The shown id of a new rule that had its first look."""
        shown = self.create(**changes).id
        self.tick()
        return shown

    def tick(self, when: str | None = None) -> Row:
        """The counts of a tick of the rebalancing job."""
        counts: Row = self.world.rebalancing(when)["counts"]
        return counts

    def price(self, nav: str, day: str = MONDAY, product: str = "EQ") -> Row:
        """A price comes in the evening of its date and is looked at; the counts."""
        self.publish(nav, day, product)
        return self.tick()

    def evening(self, day: str, **navs: str) -> None:
        """Prices of all products come in, 100 where not given; orders and rebalancings go as far as they can."""
        self.publish_all({product: navs.get(product, "100") for product in HOUSES}, day)
        self.turn()

    def turn(self) -> None:
        """Orders, what waits for them, and the orders that this makes."""
        self.world.orders()
        self.tick()
        self.world.orders()

    def executions(self, rule: str | None = None) -> list[Row]:
        """Executions in the order in which they were made, all or those of a rule."""
        key = None if rule is None else rebalancing_rules.key_of(rule)
        return self.world.rows(
            "select * from rebalancing_executions where %s::uuid is null or rule_id = %s order by created_at, id",
            key,
            key,
        )

    def execution(self) -> Row:
        """The only one."""
        (row,) = self.executions()
        return row

    def shown(self) -> str:
        """The shown id of the newest execution."""
        return identifiers.show(identifiers.REBALANCING_EXECUTION, self.executions()[-1]["id"])

    def shown_rule(self, key: UUID) -> str:
        return identifiers.show(identifiers.REBALANCING, key)

    def states(self, rule: str | None = None) -> list[str]:
        """The statuses of the executions."""
        return [row["status"] for row in self.executions(rule)]

    def trades(self) -> list[tuple[str, ...]]:
        """(type, product, target, amount or all) of the newest execution's actions."""
        return [traded(action) for action in self.executions()[-1]["actions"]]

    def orders(self, status: str | None = None) -> list[Row]:
        return self.world.rows(
            "select * from orders where origin = 'rebalancing' and (%s::text is null or status = %s) order by leg, id",
            status,
            status,
        )

    def key(self, shown: str) -> UUID:
        return rebalancing_rules.key_of(shown)

    def row(self, shown: str) -> Row:
        return rebalancing_rules.view(self.world.runtime, shown)

    def log(self, shown: str) -> list[tuple[str, str, str | None]]:
        """(occurrence, status, reason) of what is logged of a rule."""
        return self.world.log_of(self.key(shown))

    def last_look(self, shown: str) -> str | None:
        """The reason of a rule's last look."""
        reason: str | None = self.row(shown)["last_look"]["reason"]
        return reason

    def looks(self) -> int:
        """How many rules are lined up."""
        count: int = self.world.value("select count(*) from rebalancing_looks")
        return count

    def why(self, shown: str) -> str:
        return explain.why(self.world.runtime, shown).sentence

    def confirm(self, shown: str, by: str = "asha", why: str | None = None) -> list[str]:
        return rebalancing_confirm.confirm(self.world.runtime, shown, by, why)

    def proposed(self, **changes: Any) -> str:
        """A proposal to switch 6,000, made in the evening of Monday."""
        self.add(**ASKS | changes)
        self.price("125")
        assert self.states() == ["Pending"]
        return self.shown()

    def refused(self, shown: str) -> Mapping[str, Any]:
        """Confirm what has become another plan; that plan."""
        with suppress(NewPlan):
            placed = self.confirm(shown)
            raise AssertionError(f"it was confirmed, and placed {placed}")
        return {"trades": self.executions()[-1]["actions"]}

    def decline(self, shown: str, why: str = "not now", by: str = "asha") -> None:
        rebalancing_confirm.cancel(self.world.runtime, shown, why, by)

    def by_hand(self, rule: str, by: str = "asha") -> str:
        """Rebalance now; the shown id of the execution."""
        return rebalancing_confirm.rebalance(self.world.runtime, self.key(rule), by)

    def preview(self, rule: str) -> rebalancing_confirm.Preview:
        return rebalancing_confirm.preview(self.world.runtime, self.key(rule))

    def last_drift(self) -> float:
        """How far the newest execution's rule is from its targets now, in points."""
        rule = self.shown_rule(self.executions()[-1]["rule_id"])
        preview = self.preview(rule)
        drift = measure(values(preview.facts.portfolio, preview.rule.targets), preview.rule.targets)
        assert drift is not None
        return float(drift.max_drift)

    def held(self, client: str = "C1") -> dict[str, str]:
        """Units by product, of what is held."""
        rows = self.world.rows(
            "select product_id, trim_scale(units)::text as units from holdings where client_id = %s and units > 0"
            " order by product_id",
            client,
        )
        return {row["product_id"]: row["units"] for row in rows}

    def cash(self) -> str:
        return str(self.world.value("select cash_balance from clients where id = 'C1'"))

    def told(self, event: str) -> list[str | None]:
        """The statuses that the client was told with an event, in the order in which they were written."""
        rows = self.world.rows("select payload from notification_logs where event = %s order by created_at, id", event)
        return [row["payload"].get("status") for row in rows]


def traded(action: Mapping[str, Any]) -> tuple[str, ...]:
    """An action, or a trade as data, in short."""
    target = (action["target_product_id"],) if action.get("target_product_id") else ()
    much = "all" if action["all_units"] else f"{Decimal(action['amount']):.2f}"
    return (action["order_type"], action["product_id"], *target, much)


def open_market(floor: Floor) -> None:
    """EQ, DEBT and GOLD at 100, up to Friday, 5 January 2024; it is Monday, 10:00."""
    for product, (kind, house) in HOUSES.items():
        builders.add_product(floor.world.connection, product, asset_class=kind, amc=house, min_redemption=100)
        builders.add_navs(floor.world.connection, product, "2023-12-01", "2024-01-04", "100")
    floor.publish_all(dict.fromkeys(HOUSES, "100"), "2024-01-05")
    floor.world.clock.instant = builders.at(f"{MONDAY} 10:00")


def furnish(floor: Floor) -> Floor:
    """C1 holds 600 units of EQ and 400 of DEBT: 60 and 40 percent."""
    open_market(floor)
    builders.add_lot(floor.world.connection, "EQ", "600", "40000.00", "2022-06-01")
    builders.add_lot(floor.world.connection, "DEBT", "400", "40000.00", "2022-06-01")
    return floor
