"""A stage for faults, with the program that runs processes on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults.processes import Nursery
from tests.e2e.faults.stages import Stage, staged


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """The program that forks children."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def stage(database_url: str, tmp_path: Path, nursery: Nursery, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A stage whose batches have the size that the test asks for."""
    with staged(database_url, tmp_path, nursery, request.param) as stage:
        yield stage
