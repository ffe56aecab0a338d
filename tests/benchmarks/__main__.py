"""`python -m tests.benchmarks`: measure, and compare with the targets."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import count
from pathlib import Path

from automation.database import Connection, connect
from automation.migrations.apply import migrate
from infra.local.postgres import Server
from tests.benchmarks import (
    api,
    auto_invest,
    filling,
    fresh_process,
    navs,
    notifications,
    orders,
    portfolio_filling,
    rebalancing,
    report,
    simulation,
    trigger_filling,
    triggers,
    two_processes,
)
from tests.benchmarks.filling import Size
from tests.benchmarks.plan import QUICK, Plan
from tests.benchmarks.report import Row

NAMES = (
    "auto_invest",
    "flat",
    "two_processes",
    "orders",
    "notifications",
    "memory",
    "cold_start",
    "navs",
    "triggers",
    "rebalancing",
    "simulation",
    "api",
)


def main(arguments: list[str] | None = None) -> list[Row]:
    """Run the benchmarks that are asked for on a server of their own; print and return what they found."""
    plan, only = _read(arguments)
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="automation-benchmarks-") as directory:
        server = Server(Path(directory) / "postgres", durable=True)
        try:
            rows = _measure(server, plan, only)
        finally:
            server.erase()
    print(f"\n{report.table(rows)}\n\nin {time.perf_counter() - started:.0f} s")
    return rows


def _read(arguments: list[str] | None) -> tuple[Plan, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it runs, not how fast")
    parser.add_argument("--only", action="append", choices=NAMES, help="one benchmark; may be repeated")
    for field in fields(Plan):
        parser.add_argument(f"--{field.name}", type=int, metavar="N", help=f"default {field.default}")
    values = vars(parser.parse_args(arguments))
    plan = QUICK if values.pop("quick") else Plan()
    only = values.pop("only") or list(NAMES)
    return replace(plan, **{name: value for name, value in values.items() if value is not None}), only


def _measure(server: Server, plan: Plan, only: list[str]) -> list[Row]:
    with connect(server.start()) as connection:
        print(report.machine(connection), flush=True)
    days = count()
    large = (
        _filled(server, "large", Size(plan.rules, plan.due))
        if set(only) - {"cold_start", "navs", "rebalancing", "simulation", "triggers", "api"}
        else ""
    )
    benchmarks: dict[str, Callable[[], list[Row]]] = {
        "auto_invest": lambda: auto_invest.full_path(large, days, plan),
        "flat": lambda: auto_invest.flat(large, _filled(server, "small", Size(plan.few, plan.few)), days, plan),
        "two_processes": lambda: two_processes.two_processes(large, days, plan),
        "orders": lambda: orders.orders_job(large, days, plan),
        "notifications": lambda: notifications.telling(large, days, plan),
        "memory": lambda: fresh_process.memory(large, days),
        "cold_start": lambda: fresh_process.cold_start(_empty(server, "empty"), plan),
        "navs": lambda: navs.nav_file(_empty(server, "navs"), plan),
        "triggers": lambda: triggers.resting(
            _prepared(server, "triggers", plan.triggers, "triggers at rest", trigger_filling.fill),
            _prepared(server, "more_triggers", plan.more, "triggers at rest", trigger_filling.fill),
            plan,
        ),
        "rebalancing": lambda: rebalancing.drifting(
            _prepared(server, "portfolios", plan.portfolios, "portfolios", portfolio_filling.fill), plan
        ),
        "simulation": lambda: simulation.simulation(server.url(), plan),
        "api": lambda: api.reading(_filled(server, "api", Size(plan.few, plan.few)), plan),
    }
    return [row for name in NAMES if name in only for row in benchmarks[name]()]


def _filled(server: Server, name: str, size: Size) -> str:
    started = time.perf_counter()
    url = server.create_database(name)
    with connect(url) as connection:
        filling.fill(connection, size)
        room = connection.execute("select pg_size_pretty(pg_database_size(current_database()))").fetchone()
    print(
        f"{name}: {size.rules:,} rules of {size.clients:,} clients in {size.products:,} products, "
        f"{room[0] if room else '?'}, filled in {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    return url


def _prepared(server: Server, name: str, number: int, what: str, fill: Callable[[Connection, int], None]) -> str:
    started = time.perf_counter()
    url = server.create_database(name)
    with connect(url) as connection:
        fill(connection, number)
    print(f"{name}: {number:,} {what}, filled in {time.perf_counter() - started:.0f} s", flush=True)
    return url


def _empty(server: Server, name: str) -> str:
    url = server.create_database(name)
    with connect(url) as connection:
        migrate(connection, filling.ROOT / "infra" / "migrations")
    return url


if __name__ == "__main__":
    main()
