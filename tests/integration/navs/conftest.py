"""The desk where NAV files come in, on 5 January 2024, a Friday, in the evening."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import builders
from tests.navs import Desk


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """FUND has a NAV of 10 on every weekday of December 2023."""
    with builders.world(database_url, "2024-01-05 21:00") as world:
        builders.add_product(world.connection)
        builders.add_navs(world.connection, "FUND", "2023-12-01", "2023-12-31", "10")
        yield Desk(world, tmp_path / "NAVAll.txt")
