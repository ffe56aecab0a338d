"""The floor on which trigger orders are tested: a client, a fund whose price comes evening by evening, and ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from automation.engine import trigger_explain, trigger_rules
from automation.engine.explanation import Explanation
from automation.engine.trigger_rules import Reply
from tests.builders import Row
from tests.market import MONDAY, Market, weekdays

__all__ = ["MONDAY", "Floor", "weekdays"]

BODY: Final[Row] = {
    "client": "C1",
    "name": "trigger",
    "trigger_type": "NAV",
    "trigger_condition": "Greater Than",
    "trigger_value": "105",
    "order_type": "Purchase",
    "product": "EQ",
    "amount": "10000",
}
SELLS: Final[Row] = {"order_type": "Redemption", "amount": ..., "units": "all"}
STOPS: Final[Row] = SELLS | {"trigger_condition": "Less Than", "trigger_value": "95"}
SWITCHES: Final[Row] = SELLS | {"order_type": "Switch", "target_product": "FUND"}
NO_LEVEL: Final[Row] = {"trigger_condition": ..., "trigger_value": ...}
TRAILS: Final[Row] = SELLS | NO_LEVEL | {"trailing_percent": "10"}
ABOVE, BELOW = {"trigger_condition": "Crosses Above"}, {"trigger_condition": "Crosses Below", "trigger_value": "95"}


def on_date(instant: str, **changes: Any) -> Row:
    return NO_LEVEL | {"trigger_type": "Date", "trigger_at": instant} | changes


def custom(tree: Row, **changes: Any) -> Row:
    return NO_LEVEL | {"trigger_type": "Custom", "condition_tree": tree} | changes


def asks(condition: str, value: str, kind: str = "NAV", **changes: Any) -> Row:
    """A condition of a tree."""
    return {"trigger_type": kind, "trigger_condition": condition, "trigger_value": value} | changes


@dataclass(frozen=True)
class Floor(Market):
    """A market with triggers; it begins on Monday, 8 January 2024, at 10:00 in Kolkata."""

    def create(self, **changes: Any) -> Reply:
        """Make a trigger: it buys 10,000 of EQ above 105 unless changed; ... leaves a field out."""
        body = {name: value for name, value in (BODY | changes).items() if value is not ...}
        return trigger_rules.create(self.world.runtime, body, "test")

    def add(self, **changes: Any) -> str:
        """The shown id of a new trigger that had its first look."""
        shown = self.create(**changes).id
        self.tick()
        return shown

    def tick(self, when: str | None = None) -> Row:
        """The counts of a tick of the triggers job."""
        counts: Row = self.world.triggers(when)["counts"]
        return counts

    def price(self, nav: str, day: str, product: str = "EQ") -> Row:
        """A price comes in and is looked at; the counts."""
        self.publish(nav, day, product)
        return self.tick()

    def days(self, *prices: str, first: str = MONDAY, product: str = "EQ") -> str:
        """Prices of one business day after the other, each looked at in its evening; the last day."""
        day = first
        for nav, day in zip(prices, weekdays(first), strict=False):
            self.price(nav, day, product)
        return day

    def row(self, shown: str) -> Row:
        return trigger_rules.view(self.world.runtime, shown)

    def state(self, shown: str) -> tuple[str, str | None]:
        """Status and its reason."""
        row = self.row(shown)
        return row["status"], row["status_reason"]

    def status(self, shown: str) -> str:
        return self.state(shown)[0]

    def fired(self, shown: str) -> tuple[str, str] | None:
        """The price it fired on and that price's date, None where it has not fired."""
        row = self.row(shown)
        return None if row["triggered_at"] is None else (f"{row['observed_value']:f}", str(row["observed_on"]))

    def order(self, shown: str) -> Row:
        """The one order of a trigger."""
        (order,) = self.orders(shown)
        return order

    def orders(self, shown: str) -> list[Row]:
        return self.world.rows("select * from orders where rule_id = %s", trigger_rules.key_of(shown))

    def why(self, shown: str) -> Explanation:
        return trigger_explain.why(self.world.runtime, shown)

    def reason(self, shown: str) -> Any:
        """The reason that `why` has as data."""
        return self.why(shown).data["reason"]

    def told(self) -> list[tuple[str, Any]]:
        """(event, what or status) of the messages about triggers, in the order in which they were written."""
        rows = self.world.rows(
            "select event, payload from notification_logs where event like 'Trigger%%' order by created_at, id"
        )
        return [(row["event"], row["payload"].get("what") or row["payload"].get("status")) for row in rows]

    def log(self, shown: str) -> list[tuple[str, str | None]]:
        """(status, reason) of a trigger's executions."""
        return [(status, reason) for _, status, reason in self.world.log_of(trigger_rules.key_of(shown))]
