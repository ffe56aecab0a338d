"""A mock of AWS over real HTTP, and the account by which it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from moto.server import ThreadedMotoServer

REGION: Final = "ap-south-1"


@contextmanager
def mocked() -> Iterator[str]:
    """Its services, until the block ends; where they answer."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def signed_in(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> None:
    """Whatever asks AWS asks this address, by nobody's account."""
    variables = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    for name, value in (variables | more).items():
        monkeypatch.setenv(name, value)
