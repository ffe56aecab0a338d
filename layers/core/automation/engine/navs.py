"""The navs job: read a feed, write the NAV history, wake the orders that waited for it.

feed -> whole and sound? -> one transaction: schemes, NAVs, corrections, suspects, closed products, the reading itself
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from automation import observability
from automation.adapters.http import Download, Version, fetched
from automation.adapters.objects import on_disk
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit
from automation.engine.nav_file import NavFile, keep
from automation.engine.run import Context, Job, Run, run
from automation.errors import InvalidInput
from automation.feeds import price_file
from automation.feeds.amfi import Listing
from automation.runtime import Runtime
from automation.settings import Fetching, Settings
from automation.store import nav_feeds
from automation.store.schemes import DEFAULT_ZONE

AMFI: Final = "https://portal.amfiindia.com/spages/NAVAll.txt"
_FIELDS: Final = ("file", "known_at", "accept_short", "by")
_ALWAYS: Final = ("navs", "changed", "orders")
_CHANGES: Final = ("changed", "new_products", "closed", "reopened")
_SHOWN: Final = 10
_AHEAD: Final = timedelta(days=1)  # a liquid fund's NAV of Sunday may be there on Saturday


class Request(NamedTuple):
    """The file to load, a path, s3://bucket/key or http(s) URL, and how.

    With `known_at` it is history: each NAV counts as known at that local time on its own date, and is taken as it is.
    Without, NAVs are known from now. `accept_short`: also where it has far fewer rows than the last one. `by`: who asks
    for it, None for a schedule.
    """

    file: str
    known_at: time | None = None
    accept_short: bool = False
    by: str | None = None


def load(event: Mapping[str, Any], context: Context, runtime: Runtime) -> dict[str, Any]:
    """Load the file that an event or the settings name, as a run; its answer also has the first lines left out.

    `file`, `known_at` (HH:MM), `accept_short` and `by` are the event's own fields, the rest is a tick. InvalidInput
    says what is wrong with the event, or why the file was refused: a file is taken whole, but for bad lines of a
    listing.
    """
    request, tick = _asked_for(event, runtime.settings)
    skipped: list[str] = []
    answer = run(_job(request, skipped), tick, context, runtime)
    return answer | ({"skipped": skipped} if skipped else {})


def _asked_for(event: Mapping[str, Any], settings: Settings) -> tuple[Request, dict[str, Any]]:
    file = event.get("file", settings.nav_file)
    if not isinstance(file, str) or not file:
        raise InvalidInput("file", "names no NAV file", hint="send it with the event or set AUTOMATION_NAV_FILE")
    accept_short = event.get("accept_short", False)
    if not isinstance(accept_short, bool):
        raise InvalidInput("accept_short", f"{accept_short!r} is not true or false", hint="send true, or leave it out")
    tick = {name: value for name, value in event.items() if name not in _FIELDS}
    by = event.get("by")
    return Request(file, _time(event.get("known_at")), accept_short, None if by is None else str(by)), tick


def _time(text: object) -> time | None:
    try:
        return None if text is None else time.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InvalidInput("known_at", f"{text!r} is not a time", hint="send it as 21:00") from error


def _job(request: Request, skipped: list[str]) -> Job:
    requests = [request]

    def step(run: Run) -> Counter[str]:
        return _load(run.runtime, requests.pop(), skipped) if requests else Counter()

    return Job("navs", (step,), feeds={"triggers": ["changed"], "orders": ["orders"], "notifications": ["closed"]})


def _load(runtime: Runtime, request: Request, skipped: list[str]) -> Counter[str]:
    """Read the file, with no transaction open meanwhile, and keep it; `skipped` is told the first lines left out."""
    known, now = runtime.database.transaction(lambda c: (_version(c, request.file), runtime.clock.now(c)))
    with _at_hand(request.file, known, runtime.settings.fetching) as (path, version):
        if path is None:
            return Counter(not_modified=1)
        content = price_file.read(path, runtime.settings.fetching.limit, _latest(request, now))
        file = NavFile(request.file, path.name, content, version, request.known_at, request.accept_short)
    counts = runtime.database.transaction(lambda connection: _keep(connection, runtime, file, request))
    if isinstance(content, Listing) and content.skipped:
        skipped += [f"line {line:,}: {why}" for line, why in content.skipped[:_SHOWN]]
        observability.lines_skipped(file.name, len(content.skipped), skipped)
    return Counter({name: number for name, number in counts.items() if number or name in _ALWAYS})


def _keep(connection: Connection, runtime: Runtime, file: NavFile, request: Request) -> Counter[str]:
    now = runtime.clock.now(connection)
    counts = keep(connection, file, now, runtime.settings.nav_jump_percent)
    if request.by is not None and any(counts[name] for name in _CHANGES):
        told = {"known_at": request.known_at} | {name: counts[name] for name in _CHANGES}
        audit.record(connection, now, request.by, "nav.load", file.name, None, told)
    return counts


@contextmanager
def _at_hand(file: str, known: Version, bounds: Fetching) -> Iterator[Download]:
    """The file on disk; no path where its server says that it is still what was read last."""
    if file.startswith(("http://", "https://")):
        with fetched(file, known, bounds) as download:
            yield download
    else:
        with on_disk(file) as path:
            yield Download(path, Version())


def _version(connection: Connection, source: str) -> Version:
    last = nav_feeds.last(connection, source)
    return Version(last.etag, last.last_modified) if last else Version()


def _latest(request: Request, now: datetime) -> date | None:
    """The last date that a listing's NAV may have; any, where it is history."""
    return None if request.known_at else local_date(now, DEFAULT_ZONE) + _AHEAD
