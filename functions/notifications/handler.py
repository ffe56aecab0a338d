"""Tell people what has happened, by the channels that they want."""

from __future__ import annotations

from typing import Any

from automation.engine.notifications import JOB
from automation.engine.run import Context, run
from automation.runtime import opened


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answer a tick with the run's id, counts and whether work is left."""
    with opened() as runtime:
        return run(JOB, event, context, runtime)
