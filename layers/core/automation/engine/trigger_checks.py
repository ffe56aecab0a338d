"""What is checked when a trigger is made: its products and goals, its size, and rules that it may fight."""

from __future__ import annotations

from automation import identifiers, money
from automation.database import Connection
from automation.errors import Conflict, InvalidInput
from automation.store import prices as price_store
from automation.store import rules as rule_store
from automation.store import trigger_rules as store
from automation.store.rules import ProductTerms
from automation.triggers.condition import PRICES
from automation.triggers.facts import Facts
from automation.triggers.request import TriggerRequest, leaves_of


def products(connection: Connection, request: TriggerRequest, currency: str) -> None:
    """InvalidInput where a product is unknown, closed or in another currency, or an amount could never be ordered."""
    traded = {"product": request.product} | (
        {"target_product": request.target_product} if request.target_product else {}
    )
    watched = (
        {
            f"{path}.product": leaf.product or request.product
            for leaf, path in leaves_of(request.condition_tree)
            if leaf.trigger_type in PRICES
        }
        if request.condition_tree
        else {}
    )
    found = rule_store.products(connection, [*traded.values(), *watched.values()])
    for field, name in (traded | watched).items():
        if name not in found:
            raise InvalidInput(field, f"there is no product {name!r}", hint="name a product that exists")
    for field, name in traded.items():
        _tradable(field, found[name], currency, buys=name in request.bought)
    least = found[request.bought[0]].min_purchase if request.bought else found[request.product].min_redemption
    if request.amount is not None and request.amount < least:
        raise InvalidInput("amount", f"is below the {least} that can be ordered at least", hint="raise the amount")


def _tradable(field: str, product: ProductTerms, currency: str, *, buys: bool) -> None:
    if product.status != "Active" or (buys and not product.open):
        raise InvalidInput(field, f"{product.id!r} is closed", hint="name a product that is open")
    if product.currency != currency:
        problem = f"{product.id!r} is in {product.currency}, the client in {currency}"
        raise InvalidInput(field, problem, hint="one rule has one currency")


def goals(connection: Connection, request: TriggerRequest) -> None:
    """Every goal that is named must be the client's own."""
    named = {"goal": request.goal}
    if request.condition_tree:
        named |= {f"{path}.goal": leaf.goal for leaf, path in leaves_of(request.condition_tree)}
    for field, goal in named.items():
        if goal is not None and not rule_store.owns_goal(connection, request.client, goal):
            raise InvalidInput(field, f"the client has no goal {goal!r}", hint="name one of the client's goals")


def group(connection: Connection, client: str, name: str) -> None:
    """Conflict where one of the group has fired: what is left of it is over, and nothing may join it."""
    if store.has_fired(connection, client, name):
        raise Conflict(f"oco_group: one of {name!r} has fired", hint="use another name for another group")


def held(connection: Connection, request: TriggerRequest, *, follows: bool) -> set[str]:
    """The products whose prices make the value that a trigger follows."""
    return {each.product_id for each in price_store.held(connection, [request.client])} if follows else set()


def warnings(connection: Connection, request: TriggerRequest, facts: Facts) -> list[str]:
    """What a person should know: rules that trade the other way, and what is not there yet."""
    if request.notifies:
        return []
    told = []
    for kind, rivals in (
        (identifiers.AUTO_INVEST, store.rival_rules(connection, request.client, request.bought, request.sold)),
        (identifiers.TRIGGER, store.rival_triggers(connection, request.client, request.bought, request.sold)),
    ):
        told += [f"{identifiers.show(kind, rival.id)} ({rival.name}) trades the same the other way" for rival in rivals]
    if request.sold and facts.units <= 0:
        told.append(f"nothing of {request.product} is held and free to be sold now")
    if request.order_type == "Purchase" and facts.cash < (request.amount or money.ZERO):
        told.append(f"cash of {facts.cash:,.2f} is less than the amount now")
    return told
