"""Whether the process lives, and whether it can serve: for load balancers, and open to all."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.services import services_of

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: Literal["live", "ready"]


@router.get("/live")
def live() -> Health:
    """The process answers; nothing else is looked at."""
    return Health(status="live")


@router.get("/ready")
def ready(request: Request) -> Health:
    """The database answers as well; 503 where it does not."""
    with services_of(request).within() as runtime:
        runtime.database.transaction(runtime.clock.now)
    return Health(status="ready")
