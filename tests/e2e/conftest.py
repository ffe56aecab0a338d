"""Simulations on the session's own PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.postgres import Server
from infra.local.simulation import scenario
from infra.local.simulation.outcome import Outcome
from infra.local.simulation.simulate import simulate
from tests.e2e.independent import DATA

Simulate = Callable[[dict[str, Any]], Outcome]


@pytest.fixture(scope="session")
def simulated(server: Server) -> Simulate:
    """Plays a scenario whose NAV files are the tests' own."""
    return lambda content: simulate(scenario.parse(content), DATA, server.url())
