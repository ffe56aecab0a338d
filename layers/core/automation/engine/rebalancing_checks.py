"""What is checked when a rebalancing rule is made: the names in its targets, and what could keep it from working."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.errors import InvalidInput
from automation.rebalancing.request import RebalancingRequest
from automation.rebalancing.rule import CASH
from automation.store import rebalancing_rules as store
from automation.store import rules as rule_store

_AGAINST: Final = "rebalances the same client: one a day acts, and each may undo what the other did"


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


def warnings(connection: Connection, request: RebalancingRequest, rule_id: UUID) -> list[str]:
    """What a person should know of a rule: what it can't buy, that it asks, and who else rebalances its client."""
    found = rule_store.products(connection, list(request.target_allocation))
    closed = [name for name, terms in found.items() if terms.status != "Active" or not terms.open]
    told = [f"{name} is closed: nothing of it will be bought" for name in closed]
    if request.execute_automatically and request.require_confirmation:
        told.append("it waits for a confirmation each time: require_confirmation is on")
    others = store.rivals(connection, request.client, rule_id)
    return told + [f"{identifiers.show(identifiers.REBALANCING, key)} ({name}) {_AGAINST}" for key, name in others]
