"""A real HTTP server whose answers a test lines up; the last one stays."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the server sends. `announced` is a Content-Length other than the body's, `drip` a pause between bytes.

    `head` comes before anything else.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    hang: float = 0
    drip: float = 0
    head: bytes = b""


@dataclass
class Site:
    """A server, what it answers, and what it was asked."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving() -> Iterator[Site]:
    """A server on a free port of this machine."""
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            _send(self, site.next())

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    time.sleep(answer.hang)
    if not _written(handler, answer.head, answer.drip):
        return
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.body) if answer.announced is None else answer.announced))
    handler.end_headers()
    _written(handler, answer.body, answer.drip)


def _written(handler: BaseHTTPRequestHandler, text: bytes, drip: float) -> bool:
    """Write it, byte by byte where it drips; False where the client has heard enough."""
    try:
        for piece in [text[at : at + 1] for at in range(len(text))] if drip else [text]:
            handler.wfile.write(piece)
            time.sleep(drip)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True
