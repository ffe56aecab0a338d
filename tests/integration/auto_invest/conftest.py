"""What these tests start from."""

from __future__ import annotations

from tests.worlds import world

__all__ = ["world"]
