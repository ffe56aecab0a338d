"""`python -m tests.benchmarks.api_server SIDE` serves the API, or bare routes that ask the database the same.

Both keep their connections, and run in the same server program, each in a process of its own. The bare routes know
nothing of callers, scopes, transactions, versions, problems, repeats and logs; what they answer is the same, to the
byte.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from fastapi import FastAPI, Query

from api.app import create
from api.auto_invest import RuleQuery
from api.auto_invest_views import LineView, RuleView, line_view, rule_view
from api.pages import Page, page
from api.services import Services
from automation.clock import DatabaseClock
from automation.database import Connection, connect
from automation.engine import rule_views
from automation.identity.keys import Keys
from automation.identity.permissions import EVERYONE
from automation.runtime import assemble
from automation.settings import Settings, Trust
from automation.store import rule_list
from infra.local import issuer
from infra.local.http_server import served
from infra.local.issuer import Asgi
from infra.local.stack import AUDIENCE, ISSUER, Stack

PATH: Final = "/api/automation/auto-invest"
_TRUST: Final = Trust(ISSUER, (AUDIENCE,))
_DAY: Final = timedelta(days=1)


@contextmanager
def _ours(settings: Settings, home: Path) -> Iterator[tuple[Asgi, str]]:
    signer = issuer.opened(home)
    token = signer.token("olga", ["operations"], datetime.now(UTC), _DAY, _TRUST)
    stack = Stack(settings, {}, None, lambda: False)
    with stack.runtimes(lambda job, at: None, lambda job, event: None) as opened:
        yield create(Services(opened, lambda now: [], _TRUST, Keys(ISSUER, signer.fetched))), token


@contextmanager
def _bare(settings: Settings, home: Path) -> Iterator[tuple[Asgi, str]]:
    app, idle = FastAPI(), deque[Connection]()

    @contextmanager
    def connection() -> Iterator[Connection]:
        taken = idle.pop() if idle else connect(settings.database_url)
        yield taken
        idle.append(taken)

    @app.get(f"{PATH}/{{id}}")
    def one(id: str) -> RuleView:
        with connection() as taken:
            return rule_view(rule_views.look(taken, assemble(settings, clock=DatabaseClock()), id), ())

    @app.get(PATH)
    def some(query: Annotated[RuleQuery, Query()]) -> Page[LineView]:
        with connection() as taken:
            rows = rule_list.rules(taken, query.client_id, query.status, query.limit + 1, None, EVERYONE)
            return page([rule_views.line(row) for row in rows], query, line_view)

    yield app, ""


def main() -> None:
    """Serve until the process is ended; say on the standard error where, and with which token."""
    side, home = sys.argv[1:]
    settings = Settings(database_url=os.environ["DATABASE_URL"], trust=_TRUST)
    with {"ours": _ours, "bare": _bare}[side](settings, Path(home)) as (app, token), served(app, 0) as address:
        print(json.dumps({"address": address, "token": token}), file=sys.stderr, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
