"""Auto-invest rules made and changed by people: create, pause, resume, skip, un-skip, cancel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from automation import identifiers
from automation.auto_invest.request import AutoInvestRequest, parse
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar, Roll
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Frequency, Schedule, local_date
from automation.database import Connection
from automation.errors import Conflict, InvalidInput, NotFound
from automation.runtime import Runtime
from automation.store import rules as store
from automation.store.rules import ProductTerms

_SHOWN = 5
_COMPARED = 24


@dataclass(frozen=True)
class Reply:
    """What a change answers: the rule's shown id, its next five occurrences, and what a person should know."""

    id: str
    next_occurrences: Sequence[Occurrence]
    warnings: Sequence[str] = ()


def create(runtime: Runtime, body: dict[str, Any], by: str) -> Reply:
    """Check a body and add the rule; InvalidInput names the field, and nothing is written."""
    request = parse(body)
    return runtime.database.transaction(lambda connection: _create(connection, runtime, request, by))


def _create(connection: Connection, runtime: Runtime, request: AutoInvestRequest, by: str) -> Reply:
    now = runtime.clock.now(connection)
    client = store.client(connection, request.client)
    if client is None:
        raise InvalidInput("client", f"there is no client {request.client!r}", hint="create the client first")
    products = _products(connection, request, client.currency)
    _owned(connection, request)
    schedule = _schedule(request, client.time_zone)
    calendar = _calendar(connection, runtime, products.values())
    coming = occurrences.upcoming(schedule, calendar, now, _COMPARED)
    if not coming:
        raise InvalidInput("end_date", "leaves no occurrence", hint="move end_date, or start_date, to a later date")
    rule_id = identifiers.new(now)
    first = store.First(coming[0].nominal, coming[0].due)
    warnings = [
        *_size_warnings(request, products),
        *_rival_warnings(connection, request, client.time_zone, calendar, coming),
    ]
    store.insert(connection, rule_id, request, first, by, now)
    return Reply(identifiers.show(identifiers.AUTO_INVEST, rule_id), coming[:_SHOWN], warnings)


def _products(connection: Connection, request: AutoInvestRequest, currency: str) -> dict[str, ProductTerms]:
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


def _owned(connection: Connection, request: AutoInvestRequest) -> None:
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


def _schedule(request: AutoInvestRequest, zone: str) -> Schedule:
    return Schedule(
        request.frequency,
        request.start_date,
        request.end_date,
        request.day_of_month,
        request.day_of_week,
        request.time,
        zone,
        request.roll,
    )


def _calendar(connection: Connection, runtime: Runtime, products: Iterable[ProductTerms]) -> BusinessCalendar:
    names = {product.calendar for product in products}
    runtime.calendars.load(connection, names)
    return runtime.calendars.of(names)


def _size_warnings(request: AutoInvestRequest, products: dict[str, ProductTerms]) -> list[str]:
    """A single amount under the minimum is refused; what is merely rounded, or may not be switched, is said."""
    warnings = []
    into = products[request.bought[0]]
    if request.allocations is None:
        minimum = into.min_redemption if request.plan == "SWP" else into.min_purchase
        if request.amount < minimum:
            raise InvalidInput(
                "amount", f"is below the {minimum} that {into.id} takes at least", hint="raise the amount"
            )
        if request.plan != "SWP" and request.amount % into.purchase_multiple:
            warnings.append(f"{into.id} takes multiples of {into.purchase_multiple}: amounts are rounded down")
    if request.source_product and products[request.source_product].amc != into.amc:
        warnings.append(
            f"{request.source_product} and {into.id} are of different fund houses, which may refuse the switch"
        )
    return warnings


def _rival_warnings(
    connection: Connection,
    request: AutoInvestRequest,
    zone: str,
    calendar: BusinessCalendar,
    coming: Sequence[Occurrence],
) -> list[str]:
    """Rules that would buy and sell the same product on the same day are reported, never refused."""
    buys = request.bought if request.plan != "SWP" else []
    sells = request.bought if request.plan == "SWP" else [request.source_product] if request.source_product else []
    days = {occurrence.actual for occurrence in coming}
    warnings = []
    for rival in store.rivals(connection, request.client, buys, sells):
        theirs = occurrences.upcoming(_schedule_of(rival._asdict(), zone), calendar, coming[0].due, _COMPARED)
        common = sorted(days & {occurrence.actual for occurrence in theirs})
        if common:
            shown = identifiers.show(identifiers.AUTO_INVEST, rival.id)
            warnings.append(f"{shown} ({rival.name}) trades {rival.product_id} the other way on {common[0]}")
    return warnings


def _schedule_of(row: Mapping[str, Any], zone: str) -> Schedule:
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


def pause(runtime: Runtime, shown_id: str, until: datetime | None, reason: str) -> None:
    """Pause an Active rule, with `until` (aware) up to an instant; what falls due meanwhile is recorded Skipped."""

    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        rule = _locked(connection, shown_id, "Active")
        if until is not None and until <= now:
            raise InvalidInput("until", f"{until.isoformat()} is over", hint="name an instant to come, or none")
        store.set_status(connection, rule["id"], "Paused", reason, until, now)

    runtime.database.transaction(work)


def resume(runtime: Runtime, shown_id: str) -> Reply:
    """End a pause now. What fell due in it and is not recorded yet is still recorded as paused, by the next run."""

    def work(connection: Connection) -> Reply:
        now = runtime.clock.now(connection)
        rule = _locked(connection, shown_id, "Paused")
        coming = _coming(connection, runtime, rule, now)
        if rule["next_run_at"] is None and coming:
            store.set_next(connection, rule["id"], coming[0].nominal, coming[0].due)
        overdue = rule["next_run_at"] is not None and rule["next_run_at"] <= now
        store.set_status(connection, rule["id"], "Paused" if overdue else "Active", None, now if overdue else None, now)
        return Reply(shown_id, coming)

    return runtime.database.transaction(work)


def _coming(connection: Connection, runtime: Runtime, rule: dict[str, Any], now: datetime) -> list[Occurrence]:
    parts = [part["product"] for part in rule["allocations"] or ()]
    names = [name for name in (rule["source_product_id"], rule["product_id"], *parts) if name]
    calendar = _calendar(connection, runtime, store.products(connection, names).values())
    return occurrences.upcoming(_schedule_of(rule, rule["time_zone"]), calendar, now, _SHOWN)


def cancel(runtime: Runtime, shown_id: str, reason: str) -> None:
    """End a rule for good; orders that are not submitted yet are cancelled when their turn comes."""

    def work(connection: Connection) -> None:
        rule = _locked(connection, shown_id, "Active", "Paused")
        store.set_status(connection, rule["id"], "Cancelled", reason, None, runtime.clock.now(connection))

    runtime.database.transaction(work)


def skip(runtime: Runtime, shown_id: str, start: date, end: date, by: str) -> list[tuple[date, date]]:
    """Skip the coming occurrences with nominal dates from `start` to `end`; the skips that stand now."""

    def work(connection: Connection) -> list[tuple[date, date]]:
        now = runtime.clock.now(connection)
        rule = _locked(connection, shown_id, "Active", "Paused")
        today = local_date(now, rule["time_zone"])
        if start < today or end < start:
            raise InvalidInput("from", f"{start} to {end} is not a range to come", hint=f"start at {today} or later")
        store.insert_skip(connection, identifiers.new(now), rule["id"], start, end, by, now)
        return store.list_skips(connection, rule["id"], today)

    return runtime.database.transaction(work)


def unskip(runtime: Runtime, shown_id: str, start: date, end: date) -> list[tuple[date, date]]:
    """Take back the coming skips inside a range; the skips that stand now. NotFound where there is none inside."""

    def work(connection: Connection) -> list[tuple[date, date]]:
        rule = _locked(connection, shown_id, "Active", "Paused")
        today = local_date(runtime.clock.now(connection), rule["time_zone"])
        if not store.delete_skips(connection, rule["id"], start, end, today):
            raise NotFound(f"no coming skip lies inside {start} to {end}", hint="list the rule's skips")
        return store.list_skips(connection, rule["id"], today)

    return runtime.database.transaction(work)


def key_of(shown_id: str) -> UUID:
    """The key of a shown rule id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.AUTO_INVEST, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the rules to see their ids") from error


def _locked(connection: Connection, shown_id: str, *allowed: str) -> dict[str, Any]:
    rule = store.lock(connection, key_of(shown_id))
    if rule is None:
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    if rule["status"] not in allowed:
        raise Conflict(f"{shown_id} is {rule['status']}", hint=f"only {' or '.join(allowed)} rules can be changed so")
    return rule
