"""Reading over HTTP: the API against bare routes that ask the database the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from urllib3 import HTTPConnectionPool, connection_from_url

from tests.benchmarks import filling
from tests.benchmarks.api_server import PATH
from tests.benchmarks.measuring import Sample, interleaved, ratio, timed
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show

LIST: Final = f"{PATH}?limit=50"
Get = Callable[[str], bytes]


def reading(url: str, plan: Plan) -> list[Row]:
    """Both sides in turn, each over one connection that is kept, after a round that counts for nothing."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        sides = {side: stack.enter_context(_served(side, url, home)) for side in ("ours", "bare")}
        items = json.loads(sides["bare"](LIST))["items"]
        asked = {"read one rule": f"{PATH}/{items[0]['id']}", "list 50 rules": LIST}
        return [_compared(what, sides, path, plan) for what, path in asked.items()]


def _compared(what: str, sides: dict[str, Get], path: str, plan: Plan) -> Row:
    answers = {get(path) for get in sides.values()}
    if len(answers) > 1:
        raise ValueError(f"{what}: both sides are to answer the same, and do not")
    turns: dict[str, Callable[[], Sample]] = {side: _turn(get, path, plan.requests) for side, get in sides.items()}
    interleaved(turns, 1)
    rates = interleaved(turns, plan.rounds)
    show(f"{what} over HTTP", rates, "requests/s")
    return Row(f"API: {what} / a bare FastAPI route", ratio(rates["ours"], rates["bare"]), 0.7)


def _turn(get: Get, path: str, requests: int) -> Callable[[], Sample]:
    def work() -> int:
        for _ in range(requests):
            get(path)
        return requests

    return lambda: timed(work)


@contextmanager
def _served(side: str, url: str, home: str) -> Iterator[Get]:
    """One side in a process of its own, with its log written as always, to nowhere."""
    environment = os.environ | {"DATABASE_URL": url, "POWERTOOLS_LOG_LEVEL": "INFO"}
    command = [sys.executable, "-m", "tests.benchmarks.api_server", side, home]
    with subprocess.Popen(
        command, env=environment, cwd=filling.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            said = json.loads(process.stderr.readline())
            with connection_from_url(said["address"], maxsize=1) as pool:
                yield _getter(pool, said["token"])
        finally:
            process.terminate()


def _getter(pool: HTTPConnectionPool, token: str) -> Get:
    headers = {"authorization": f"Bearer {token}"}

    def get(path: str) -> bytes:
        response = pool.request("GET", path, headers=headers)
        if response.status != 200:
            raise ValueError(f"{path}: {response.status} {response.data!r}")
        return response.data

    return get
