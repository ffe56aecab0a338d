"""Bring the schema up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automation.database import connect, dsn
from automation.migrations.apply import migrate
from automation.settings import Settings


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Apply the numbered SQL files that are not applied yet; answer with their names."""
    settings = Settings.from_environment()
    with connect(dsn(settings)) as connection:
        return {"applied": migrate(connection, Path(settings.migrations_directory))}
