"""What is checked when a rebalancing rule is made: the names in its targets, and what could keep it from working."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from automation import money
from automation.database import Connection
from automation.errors import InvalidInput
from automation.rebalancing.request import RebalancingRequest
from automation.rebalancing.rule import CASH, Rule
from automation.store import rebalancing_rules as store
from automation.store import rules as rule_store

_YEAR: Final = timedelta(days=366)


def names(connection: Connection, request: RebalancingRequest, currency: str) -> str:
    """What the targets are: `product`, `asset_class` or `mixed`.

    InvalidInput where one is neither a product nor an asset class, or a product is in another currency.
    """
    targets = [name for name in request.target_allocation if name != CASH]
    found = rule_store.products(connection, [*targets, *request.preferred_products, *request.do_not_trade])
    classes = store.asset_classes(connection, [name for name in targets if name not in found])
    for name in targets:
        if name not in found and name not in classes:
            hint = "name a product, an asset class, or cash"
            raise InvalidInput(f"target_allocation.{name}", "is neither a product nor an asset class", hint=hint)
    for field, products in (
        ("preferred_products", request.preferred_products),
        ("do_not_trade", request.do_not_trade),
    ):
        for name in products:
            if name not in found:
                raise InvalidInput(field, f"there is no product {name!r}", hint="name a product that exists")
    for name, terms in found.items():
        if terms.currency != currency:
            problem = f"is in {terms.currency}, the client in {currency}"
            raise InvalidInput(f"target_allocation.{name}", problem, hint="one rule has one currency")
    by_product = [name in found for name in targets]
    return "product" if all(by_product) else "mixed" if any(by_product) else "asset_class"


def warnings(connection: Connection, request: RebalancingRequest) -> list[str]:
    """What a person should know."""
    found = rule_store.products(connection, list(request.target_allocation))
    closed = [name for name, terms in found.items() if terms.status != "Active" or not terms.open]
    told = [f"{name} is closed: nothing of it will be bought" for name in closed]
    if request.execute_automatically and request.require_confirmation:
        told.append("it waits for a confirmation each time: require_confirmation is on")
    return told


def instalments_for(connection: Connection, rule: Rule, deposit: Decimal, today: date) -> int | None:
    """How many coming SIP instalments, sent to what is short, would do as well; None where a year's are not enough."""
    if deposit <= 0:
        return 0
    left, count = deposit, 0
    for _, amount in store.coming_instalments(connection, rule.client_id, today + _YEAR):
        left, count = left - amount, count + 1
        if left <= money.ZERO:
            return count
    return None
