"""The API on a fresh database, over real HTTP or as API Gateway calls it, and tokens of a real issuer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3

from api.app import create
from api.services import Services
from automation.clock import SettableClock
from automation.database import Connection
from automation.engine.status import plans
from automation.identity.keys import Keys
from automation.runtime import Runtime, assemble
from automation.settings import Settings, Trust
from infra.local import issuer
from infra.local.http_server import served
from infra.local.issuer import Issuer
from infra.local.stack import AUDIENCE, ISSUER
from tests.builders import add, add_lot, at
from tests.estates import add_market

TRUST = Trust(ISSUER, (AUDIENCE,))
HOUR = timedelta(hours=1)
SCHEDULES = {"auto_invest": "rate(15 minutes)", "orders": "rate(5 minutes)", "notifications": "rate(5 minutes)",
             "navs": "cron(0 18 * * ? *) Asia/Kolkata"}  # fmt: skip


class Answer(NamedTuple):
    """What a request came to; `body` is what its JSON says."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Api:
    """A client of the API, with the token of one user."""

    def __init__(self, address: str, token: str | None) -> None:
        self._address = address
        self._token = token

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a request; a body is sent as JSON, headers are named as in if_match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._token is not None:
            sent.setdefault("authorization", f"Bearer {self._token}")
        if body is not None:
            sent.setdefault("content-type", "application/json")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        response = urllib3.request(method, self._address + path, body=data, headers=sent, retries=False, redirect=False)
        return Answer(response.status, response.headers, response.json() if response.data else None)


As = Callable[..., Api]


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """The issuer that the API trusts."""
    return issuer.opened(Path(tmp_path_factory.mktemp("issuer")))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(at("2026-01-05 10:00"))


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, trust=TRUST, schedules=SCHEDULES)


@pytest.fixture
def pokes() -> list[tuple[str, datetime]]:
    return []


@pytest.fixture
def invoked() -> list[tuple[str, Mapping[str, Any]]]:
    """What functions were invoked, with their events."""
    return []


@pytest.fixture
def opened(
    settings: Settings,
    clock: SettableClock,
    pokes: list[tuple[str, datetime]],
    invoked: list[tuple[str, Mapping[str, Any]]],
) -> Callable[[], AbstractContextManager[Runtime]]:
    """A runtime for each request, as a deployed function has it."""

    @contextmanager
    def opened() -> Iterator[Runtime]:
        runtime = assemble(
            settings,
            clock=clock,
            poke=lambda job, at: pokes.append((job, at)),
            invoke=lambda job, event: invoked.append((job, event)),
        )
        with runtime.database:
            yield runtime

    return opened


@pytest.fixture
def services(settings: Settings, signer: Issuer, opened: Callable[[], AbstractContextManager[Runtime]]) -> Services:
    return Services(opened, lambda now: plans(settings, now), TRUST, Keys(ISSUER, signer.fetched))


@pytest.fixture
def address(services: Services, signer: Issuer) -> Iterator[str]:
    """Where the API answers, with its issuer beside it."""
    with served(issuer.published(create(services), signer), 0) as address:
        yield address


@pytest.fixture
def token(signer: Issuer) -> Callable[..., str]:
    """Makes a token for a user with these roles."""
    return lambda user, *roles: signer.token(user, roles, datetime.now(UTC), HOUR, TRUST)


@pytest.fixture
def acting(address: str, token: Callable[..., str]) -> As:
    """The API as a user with these roles uses it; without a user, as somebody without a token."""
    return lambda user=None, *roles: Api(address, token(user, *roles) if user else None)


@pytest.fixture
def people(connection: Connection) -> None:
    """Two clients with users of their own, and the manager of the first."""
    for user, role in (("asha", "client"), ("bela", "client"), ("ravi", "rm"), ("sita", "rm")):
        add(connection, "users", id=user, name=user.title(), role=role)
    for client, user, manager in (("C1", "asha", "ravi"), ("C2", "bela", "sita")):
        row = {"user_id": user, "rm_user_id": manager, "kyc_status": "Verified", "cash_balance": 50_000}
        add(connection, "clients", id=client, name=user.title(), **row)


@pytest.fixture
def funds(connection: Connection) -> None:
    """A product of equity and one of debt."""
    add_market(connection)


@pytest.fixture
def held(connection: Connection, people: None, funds: None) -> None:
    """The first client has 500 units of FUND at 10, the second 70 of BOND."""
    add_lot(connection, "FUND", "500", "4000.00", "2025-06-01")
    add_lot(connection, "BOND", "70", "700.00", "2025-06-01", client="C2")
