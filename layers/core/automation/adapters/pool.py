"""A pool of HTTP connections that are closed at an instant, whatever the server is doing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


@contextmanager
def closed_after(seconds: float) -> Iterator[PoolManager]:
    """A pool whose connections end after so many seconds, for its reader as if the server had gone.

    A time-out bounds one read: a server that drips its headers byte by byte never meets it.
    """
    opened: list[HTTPConnection] = []

    class Plain(HTTPConnection):
        def connect(self) -> None:
            opened.append(self)
            super().connect()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            opened.append(self)
            super().connect()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    def close() -> None:
        for connection in opened:
            if (connected := connection.sock) is not None:
                with suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, close)
    timer.daemon = True
    timer.start()
    try:
        with PoolManager() as pool:
            pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
            yield pool
    finally:
        timer.cancel()
