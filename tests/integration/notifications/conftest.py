"""What these tests start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import builders
from tests.post_office import PostOffice, furnish
from tests.worlds import world

__all__ = ["office", "world"]


@pytest.fixture
def office(database_url: str) -> Iterator[PostOffice]:
    """Monday noon in Kolkata; whatever a test does, no channel has taken anything twice."""
    with builders.world(database_url, "2026-01-05 12:00") as made:
        furnish(made.connection)
        office = PostOffice(made)
        yield office
        assert [count for channel in office.channels.values() for count in channel.ledger.values() if count > 1] == []
