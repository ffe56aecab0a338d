"""The whole API tried out from the document that it gives of itself: good and bad requests, and chains of them.

Schemathesis sends them over HTTP, and fails on a server error, an answer that the document does not have or that is
not as it says, bad data that is taken, and a token that is not asked for. Every route is in the document, so each is
tried.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import DataObject, booleans, data, permutations, sampled_from
from schemathesis import Config, openapi

from api.app import create
from api.services import Services
from automation import identifiers
from automation.clock import SettableClock
from automation.database import Connection
from automation.runtime import Runtime, assemble
from automation.settings import Settings
from infra.local import issuer
from infra.local.http_server import served
from infra.local.issuer import Asgi, Issuer
from tests.estates import REBALANCING, add_executed
from tests.functions.api.conftest import As
from tests.functions.api.test_frame import operations

BASE = "/api/automation"
HERE = Path(__file__).parent
TOOL = "from schemathesis.cli import schemathesis; schemathesis()"
# What the document alone decides is covered once, and is as it is whoever calls.
CALLERS = [("olga", "operations", "coverage,fuzzing,stateful"), ("ravi", "rm", "fuzzing,stateful"),
           ("asha", "client", "fuzzing,stateful")]  # fmt: skip
KINDS = [f"{BASE}/{kind}" for kind in ("auto-invest", "trigger-orders", "rebalancing")]
Heard = Counter[tuple[str, str, int]]
pytestmark = pytest.mark.usefixtures("people", "funds", "things")


@pytest.fixture
def opened(settings: Settings, clock: SettableClock) -> Iterator[Callable[[], AbstractContextManager[Runtime]]]:
    """One runtime for all requests, which come one after another: most of their time would be connecting."""
    runtime, turn = assemble(settings, clock=clock, poke=lambda *_: None, invoke=lambda *_: None), threading.Lock()

    @contextmanager
    def opened() -> Iterator[Runtime]:
        with turn:
            yield runtime

    with runtime.database:
        yield opened


@pytest.fixture
def heard() -> Heard:
    """How often each method of each route gave which status."""
    return Counter()


@pytest.fixture
def address(services: Services, signer: Issuer, heard: Heard) -> Iterator[str]:
    """Where the API answers, and is listened to."""
    with served(issuer.published(_listened(create(services), heard), signer), 0) as address:
        yield address


def _listened(app: Asgi, heard: Heard) -> Asgi:
    async def listened(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "")
                heard[scope["method"], route, message["status"]] += 1
            await send(message)

        await app(scope, receive, told)

    return listened


@pytest.fixture
def things(acting: As, connection: Connection) -> None:
    """An execution, an order and a proposal of each client."""
    for user, client in (("asha", "C1"), ("bela", "C2")):
        made = acting(user, "client")("POST", f"{BASE}/rebalancing", REBALANCING | {"client": client})
        add_executed(connection, client, "done", identifiers.read("REBAL", made.body["id"]))


@pytest.mark.parametrize(("user", "role", "phases"), CALLERS)
def test_every_route_keeps_to_the_document(
    user: str,
    role: str,
    phases: str,
    address: str,
    token: Callable[..., str],
    services: Services,
    heard: Heard,
    tmp_path: Path,
) -> None:
    heard.clear()
    done = subprocess.run(
        [sys.executable, "-c", TOOL, "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json",
         "--phases", f"examples,{phases}", "--header", f"Authorization: Bearer {token(user, role)}", "--no-color"],
        cwd=tmp_path, env=os.environ | {"NO_PROXY": "localhost"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tried = {f"{method.lower()} {route}" for method, route, _ in heard}
    assert {name for name, _ in operations(services)} - tried == set()


@pytest.mark.parametrize("user", [("asha", "client"), ("ravi", "rm"), ("olga", "operations")])
def test_what_is_made_keeps_to_the_document_whatever_becomes_of_it(
    user: tuple[str, str], address: str, token: Callable[..., str], heard: Heard
) -> None:
    schema = openapi.from_url(f"{address}/openapi.json", config=Config.from_path(HERE / "schemathesis.toml"))
    headers = {"Authorization": f"Bearer {token(*user)}"}

    @settings(max_examples=24, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=data())
    def lives(data: DataObject) -> None:
        kind = data.draw(sampled_from(KINDS))
        made = schema[kind]["POST"]
        answer = made.Case(body=_example(made), media_type="application/json").call_and_validate(headers=headers)
        assert answer.status_code == 201
        steps = [step for path in schema if path.startswith(f"{kind}/{{id}}") for step in schema[path].values()]
        life, afterwards = data.draw(permutations(steps * 2)), data.draw(permutations(steps))[:3]
        for step in [*sorted(life, key=_ends), *afterwards]:
            case = data.draw(step.as_strategy())
            if _example(step) and data.draw(booleans()):
                case.body, case.media_type = _example(step), "application/json"
            case.path_parameters = {"id": answer.json()["id"]}
            case.call_and_validate(headers=headers | ({"If-Match": "*"} if step.method == "patch" else {}))

    lives()
    assert _expected() - set(heard) == set()


def _example(operation: Any) -> Any:
    """The body that the document shows, None where it shows none."""
    return operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")


def _ends(operation: Any) -> bool:
    return bool(operation.method == "delete" or operation.path.endswith("/cancel"))


def _expected() -> set[tuple[str, str, int]]:
    """What has become of some of each kind: else what is tried out is nothing but refusals."""
    life = [("GET", "", 200), ("POST", "/pause", 200), ("POST", "/resume", 200), ("GET", "/why", 200),
            ("GET", "/history", 200), ("DELETE", "", 200)]  # fmt: skip
    return {(method, f"{kind}/{{id}}{verb}", status) for kind in KINDS for method, verb, status in life}
