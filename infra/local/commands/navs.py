"""`automation navs load|fetch|suspect|confirm`: prices, and those that can't be believed yet."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from infra.local.commands import add, group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.commands import Subparsers

_LOAD: Final = """\
AMFI's NAVAll.txt, or CSV with the header scheme,date,nav or instrument,date,price; gzip allowed. A path, an
s3://bucket/key or an http(s) URL. A file is taken whole or not at all; only single bad lines of NAVAll.txt are left
out, and told.

example:
  automation navs load navs.csv.gz --known-at 21:00"""
_FETCH: Final = """\
Without a URL: AUTOMATION_NAV_FILE where that is one, else where AMFI publishes NAVAll.txt. What has not changed since
it was read last is not fetched again.

example:
  automation navs fetch https://portal.amfiindia.com/spages/NAVAll.txt"""
_SUSPECT: Final = """\
A NAV that moves by more than AUTOMATION_NAV_JUMP_PERCENT (25) against the last good one triggers nothing until it is
confirmed here, or by two more NAVs in its range. One that was passed by a good one holds nothing back any more."""
_CONFIRM: Final = "example:\n  automation navs confirm 119551 2026-08-21"
# What a run counts, and how it is told; what is not there is not told.
_TOLD: Final = (
    ("corrected", "corrected"),
    ("new_products", "new products"),
    ("without_nav", "schemes without a NAV"),
    ("suspect", "suspect (automation navs suspect)"),
    ("closed", "products closed, as their NAVs have ceased"),
    ("reopened", "products reopened, as their NAVs are back"),
    ("skipped", "lines skipped"),
)


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    navs = group(subparsers, "navs", "NAVs (prices) of products")
    load = add(navs, "load", _load, "load NAVs from a file (AMFI's NAVAll.txt, scheme,date,nav, or gzip of it)", _LOAD)
    load.add_argument("file", metavar="FILE")
    load.add_argument("--known-at", metavar="HH:MM", help="history: each was known at this local time on its own date")
    fetch = add(navs, "fetch", _fetch, "fetch NAVs over HTTP", _FETCH)
    fetch.add_argument("url", metavar="URL", nargs="?")
    for each in (load, fetch):
        each.add_argument("--accept-short", action="store_true", help="also with far fewer rows than the last time")
    add(navs, "suspect", _suspect, "list NAVs that moved too far to be believed", _SUSPECT)
    confirm = add(navs, "confirm", _confirm, "say that a suspect NAV is right", _CONFIRM)
    confirm.add_argument("product", metavar="PRODUCT")
    confirm.add_argument("date", metavar="DATE")


def _load(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    file = arguments.file if "://" in arguments.file else str(Path(arguments.file).absolute())
    return _read({"file": file} | ({"known_at": arguments.known_at} if arguments.known_at else {}), arguments)


def _fetch(arguments: argparse.Namespace) -> int:
    from automation.engine.navs import AMFI
    from automation.errors import InvalidInput
    from infra.local import stack

    configured = stack.environment().get("AUTOMATION_NAV_FILE", "")
    url = arguments.url or (configured if _is_url(configured) else AMFI)
    if not _is_url(url):
        raise InvalidInput("URL", f"{url!r} is no http or https address", hint="load a file: automation navs load FILE")
    return _read({"file": url}, arguments)


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _read(event: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    """Run the navs function, and what it starts, and tell what came of it."""
    import sys

    from infra.local import inputs, stack
    from infra.local.invoke import Pokes, invoke, logs_to

    pokes = Pokes()
    asked = dict(event) | {"by": inputs.person()} | ({"accept_short": True} if arguments.accept_short else {})
    with stack.opened() as opened, opened.runtime(poke=pokes) as runtime, logs_to(sys.stderr, "CRITICAL"):
        answer, started = invoke(runtime, "navs", asked, pokes)
    for done in (answer, *started.values()):
        if done.error is not None:
            raise done.error
    _tell(answer.result["counts"], answer.result.get("skipped", []))
    return 0


def _tell(counts: Mapping[str, int], skipped: list[str]) -> None:
    if counts.get("not_modified"):
        print("not modified since it was read last: nothing to do")
        return
    print(f"{counts.get('navs', 0):,} NAVs read, {counts.get('changed', 0):,} new or corrected")
    for name, words in _TOLD:
        if counts.get(name):
            print(f"{words}: {counts[name]:,}")
    for line in skipped:
        print(f"  {line}")
    if counts.get("skipped", 0) > len(skipped):
        print("  …")


def _suspect(arguments: argparse.Namespace) -> int:
    from automation.engine import suspects
    from infra.local import stack
    from infra.local.output import console, table

    with stack.runtime() as runtime:
        found = suspects.find(runtime)
    if not found:
        print("no NAV is suspect")
        return 0
    columns = ("product", "name", "date", "nav", "last good", "of", "move %", "")
    rows = [(*each[:7], "passed" if each.passed else "open") for each in found]
    console().print(table("suspect NAVs", columns, rows, wrap=("name",)))
    return 0


def _confirm(arguments: argparse.Namespace) -> int:
    from automation.engine import suspects
    from infra.local import inputs, stack

    day, by = inputs.day("DATE", arguments.date), inputs.person()
    with stack.runtime() as runtime:
        suspects.confirm(runtime, arguments.product, day, by)
    print(f"confirmed: {arguments.product} of {day}, by {by}")
    return 0
