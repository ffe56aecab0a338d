"""A provider of our own to be broken: it answers as it is told, or not at all, and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

NEVER: Final = "never"
HALF: Final = "half"
CUT: Final = "cut"
XML: Final = "text/xml"
JSON: Final = "application/json"


@dataclass
class Answer:
    """A status, its body and headers; or a manner: NEVER, HALF of the body, CUT before any of it."""

    status: int = 200
    body: str = ""
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: str = ""


@dataclass
class Provider:
    """What is answered next, and the (path, body) of every request that came."""

    url: str = ""
    answer: Answer = field(default_factory=Answer)
    asked: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    """Lets as many connect at once as a test likes."""

    daemon_threads = True
    request_queue_size = 64


@contextmanager
def running() -> Iterator[Provider]:
    """A provider on a port of its own, until the test is over."""
    provider = Provider()

    class Handler(_Handler):
        told = provider

    server = _Server(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        provider.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    told: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.told.asked.append((self.path, asked))
        answer = self.told.answer
        if answer.manner == NEVER:
            self.told.over.wait(30)
        if answer.manner in (NEVER, CUT):
            self.close_connection = True
            return
        self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.manner == HALF:
            body, self.close_connection = body[: len(body) // 2], True
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output quiet."""
