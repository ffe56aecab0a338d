"""The application, put together: the same one behind API Gateway and on localhost."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import (
    audit,
    auto_invest,
    clients,
    controls,
    executions,
    goals,
    health,
    holdings,
    manual,
    notification_logs,
    notification_preferences,
    notification_previews,
    notification_settings,
    notifications,
    problems,
    products,
    rebalancing,
    rebalancing_executions,
    scheduler,
    trigger_orders,
)
from api.edge import Edge
from api.openapi import documented
from api.repeats import Repeats
from api.services import Services

_ABOUT = """\
Rules that invest, rebalance and trade on clients' portfolios. Send `Authorization: Bearer <access token>`.

Money, units and prices are decimal strings, instants RFC 3339 in UTC. Every error is a problem (RFC 9457) with a
`code` and the next step. What is somebody else's answers as what does not exist."""

_ROUTES: Final = (
    health,
    scheduler,
    manual,
    controls,
    auto_invest,
    trigger_orders,
    rebalancing,
    rebalancing_executions,
    executions,
    audit,
    notification_preferences,
    notification_settings,
    notification_logs,
    notification_previews,
    notifications,
    clients,
    goals,
    holdings,
    products,
)


def create(services: Services) -> FastAPI:
    """The application on what it needs; nothing is opened before a request comes."""
    app = FastAPI(
        title="Automation",
        version="1",
        description=_ABOUT,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.methods = _methods()
    for routes in _ROUTES:
        app.include_router(routes.router)
    problems.register(app)
    app.add_middleware(Repeats, services=services)
    app.add_middleware(Edge, measure=services.measure)
    documented(app)
    return app


def _methods() -> dict[str, set[str]]:
    """What each path answers to: a route knows its own method alone."""
    found: dict[str, set[str]] = {}
    for routes in _ROUTES:
        for route in routes.router.routes:
            if isinstance(route, APIRoute):
                found.setdefault(route.path, set()).update(route.methods or ())
    return found
