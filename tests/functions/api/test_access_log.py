"""What is told of a request, in the log and for CloudWatch: where it went and how it ended, never what was said."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import api.handler
from api.services import Services
from automation import observability
from automation.observability import Answered
from infra.local.invoke import context_of
from infra.local.template import function
from tests.estates import RULE
from tests.functions.api.conftest import Api, As
from tests.functions.api.test_gateway import loop

__all__ = ["loop"]
BASE = "/api/automation/auto-invest"
# Whatever of these is found in a log has come from a token, a header, a path, a query, a body, or the database.
SECRETS = ("asha@example.com", "9876543210", "Asha Sharma", "ABCDE1234F", "C1-secret", "why-not", "eyJ")
OFF = "uvicorn.access"
FIELDS = {"request_id", "method", "route", "roles", "status", "milliseconds"}
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """All that was logged by anybody, every field of it; uvicorn's own lines are off, and reach pytest alone."""
    caplog.set_level(logging.INFO)

    def lines() -> list[dict[str, Any]]:
        for _ in range(200):  # a request is told of when it is over: its caller has the answer a moment before
            found = [vars(record) | {"text": record.getMessage()} for record in caplog.records if record.name != OFF]
            if told(found):
                return found
            time.sleep(0.05)
        raise AssertionError("nothing was told of any request")

    return lines


def own(line: dict[str, Any]) -> dict[str, Any]:
    """What a line says beyond what every line says."""
    plain = vars(logging.LogRecord("", 0, "", 0, "", (), None))
    return {name: value for name, value in line.items() if name not in plain and name not in ("text", "message")}


def told(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [own(line) for line in lines if line["text"] == "request answered"]


def is_silent(lines: list[dict[str, Any]]) -> bool:
    """Whether nothing of what is nobody's business is in any line."""
    everything = repr(lines).lower()
    return not any(secret.lower() in everything for secret in SECRETS)


def test_a_request_is_one_line_of_listed_fields(acting: As, lines: Callable[[], list[dict[str, Any]]]) -> None:
    acting("asha", "client")("GET", f"{BASE}/AUTO-1", x_request_id="order-17")
    (line,) = told(lines())
    assert set(line) == FIELDS
    assert line.pop("milliseconds") > 0
    assert line == {
        "request_id": "order-17",
        "method": "GET",
        "route": f"{BASE}/{{id}}",
        "roles": "client",
        "status": 404,
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{BASE}?client_id=C1-secret&cursor=why-not", None),
        ("GET", f"{BASE}?asha@example.com=9876543210", None),
        ("GET", f"{BASE}/asha@example.com", None),
        ("GET", "/asha@example.com/9876543210", None),
        ("ASHA", "/health/live", None),
        ("POST", BASE, {"client": "asha@example.com", "name": "Asha Sharma"}),
        ("POST", BASE, RULE | {"name": "Asha Sharma, ABCDE1234F, 9876543210"}),
        ("POST", BASE, RULE | {"Asha Sharma": "asha@example.com"}),
        ("POST", BASE, b'{"name": "Asha Sharma'),
        ("POST", f"{BASE}/AUTO-1/pause", {"reason": "Asha Sharma asked, 9876543210"}),
    ],
)
def test_nothing_of_what_was_sent_is_logged(
    method: str, path: str, body: Any, acting: As, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    sent = {"x_request_id": "asha@example.com", "user_agent": "Asha Sharma", "referer": "https://x/9876543210"}
    acting("asha", "client")(method, path, body, idempotency_key="9876543210", **sent)
    assert len(told(lines())) == 1
    assert is_silent(lines())


def test_a_token_that_is_not_accepted_is_not_logged(
    address: str, token: Callable[..., str], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    assert Api(address, token("asha@example.com", "client")[:-4])("GET", BASE).status == 401
    (line,) = told(lines())
    assert (line["roles"], line["status"]) == ("none", 401)
    assert is_silent(lines())


def test_an_error_of_our_own_is_logged_with_its_kind_and_place_but_not_its_text(
    acting: As, services: Services, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    def broken(now: object) -> None:
        raise psycopg.DataError("DETAIL: Key (email)=(asha@example.com) already exists.")

    object.__setattr__(services, "plans", broken)
    assert acting("olga", "operations")("GET", "/api/automation/scheduler/status").status == 500
    (failed,) = (own(line) for line in lines() if line["text"] == "request failed")
    assert (failed["error"], set(failed)) == ("DataError", {"request_id", "error", "at"})
    assert failed["at"][-1].startswith("test_access_log.py:")
    assert told(lines())[0]["request_id"] == failed["request_id"]
    assert is_silent(lines())


@pytest.mark.usefixtures("loop")
def test_behind_api_gateway_nobody_else_tells_of_the_request_either(
    event: Callable[[str], dict[str, Any]],
    lines: Callable[[], list[dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Automation")
    sent = event("api") | {"rawPath": f"{BASE}/C1-secret", "rawQueryString": "client_id=asha@example.com"}
    sent["requestContext"]["http"]["path"] = sent["rawPath"]
    api.handler._app.cache_clear()
    answer = api.handler.handler(sent, context_of(function("api")))
    api.handler._app.cache_clear()
    assert (answer["statusCode"], len(told(lines()))) == (503, 1)
    assert is_silent(lines())
    (measured,) = (line for line in capsys.readouterr().out.splitlines() if "_aws" in line)
    assert (json.loads(measured)["route"], is_silent([{"line": measured}])) == (f"GET {BASE}/{{id}}", True)


def test_a_deployed_function_measures_by_route_and_class_of_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Automation")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "automation")
    answers = [(200, 12.5), (503, 3.0)]
    for status, took in answers:
        observability.request_measured(Answered("order-17", "GET", f"{BASE}/{{id}}", "client", status, took))
    measured = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["status"], each["latency"], each["server_errors"]) for each in measured] == [
        ("2xx", [12.5], [0.0]),
        ("5xx", [3.0], [1.0]),
    ]
    for each in measured:
        (directive,) = each.pop("_aws")["CloudWatchMetrics"]
        assert directive["Namespace"] == "Automation"
        assert directive["Dimensions"] == [["route", "status", "service"]]
        assert set(each) == {"route", "status", "service", "requests", "latency", "server_errors"}
        assert each["route"] == f"GET {BASE}/{{id}}"


def test_only_what_is_deployed_is_measured(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Services.from_environment().measure is observability.request_measured
    assert services.measure is not observability.request_measured
