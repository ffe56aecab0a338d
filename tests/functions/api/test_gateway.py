"""Events of API Gateway, format 2.0, answered by the function as the local server answers requests."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import api.handler
from api.app import create
from api.services import Services
from infra.local.invoke import Context, context_of
from infra.local.template import function
from tests.functions.api.conftest import Api

STATUS = "/api/automation/scheduler/status"
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def context() -> Context:
    return context_of(function("api"))


@pytest.fixture
def send(
    event: Callable[[str], dict[str, Any]],
    services: Services,
    context: Context,
    token: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> Send:
    """Calls the handler with its sample event, changed: path, method, body, headers, stage."""
    app = create(services)
    monkeypatch.setattr(api.handler, "_app", lambda: app)

    def send(path: str = STATUS, method: str = "GET", stage: str = "$default", **changes: Any) -> dict[str, Any]:
        sent = event("api")
        sent["rawPath"] = path if stage == "$default" else f"/{stage}{path}"
        sent["requestContext"]["stage"] = stage
        sent["requestContext"]["http"] |= {"method": method, "path": sent["rawPath"]}
        sent["headers"]["authorization"] = f"Bearer {token('olga', 'operations')}"
        sent["headers"] |= changes.pop("headers", {})
        return api.handler.handler(sent | changes, context)

    return send


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Mangum takes the thread's own event loop, which a Lambda keeps from one invocation to the next."""
    import asyncio

    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def test_the_sample_event_is_answered(send: Send) -> None:
    answer = send()
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["content-type"] == "application/json"
    assert answer["headers"]["x-request-id"] == "WqZJ8hVtBcwEMzQ="


def test_a_named_stage_is_no_part_of_the_path(send: Send) -> None:
    assert send(stage="prod")["statusCode"] == 200
    assert send("/health/live", stage="v1")["statusCode"] == 200


def test_claims_that_come_with_the_event_prove_nothing(send: Send) -> None:
    assert send(headers={"authorization": "Bearer an.access.token"})["statusCode"] == 401


def test_query_and_multi_value_headers_arrive(send: Send) -> None:
    path = "/api/automation/scheduler/runs"
    assert (
        send(path, rawQueryString="limit=2&job=orders", headers={"accept": "a/b,application/json"})["statusCode"] == 200
    )
    assert send(path, rawQueryString="limit=2&limit=500")["statusCode"] == 400
    assert send(path, rawQueryString="job=%00")["statusCode"] == 400


def test_a_body_in_base64_arrives(send: Send) -> None:
    sent = send("/health/live", "POST", body=base64.b64encode(b"{}").decode(), isBase64Encoded=True)
    assert sent["statusCode"] == 405


def test_the_function_answers_as_the_local_server_does(send: Send, address: str, token: Callable[..., str]) -> None:
    server = Api(address, token("olga", "operations"))
    for path in (STATUS, "/health/ready", "/api/automation/scheduler/runs/x", "/nowhere"):
        local, lambda_ = server("GET", path), send(path)
        assert local.status == lambda_["statusCode"]
        assert local.headers["content-type"] == lambda_["headers"]["content-type"]
        assert set(local.headers) - {"date", "server"} == set(lambda_["headers"])


def test_it_opens_what_its_environment_names(
    event: Callable[[str], dict[str, Any]], database_url: str, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    api.handler._app.cache_clear()
    sent = event("api")
    sent["rawPath"] = sent["requestContext"]["http"]["path"] = "/health/ready"
    assert api.handler.handler(sent, context)["statusCode"] == 200
    api.handler._app.cache_clear()
