"""A small portfolio that gives every job something to do on every business day, for the tests with faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from automation.engine.replay import replay
from tests import builders
from tests.builders import World
from tests.e2e.faults.processes import Nursery
from tests.oracle import check

HALVES = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]
OWN_CONNECTIONS = 2


@dataclass
class Stage:
    """The world, and the children that work on the same database by the same clock."""

    world: World
    url: str
    clock_file: Path
    nursery: Nursery

    def days(self) -> Iterator[date]:
        """The business days from 2 January 2024 on."""
        for n in range(400):
            day = date(2024, 1, 2) + timedelta(days=n)
            if day.isoweekday() < 6:
                yield day

    def clock(self, when: str) -> None:
        """Set the clock of everybody."""
        self.world.clock.instant = builders.at(when)
        self.clock_file.write_text(self.world.clock.instant.isoformat())

    def children(self, job: str, count: int = 1, **fault: Any) -> list[dict[str, Any]]:
        """Run a job in processes of its own, all started at once; how each ended."""
        size = self.world.runtime.settings.batch_size
        spec = {"job": job, "url": self.url, "clock": str(self.clock_file), "batch_size": size}
        return self.nursery.run(*[spec | fault] * count)

    def alone(self) -> None:
        """Wait until the server has noticed who has died."""
        waiting = "select count(*) from pg_stat_activity where datname = current_database()"
        while self.world.value(waiting) > OWN_CONNECTIONS:
            self.world.connection.execute("select pg_sleep(0.001)")

    def check(self) -> None:
        """The invariants."""
        check(self.world.connection, self.world.clock.instant)

    def settle_all(self) -> None:
        """Let every order come to its end, and every decision be decided again."""
        decided_until = self.world.clock.instant
        for _ in range(4):
            self.world.later(days=3)
            self.world.orders()
        assert {row["status"] for row in self.world.rows("select status from orders")} == {"Settled"}
        check(self.world.connection, decided_until)
        assert replay(self.world.runtime).differences == []


in_batches_of = partial(pytest.mark.parametrize, "stage", indirect=True)


@contextmanager
def staged(url: str, directory: Path, nursery: Nursery, batch_size: int) -> Iterator[Stage]:
    """Three clients with a SIP, a basket, an STP and an SWP, all daily."""
    with builders.world(url, batch_size=batch_size) as world:
        add_people(world)
        world.rule(name="sip", amount="500", frequency="Daily", start_date="2024-01-02")
        world.rule(
            name="basket",
            client="C2",
            amount="2000",
            frequency="Daily",
            product=...,
            allocations=HALVES,
            start_date="2024-01-02",
        )
        world.rule(
            name="stp",
            client="C3",
            amount="500",
            frequency="Daily",
            plan="STP",
            source_product="FUND",
            product="BOND",
            start_date="2024-01-02",
        )
        world.rule(name="swp", client="C3", amount="300", frequency="Daily", plan="SWP", start_date="2024-01-02")
        yield Stage(world, url, directory / "clock", nursery)


def add_people(world: World) -> None:
    for product, nav in (("FUND", "10"), ("BOND", "20")):
        builders.add_product(world.connection, product, exit_load_percent=1, exit_load_days=30, min_redemption=100)
        builders.add_navs(world.connection, product, "2023-12-01", "2025-12-31", nav)
    for client in ("C1", "C2", "C3"):
        builders.add_client(world.connection, client, cash="1000000.00")
    for day in ("2023-06-01", "2023-12-15"):
        builders.add_lot(world.connection, "FUND", "50000", "400000.00", day, "C3")
