"""What a message tells."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID


class Told(NamedTuple):
    """What a message tells: an event and what it is about, as that is when it is read."""

    event: str
    source_id: UUID
    facts: Mapping[str, Any]
    amount: Decimal | None = None
    products: frozenset[str] = frozenset()
