"""The navs job: read a feed, write the NAV history, wake the orders that waited for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from automation.adapters.objects import on_disk
from automation.calendar.schedule import instant, local_date
from automation.database import Connection
from automation.engine.run import Job, Run
from automation.errors import InvalidInput
from automation.feeds import csv
from automation.feeds.csv import NavRow
from automation.settings import Settings
from automation.store import navs as store

_CHUNK = 20_000


def asked_for(event: Mapping[str, Any], settings: Settings) -> tuple[Job, dict[str, Any]]:
    """The job that an event asks for, and the tick that is left of the event.

    `file` names the CSV (else the settings do), `known_at` (HH:MM) makes it history. InvalidInput says what is
    wrong with either.
    """
    tick = {name: value for name, value in event.items() if name not in ("file", "known_at")}
    file = event.get("file", settings.nav_file)
    if not isinstance(file, str) or not file:
        raise InvalidInput("file", "names no NAV file", hint="send it with the event or set AUTOMATION_NAV_FILE")
    text = event.get("known_at")
    try:
        known_at = None if text is None else time.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise InvalidInput("known_at", f"{text!r} is not a time", hint="send it as 21:00") from error
    return job(file, known_at), tick


def job(file: str, known_at: time | None = None) -> Job:
    """The job that loads one file, a path or an s3://bucket/key, whole or not at all.

    Its NAVs count as known from now; with `known_at`, each as known at that local time on its own date, as is
    right for history.
    """
    files = [file]

    def load(run: Run) -> Counter[str]:
        return _load(run, files.pop(), known_at) if files else Counter()

    return Job("navs", (load,), feeds={"orders": "orders"})


def _load(run: Run, file: str, known_at: time | None) -> Counter[str]:
    with on_disk(file) as path:
        rows, source = csv.read(path), path.name
    return run.runtime.database.transaction(lambda c: _write(c, run.runtime.clock.now(c), rows, source, known_at))


def _write(
    connection: Connection, now: datetime, rows: Sequence[NavRow], source: str, known_at: time | None
) -> Counter[str]:
    zones = store.zones(connection, {row.product_id for row in rows})
    for row in rows:
        if row.product_id not in zones:
            raise InvalidInput(
                f"{source} line {row.line:,}",
                f"scheme {row.product_id!r} is not a product",
                hint="create the product first, then load the file again",
            )
        if known_at is None and row.date > local_date(now, zones[row.product_id]):
            raise InvalidInput(
                f"{source} line {row.line:,}", f"{row.date} is still to come", hint="correct the date and load again"
            )
    dated = [
        (
            row.product_id,
            row.date,
            row.nav,
            instant(row.date, known_at, zones[row.product_id]) if known_at else now,
        )
        for row in rows
    ]
    changed = sum(store.upsert(connection, dated[at : at + _CHUNK], source) for at in range(0, len(dated), _CHUNK))
    woken = store.wake_orders(connection, zones, now)
    return Counter(navs=len(rows), changed=changed, orders=woken)
