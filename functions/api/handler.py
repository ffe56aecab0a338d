"""Answer HTTP requests of API Gateway."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from mangum import Mangum

from api.app import create
from api.services import Services
from automation import observability


@cache
def _app() -> FastAPI:
    observability.mute("mangum")
    return create(Services.from_environment())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one event of format 2.0; the stage's name is no part of our paths."""
    base = "/" + event["requestContext"]["stage"].removeprefix("$default")
    return Mangum(_app(), lifespan="off", api_gateway_base_path=base)(event, context)
