"""What is checked again before an order is submitted, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest

from automation.orders.order import PURCHASE, REDEMPTION, SWITCH, Order
from automation.orders.recheck import Pending, Traded, reason_against
from tests.unit.portfolio.examples import TODAY

FRESH = 3


def pending(kind: str = PURCHASE, **changes: Any) -> Pending:
    order = Order(UUID(int=1), "C", kind, "P", "Q" if kind == SWITCH else None, Decimal("100.00"), None, False, TODAY)
    sound: dict[str, Any] = {
        "order": order,
        "origin": "auto_invest",
        "rule_id": UUID(int=2),
        "rule_status": "Active",
        "rule_enabled": True,
        "client_status": "Active",
        "kyc_status": "Verified",
        "product_status": "Active",
        "open": True,
        "traded": (Traded(TODAY, "XBOM", "Asia/Kolkata"),),
        "max_nav_age": None,
    }
    return Pending(**sound | changes)


def answer(changes: Mapping[str, Any], kind: str = PURCHASE) -> str | None:
    changes = dict(changes)
    stop, age = changes.pop("stop", None), changes.pop("age", 0)
    return reason_against(pending(kind, **changes), stop, age, FRESH)


PROBLEMS: list[tuple[str, dict[str, Any]]] = [
    ("kill_switch", {"stop": "global: drill"}),
    ("rule_stopped", {"rule_status": "Cancelled"}),
    ("client_inactive", {"client_status": "Suspended"}),
    ("kyc_not_verified", {"kyc_status": "Expired"}),
    ("product_closed", {"product_status": "Merged"}),
    ("nav_stale", {"age": FRESH + 1}),
]


def test_a_sound_order_may_go() -> None:
    assert answer({}) is None
    assert answer({"age": FRESH}) is None


@pytest.mark.parametrize(("reason", "changes"), PROBLEMS)
def test_each_problem_has_its_reason(reason: str, changes: dict[str, Any]) -> None:
    assert answer(changes) == reason


@pytest.mark.parametrize(("first", "second"), list(combinations(PROBLEMS, 2)))
def test_of_two_problems_the_earlier_guard_speaks(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
) -> None:
    assert answer(first[1] | second[1]) == first[0]


@pytest.mark.parametrize("status", ["Cancelled", "Paused"])
def test_orders_of_a_rule_that_was_stopped_do_not_go(status: str) -> None:
    assert answer({"rule_status": status}) == "rule_stopped"
    assert answer({"rule_enabled": False}) == "rule_stopped"


def test_the_last_order_of_a_completed_rule_goes() -> None:
    assert answer({"rule_status": "Completed"}) is None


@pytest.mark.parametrize(
    ("kind", "reason"), [(PURCHASE, "product_closed"), (SWITCH, "product_closed"), (REDEMPTION, None)]
)
def test_a_product_that_is_closed_for_subscription_may_still_be_redeemed(kind: str, reason: str | None) -> None:
    assert answer({"open": False}, kind) == reason


def test_a_product_without_any_nav_is_not_traded() -> None:
    assert answer({"traded": (Traded(None, "XBOM", "Asia/Kolkata"),), "age": None}) == "nav_stale"
