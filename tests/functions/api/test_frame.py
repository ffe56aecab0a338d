"""What holds for every route: problems, request ids, the documents, health."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from api import problems
from api.app import create
from api.services import Services
from automation.errors import AutomationError, ConfigurationError, DatabaseUnavailable
from tests.functions.api.conftest import As

STATUS = "/api/automation/scheduler/status"


def test_the_process_is_live_and_ready_for_everybody(acting: As) -> None:
    assert acting()("GET", "/health/live").body == {"status": "live"}
    assert acting()("GET", "/health/ready").body == {"status": "ready"}


def test_without_its_database_it_is_live_and_not_ready(acting: As, services: Services, monkeypatch: Any) -> None:
    def gone() -> None:
        raise DatabaseUnavailable("the database went away", hint="look at its log")

    object.__setattr__(services, "opened", gone)
    assert acting()("GET", "/health/live").status == 200
    answer = acting()("GET", "/health/ready")
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "database_unavailable", "5")


def test_every_error_is_a_problem_with_a_code_a_next_step_and_the_requests_id(acting: As) -> None:
    answer = acting()("GET", STATUS)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert set(answer.body) == {"type", "title", "status", "detail", "code", "next_step", "request_id", "errors"}
    assert answer.body["type"] == "urn:automation:problem:unauthenticated"
    assert answer.body["next_step"].startswith("sign in again")
    assert answer.body["request_id"] == answer.headers["x-request-id"]


def test_a_callers_own_request_id_is_kept_where_it_is_harmless(acting: As) -> None:
    assert acting()("GET", "/health/live", x_request_id="order-17.4").headers["x-request-id"] == "order-17.4"
    assert acting()("GET", "/health/live", x_request_id="a b<c>").headers["x-request-id"] != "a b<c>"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/health/live/", 404), ("DELETE", "/health/live", 405)],
)
def test_what_no_route_answers_is_a_problem_too(method: str, path: str, status: int, acting: As) -> None:
    answer = acting()(method, path)
    assert (answer.status, answer.body["status"]) == (status, status)
    assert answer.body["code"] == HTTPStatus(status).phrase.lower().replace(" ", "_")


def test_a_wrong_method_is_told_all_of_its_paths_right_ones(acting: As) -> None:
    answer = acting()("PUT", "/api/automation/auto-invest/AUTO-1")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")
    assert acting()("DELETE", "/api/automation/controls/stop").headers["allow"] == "POST"


def test_an_error_of_our_own_tells_nothing_but_where_to_find_it(
    acting: As, services: Services, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(now: object) -> None:
        raise ConfigurationError("the password is secret")

    object.__setattr__(services, "plans", broken)
    answer = acting("olga", "operations")("GET", STATUS)
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert "secret" not in json.dumps(answer.body)


def test_nothing_is_kept_by_caches_or_guessed_by_browsers(acting: As) -> None:
    headers = acting()("GET", "/health/live").headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_the_interactive_documents_are_there(acting: As) -> None:
    document = acting()("GET", "/openapi.json").body
    assert document["openapi"].startswith("3.1")
    assert "Problem" in document["components"]["schemas"]


def operations(services: Services) -> list[tuple[str, dict[str, Any]]]:
    paths = create(services).openapi()["paths"]
    return [(f"{method} {path}", each) for path, found in paths.items() for method, each in found.items()]


def test_every_operation_says_all_that_it_may_answer(services: Services) -> None:
    for name, operation in operations(services):
        always = {"400", "500", "503"} | ({"401", "403"} if operation.get("security") else set())
        assert always <= set(operation["responses"]), name
        assert "{" not in name or "404" in operation["responses"], name
        assert operation["description"], name


def test_everything_but_health_wants_a_token(services: Services) -> None:
    open_to_all = [name for name, operation in operations(services) if not operation.get("security")]
    assert open_to_all == ["get /health/live", "get /health/ready"]


def kinds(kind: type[AutomationError]) -> list[type[AutomationError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in kinds(child))]


def test_every_error_of_ours_has_a_status() -> None:
    found: Callable[[type[AutomationError]], HTTPStatus] = lambda kind: problems.status_of(kind.__new__(kind))  # noqa: E731
    ours = {kind.code: int(found(kind)) for kind in kinds(AutomationError) if kind.__module__ == "automation.errors"}
    assert ours == {
        "error": 500,
        "invalid_input": 400,
        "not_found": 404,
        "conflict": 409,
        "changed": 412,
        "too_many_requests": 429,
        "in_flight": 409,
        "idempotency_key_reused": 422,
        "precondition_required": 428,
        "unauthenticated": 401,
        "forbidden": 403,
        "identity_unavailable": 503,
        "configuration": 500,
        "data_refused": 400,
        "database_unavailable": 503,
        "feed_unavailable": 503,
        "migration": 500,
    }


@pytest.mark.parametrize(
    ("field", "pointer"),
    [("allocations[1].percent", "#/allocations/1/percent"), ("amount", "#/amount"), ("body", "#")],
)
def test_a_field_is_pointed_to(field: str, pointer: str) -> None:
    assert problems.pointer_to(field) == pointer
