"""A simulation from end to end: a scratch database, the clients' first day, the days between, their last."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from automation.calendar.schedule import local_date
from automation.settings import Settings
from infra.local.simulation import enrolment, prices
from infra.local.simulation import outcome as outcomes
from infra.local.simulation.outcome import Outcome
from infra.local.simulation.prices import Prices
from infra.local.simulation.scenario import Scenario
from infra.local.simulation.scratch import scratch
from infra.local.simulation.stock import stock
from infra.local.timeline import Timeline, timeline

# Where a NAV counts as known on its whole date, triggers still look at it in the evening, when it has arrived.
EVENING: Final = timedelta(hours=21)
_AT_ONCE: Final = timedelta()


def simulate(
    scenario: Scenario,
    folder: Path,
    server_url: str,
    *,
    with_days: bool = False,
    seen: Callable[[date], object] = lambda _: None,
) -> Outcome:
    """Play a scenario, whose NAV files lie in `folder`, in a scratch database on a server.

    `seen` is told every date that is reached; `with_days` asks for the value of every day. Raises InvalidInput
    for what the scenario has wrong, and what the database raises; the scratch database is gone in every case.
    """
    started = time.perf_counter()
    known = prices.read(scenario, folder)
    with scratch(server_url) as url:
        settings = Settings(database_url=url, look_interval=timedelta(days=1), paper_fill=scenario.fill)
        with timeline(settings, _first_instant(scenario), EVENING if scenario.observed else _AT_ONCE) as line:
            stock(line, scenario, known)
            rules = _play(line, scenario, known, seen)
            clients = {
                client.code: outcomes.read(
                    line.connection, client.code, scenario.end, rules=rules[n], with_days=with_days
                )
                for n, client in enumerate(scenario.clients)
            }
    days = {day for dated in known.values() for day in dated if scenario.start <= day <= scenario.end}
    return Outcome(scenario.start, scenario.end, len(days), time.perf_counter() - started, clients)


def _first_instant(scenario: Scenario) -> datetime:
    return min(enrolment.begins(client, scenario) for client in scenario.clients)


class _Event(NamedTuple):
    """A client comes or goes."""

    at: datetime
    comes: bool
    number: int


def _events(scenario: Scenario) -> Sequence[_Event]:
    comings = [_Event(enrolment.begins(client, scenario), True, n) for n, client in enumerate(scenario.clients)]
    goings = [_Event(enrolment.ends(client, scenario), False, n) for n, client in enumerate(scenario.clients)]
    return sorted([*comings, *goings])


def _play(line: Timeline, scenario: Scenario, known: Prices, seen: Callable[[date], object]) -> dict[int, list[UUID]]:
    """Let every client's days pass, in the client's own zone; the rules' keys by the client's number."""
    zone = scenario.clients[0].time_zone
    rules: dict[int, list[UUID]] = {}
    for event in _events(scenario):
        line.play(event.at, lambda instant: seen(local_date(instant, zone)))
        if event.comes:
            rules[event.number] = enrolment.enrol(line, scenario, event.number, known)
        else:
            enrolment.leave(line, scenario.clients[event.number].code, rules[event.number])
    return rules
