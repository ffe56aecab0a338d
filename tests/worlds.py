"""The world that most tests of the engines start from, as a fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from automation.engine.replay import replay
from tests import builders
from tests.builders import World
from tests.oracle import check


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Client C1 with 100,000 and FUND at 10.0000. Whatever a test does, afterwards the invariants hold."""
    with builders.world(database_url) as world:
        builders.add_client(world.connection)
        builders.add_product(world.connection)
        builders.add_navs(world.connection, "FUND", "2023-06-01", "2025-03-31", "10")
        yield world
        check(world.connection, world.clock.instant, world.ledger)
        assert replay(world.runtime).differences == []
