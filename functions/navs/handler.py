"""Read NAVs into the history."""

from __future__ import annotations

from typing import Any

from automation.engine import navs
from automation.engine.run import Context
from automation.runtime import opened


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Load the file that the event or the settings name; the rest of the event is a tick."""
    with opened() as runtime:
        return navs.load(event, context, runtime)
