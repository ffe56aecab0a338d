"""What these tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import builders
from tests.builders import World
from tests.trigger_floor import Floor
from tests.worlds import world

__all__ = ["floor", "world"]


@pytest.fixture
def floor(world: World, tmp_path: Path) -> Floor:
    """EQ was at 100 on Friday; C1 holds 500 units of it, and 100,000 in cash."""
    builders.add_product(world.connection, "EQ", min_redemption=100)
    builders.add_lot(world.connection, "EQ", "500", "40000.00", "2023-06-01")
    floor = Floor(world, tmp_path / "prices.csv")
    floor.price("100", "2024-01-05")
    world.clock.instant = builders.at("2024-01-08 10:00")
    return floor
