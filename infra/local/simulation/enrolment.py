"""A client's first instant in a simulation, with cash, holdings and rules, and the last."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import suppress
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from automation import identifiers, money
from automation.auto_invest import request
from automation.calendar.schedule import instant
from automation.engine import rebalancing_rules, rules, trigger_rules
from automation.engine.reference import add_client
from automation.errors import Conflict, InvalidInput
from automation.rebalancing import request as rebalancing_request
from automation.store.clients import ClientRow
from infra.local.simulation import prices
from infra.local.simulation.lots import FirstLot, hold
from infra.local.simulation.prices import Prices
from infra.local.simulation.scenario import Client, Scenario, body_of, within
from infra.local.timeline import Timeline

_MIDNIGHT: Final = time()
_MOST_RULES: Final = 10_000


def begins(client: Client, scenario: Scenario) -> datetime:
    """The first instant of the scenario in the client's zone."""
    return instant(scenario.start, _MIDNIGHT, client.time_zone)


def ends(client: Client, scenario: Scenario) -> datetime:
    """The first instant after the scenario's last date in the client's zone."""
    return instant(date.fromordinal(scenario.end.toordinal() + 1), _MIDNIGHT, client.time_zone)


def enrol(line: Timeline, scenario: Scenario, number: int, known: Prices) -> list[UUID]:
    """Put a client there; the keys of its rules in the scenario's order. InvalidInput names what is wrong."""
    client = scenario.clients[number]
    row = ClientRow(client.code, client.name or client.code, client.time_zone, client.currency, None, None, "Verified")
    with within(f"clients[{number}]"):
        add_client(line.runtime, row, client.cash, by="simulation")
        hold(line.connection, client.code, _first_lots(client, scenario, known), line.clock.instant)
    for place, body in enumerate(client.rebalancing):
        with within(f"clients[{number}].rebalancing[{place}]"):
            wanted = rebalancing_request.parse(body_of(client, body))
            covered = _covered(client, scenario, wanted.target_allocation)
            prices.check_business_days(scenario, known, covered, wanted.start_date, wanted.end_date)
            rebalancing_rules.create(line.runtime, body_of(client, body), by="simulation")
    for place, body in enumerate(client.trigger_orders):
        with within(f"clients[{number}].trigger_orders[{place}]"):
            trigger_rules.create(line.runtime, body_of(client, body), by="simulation")
    keys = []
    for place, body in enumerate(client.auto_invest):
        with within(f"clients[{number}].auto_invest[{place}]"):
            asked = request.parse(body_of(client, body))
            traded = [name for name in (asked.source_product, *asked.bought) if name]
            prices.check_business_days(scenario, known, traded, asked.start_date, asked.end_date)
            shown = rules.create(line.runtime, body_of(client, body), by="simulation").id
        keys.append(rules.key_of(shown))
    return keys


def _covered(client: Client, scenario: Scenario, targets: Container[str]) -> list[str]:
    """The products that targets name, and those that the client holds of the classes that they name."""
    held = {holding.product for holding in client.holdings}
    return [
        product.code
        for product in scenario.products
        if product.code in targets or (product.asset_class in targets and product.code in held)
    ]


def leave(line: Timeline, client: str, keys: Iterable[UUID]) -> None:
    """End a client's rules, so that they do nothing more while other clients' last day goes on."""
    for trigger in trigger_rules.listed(line.runtime, client, "Active", trigger_rules.MOST_ACTIVE):
        shown = identifiers.show(identifiers.TRIGGER, trigger["id"])
        trigger_rules.cancel(line.runtime, shown, "simulation_over", "simulation")
    for rule in rebalancing_rules.listed(line.runtime, client, "Active", _MOST_RULES):
        shown = identifiers.show(identifiers.REBALANCING, rule["id"])
        rebalancing_rules.cancel(line.runtime, shown, "simulation_over", "simulation")
    for key in keys:
        with suppress(Conflict):  # it has come to its own end
            shown = identifiers.show(identifiers.AUTO_INVEST, key)
            rules.cancel(line.runtime, shown, "simulation_over", "simulation")


def _first_lots(client: Client, scenario: Scenario, known: Prices) -> list[FirstLot]:
    """What the client holds from the start, at the NAVs of the first date that all of those products have."""
    if not client.holdings:
        return []
    days = prices.common_dates(known, [holding.product for holding in client.holdings])
    day = min((day for day in days if scenario.start <= day <= scenario.end), default=None)
    if day is None:
        raise InvalidInput("holdings", f"have no NAV of the same date from {scenario.start} to {scenario.end}")
    lots = []
    for number, holding in enumerate(client.holdings):
        nav = known[holding.product][day]
        units = holding.units or money.bought(holding.amount or money.ZERO, nav)
        cost = holding.amount or money.nearest(units * nav)
        if not units:
            raise InvalidInput(f"holdings[{number}].amount", f"buys no unit at {nav}")
        lots.append(FirstLot(holding.product, day, units, nav, cost))
    return lots
