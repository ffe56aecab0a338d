"""A scope as the database is told of it: the API's role, and the settings that the policies of its tables read."""

from __future__ import annotations

from typing import Final

from automation.database import Persona
from automation.identity.permissions import Scope

ROLE: Final = "automation_api"


def persona(scope: Scope) -> Persona:
    """As whom the API reads and writes within a scope."""
    settings = {
        "app.everyone": "true" if scope.everyone else "false",
        "app.own": scope.own or "",
        "app.managed": scope.managed or "",
    }
    return Persona(ROLE, tuple(settings.items()))
