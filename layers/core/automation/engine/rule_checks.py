"""What is checked when a rule is made: its products, what it belongs to, its size, and rules that it may fight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from automation import identifiers, money
from automation.auto_invest.request import AutoInvestRequest
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar, Roll
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Frequency, Schedule
from automation.database import Connection
from automation.errors import InvalidInput
from automation.store import rules as store
from automation.store import trigger_rules
from automation.store.rules import ClientTerms, ProductTerms


def schedule_of(row: Mapping[str, Any], zone: str) -> Schedule:
    """The schedule that a rule's columns and its client's zone make."""
    return Schedule(
        Frequency(row["frequency"]),
        row["start_date"],
        row["end_date"],
        row["day_of_month"],
        row["day_of_week"],
        row["at_time"],
        zone,
        Roll(row["roll"]),
    )


def client(connection: Connection, name: str) -> ClientTerms:
    """The zone and currency of the client of a request; InvalidInput where there is none."""
    found = store.client(connection, name)
    if found is None:
        raise InvalidInput("client", f"there is no client {name!r}", hint="create the client first")
    return found


def products(connection: Connection, request: AutoInvestRequest, currency: str) -> dict[str, ProductTerms]:
    """The products of a request, source first; InvalidInput where one is unknown, closed or in another currency."""
    named = {
        f"allocations[{i}].product" if request.allocations else "product": name for i, name in enumerate(request.bought)
    }
    if request.source_product:
        named = {"source_product": request.source_product} | named
    found = store.products(connection, list(named.values()))
    for field, name in named.items():
        product = found.get(name)
        if product is None:
            raise InvalidInput(field, f"there is no product {name!r}", hint="name a product that exists")
        if product.status != "Active" or not (product.open or field == "source_product" or request.plan == "SWP"):
            raise InvalidInput(field, f"{name!r} is closed", hint="name a product that is open")
        if product.currency != currency:
            raise InvalidInput(
                field,
                f"{name!r} is in {product.currency}, the client in {currency}",
                hint="one rule has one currency",
            )
    return {name: found[name] for name in named.values()}


def owned(connection: Connection, request: AutoInvestRequest) -> None:
    """A goal or a rebalancing rule must be the client's own."""
    if request.goal and not store.owns_goal(connection, request.client, request.goal):
        raise InvalidInput("goal", f"the client has no goal {request.goal!r}", hint="name one of the client's goals")
    named = getattr(request.trigger_config, "rebalancing_rule", None)
    if named is None:
        return
    field = "trigger_config.rebalancing_rule"
    try:
        key = identifiers.read(identifiers.REBALANCING, named)
    except ValueError as error:
        raise InvalidInput(field, str(error), hint="send the rule's id as it was answered") from error
    if not store.owns_rebalancing(connection, request.client, key):
        raise InvalidInput(
            field, f"the client has no rebalancing rule {named!r}", hint="name one of the client's rules"
        )


def watched(connection: Connection, request: AutoInvestRequest) -> None:
    """A product whose NAV a condition watches must exist; it need not be one that the client could buy."""
    named = getattr(request.trigger_config, "product", None)
    if named is not None and not store.products(connection, [named]):
        field = "trigger_config.product"
        raise InvalidInput(field, f"there is no product {named!r}", hint="name a product that exists")


def size_warnings(request: AutoInvestRequest, products: dict[str, ProductTerms]) -> list[str]:
    """An amount that could never be ordered is refused; what is merely rounded or left out is said."""
    if request.allocations is not None:
        return _basket_warnings(request, products)
    into, source = products[request.bought[0]], products.get(request.source_product or "")
    field, amount = _largest(request)
    sized = amount if request.plan == "SWP" else money.to_multiple(amount, into.purchase_multiple)
    minimum = into.min_redemption if request.plan == "SWP" else into.min_purchase
    if source is not None:
        minimum = max(minimum, source.min_redemption)
    if sized < minimum:
        raise InvalidInput(field, f"is below the {minimum} that can be ordered at least", hint=f"raise {field}")
    warnings = []
    if sized != amount:
        warnings.append(f"{into.id} takes multiples of {into.purchase_multiple}: amounts are rounded down")
    if source is not None and source.amc != into.amc:
        warnings.append(f"{source.id} and {into.id} are of different fund houses, which may refuse the switch")
    return warnings


def _largest(request: AutoInvestRequest) -> tuple[str, Decimal]:
    """The field that decides how much the first instalment can be, and that much."""
    if request.max_per_execution is not None and request.max_per_execution < request.amount:
        return "max_per_execution", request.max_per_execution
    return "amount", request.amount


def _basket_warnings(request: AutoInvestRequest, products: dict[str, ProductTerms]) -> list[str]:
    parts = request.allocations or ()
    field, amount = _largest(request)
    shares = zip(parts, money.split(amount, [part.percent for part in parts]), strict=True)
    terms = [(products[part.product], share) for part, share in shares]
    small = [p.id for p, share in terms if money.to_multiple(share, p.purchase_multiple) < p.min_purchase]
    if len(small) == len(parts):
        raise InvalidInput(field, "leaves every part below its product's minimum", hint=f"raise {field}")
    return [f"the part of {name} is below its minimum and will be left out" for name in small]


def rival_warnings(
    connection: Connection,
    request: AutoInvestRequest,
    schedule: Schedule,
    calendar: BusinessCalendar,
    coming: Sequence[Occurrence],
) -> list[str]:
    """Rules that would buy and sell the same product on the same day are reported, never refused."""
    buys = request.bought if request.plan != "SWP" else []
    sells = request.bought if request.plan == "SWP" else [request.source_product] if request.source_product else []
    warnings = []
    for rival in store.rivals(connection, request.client, buys, sells):
        theirs = schedule_of(rival._asdict(), schedule.zone)
        if day := _first_common(schedule, theirs, calendar, coming):
            shown = identifiers.show(identifiers.AUTO_INVEST, rival.id)
            warnings.append(f"{shown} ({rival.name}) trades {rival.product_id} the other way on {day}")
    for trigger in trigger_rules.rival_triggers(connection, request.client, buys, sells):
        shown = identifiers.show(identifiers.TRIGGER, trigger.id)
        warnings.append(f"{shown} ({trigger.name}) trades the same the other way when it fires")
    return warnings


def _first_common(
    mine: Schedule, theirs: Schedule, calendar: BusinessCalendar, coming: Sequence[Occurrence]
) -> date | None:
    """The first day on which both run, looked for from both sides: of a daily and a yearly rule one is far ahead."""
    upcoming = occurrences.upcoming(theirs, calendar, coming[0].due, len(coming))
    days = [each.actual for each in coming if occurrences.runs_on(theirs, calendar, each.actual)]
    days += [each.actual for each in upcoming if occurrences.runs_on(mine, calendar, each.actual)]
    return min(days, default=None)
