"""The API on this machine: the application of the deployed function, served over HTTP beside the schedules."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final

import uvicorn

from api.app import create
from api.services import Services
from automation.adapters import documents
from automation.errors import ConfigurationError
from automation.identity.keys import Keys
from automation.runtime import Runtime
from automation.status.facts import Plan
from infra.local import issuer, schedules
from infra.local.issuer import Asgi
from infra.local.schedules import Planned
from infra.local.stack import ISSUER, Stack, local_directory

PORT: Final = "AUTOMATION_API_PORT"
HOST: Final = "127.0.0.1"
_DEFAULT: Final = "3000"
_LAST: Final = 65_535
_PATIENCE: Final = 5


def port_of(values: Mapping[str, str]) -> int:
    """The port to listen on, 0 for any free one; ConfigurationError where the variable is no port."""
    text = values.get(PORT, "").strip() or _DEFAULT
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= _LAST):
        raise ConfigurationError(
            f"{PORT} is {text!r}, not a port", hint="use one from 1 to 65535, or 0 for any free one"
        )
    return int(text)


def application(
    stack: Stack, planned: Sequence[Planned], opened: Callable[[], AbstractContextManager[Runtime]], *, enabled: bool
) -> Asgi:
    """The API on a stack's database, judged by these schedules; `opened` gives a runtime for each request.

    Where the settings name no other, the development issuer is trusted, and answers on the same server.
    """
    trust = stack.settings.trust
    made = issuer.opened(local_directory() / "issuer") if trust.issuer == ISSUER else None
    keys = Keys(trust.issuer, made.fetched if made else documents.fetched)

    def plans(now: datetime) -> list[Plan]:
        return [schedules.plan(each, now)._replace(enabled=enabled) for each in planned]

    app = create(Services(opened, plans, trust, keys))
    return issuer.published(app, made) if made else app


@contextmanager
def served(app: Asgi, port: int) -> Iterator[str]:
    """Serve an application in threads of its own inside the block; its address. ConfigurationError: a port in use."""
    with _listening(port) as listener:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_PATIENCE
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http", daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(2 * _PATIENCE)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise ConfigurationError(
            f"port {port} of {HOST} can't be listened on: {error.strerror}",
            hint=f"end what uses it, or name another: automation serve --port 3001, or {PORT}=3001",
        ) from error
