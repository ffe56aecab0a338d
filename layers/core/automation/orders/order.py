"""Orders: what is asked of a gateway, and what it answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

AUTO_INVEST: Final = "auto_invest"
TRIGGER: Final = "trigger"
REBALANCING: Final = "rebalancing"
# The job that makes the orders of an origin, where it is named otherwise.
JOBS: Final = {TRIGGER: "triggers"}

PURCHASE: Final = "Purchase"
REDEMPTION: Final = "Redemption"
SWITCH: Final = "Switch"

SUBMITTED: Final = "Submitted"
EXECUTED: Final = "Executed"
FAILED: Final = "Failed"
UNKNOWN: Final = "Unknown"
ABSENT: Final = "Absent"


class NewOrder(NamedTuple):
    """An intended order. Its id is a function of rule, occurrence and leg: the same intent, the same id.

    One of `amount` (money), `units` and `all_units` says how much. `trade_date` is the local business date that
    it is made on or for.
    """

    id: UUID
    origin: str
    rule_id: UUID
    execution_id: UUID
    leg: int
    client_id: str
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    units: Decimal | None
    all_units: bool
    trade_date: date


class Order(NamedTuple):
    """An order as a gateway is given it."""

    id: UUID
    client_id: str
    order_type: str
    product_id: str
    target_product_id: str | None
    amount: Decimal | None
    units: Decimal | None
    all_units: bool
    trade_date: date


class Fill(NamedTuple):
    """What a gateway executed: units and NAV of the product, the money after load, and for a Switch the other side.

    `amount` is the money that left the client's cash (Purchase), was paid out (Redemption) or moved (Switch).
    """

    nav: Decimal
    nav_date: date
    units: Decimal
    amount: Decimal
    exit_load: Decimal = Decimal(0)
    target_nav: Decimal | None = None
    target_units: Decimal | None = None


class Reply(NamedTuple):
    """A gateway's answer about one order: Submitted, Executed with its fill, Failed with a reason, Unknown, or Absent.

    Failed is a proven refusal; Absent, only of a look-up, says that the gateway knows no such order. `look_at` is
    when it is worth asking again.
    """

    order_id: UUID
    status: str
    reason: str | None = None
    fill: Fill | None = None
    look_at: datetime | None = None
