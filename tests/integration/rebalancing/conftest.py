"""What these tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import World
from tests.rebalancing_floor import Floor, furnish
from tests.worlds import world

__all__ = ["floor", "world"]


@pytest.fixture
def floor(world: World, tmp_path: Path) -> Floor:
    """C1 holds 60 percent of EQ and 40 of DEBT, 100,000 in all, and as much in cash."""
    return furnish(Floor(world, tmp_path / "prices.csv"))
