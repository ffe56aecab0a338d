"""`automation audit list|verify`: what people did, and whether the record of it is whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from infra.local.commands import add, group

if TYPE_CHECKING:
    from automation.engine.audit import Report
    from infra.local.commands import Subparsers

_LIST: Final = """\
examples:
  automation audit list --object AUTO-01KE…
  automation audit list --by rm:u17 --day 2026-01-05 --json"""
_VERIFY: Final = """\
Every entry has a hash of what it says and of the entry before it; docs/operations.md has how to take it oneself. That
the last entries were removed is seen only by a hash that was written down before: keep the one that this prints.

examples:
  automation audit verify
  automation audit verify --head 5f2a…"""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    trail = group(subparsers, "audit", "the audit trail: who did what to which object", _LIST)
    listed = add(trail, "list", _list, "list what people did, the newest first", _LIST)
    listed.add_argument("--object", metavar="ID", help="of a rule, a client, a product, …")
    listed.add_argument("--by", metavar="WHO", help="a signature, as rm:u17 or cli:root")
    listed.add_argument("--client", metavar="ID", help="about one client")
    listed.add_argument("--action", metavar="ACTION", help="as auto_invest.pause")
    listed.add_argument("--day", metavar="DATE", help="a date in UTC")
    listed.add_argument("--limit", type=int, default=200, metavar="N", help="(default: %(default)s)")
    listed.add_argument("--json", action="store_true", help="as data, with the hashes")
    verify = add(trail, "verify", _verify, "walk the chain; exit code 1 where an entry does not fit", _VERIFY)
    verify.add_argument("--head", metavar="HASH", help="a hash that was seen before, and must still be there")


def _list(arguments: argparse.Namespace) -> int:
    import json

    from automation.engine import audit
    from automation.errors import InvalidInput
    from automation.store.audit import Wanted
    from infra.local import inputs, stack
    from infra.local.output import as_json, console, table

    if not 1 <= arguments.limit <= 100_000:
        raise InvalidInput("--limit", f"{arguments.limit} is not from 1 to 100000", hint="leave it out for 200")
    start, end = audit.bounds(inputs.day("--day", arguments.day)) if arguments.day else (None, None)
    wanted = Wanted(
        arguments.limit, None, arguments.object, arguments.by, arguments.client, arguments.action, start, end
    )
    with stack.runtime() as runtime:
        entries = audit.listed(runtime, wanted)
    if arguments.json:
        print(as_json([entry._asdict() for entry in entries]))
        return 0
    rows = [
        (each.number, each.at, each.by, each.action, each.object_id, each.client_id, json.dumps(each.details))
        for each in entries
    ]
    columns = ("number", "at", "by", "action", "object", "client", "details")
    console().print(table(f"{len(rows)} entries", columns, rows, wrap=("details",)))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    import re

    from automation.engine import audit
    from automation.errors import InvalidInput
    from infra.local import stack

    if arguments.head is not None and not re.fullmatch("[0-9a-f]{64}", arguments.head):
        raise InvalidInput("--head", "is no hash of an entry", hint="take the 64 digits that verify printed before")
    with stack.runtime() as runtime:
        report = audit.verify(runtime, arguments.head)
    print(f"{report.entries:,} entries fit, the hash of the last one is {report.hash}")
    return _judged(report, arguments.head)


def _judged(report: Report, head: str | None) -> int:
    import sys

    if report.misfit is not None:
        number, how, reason = report.misfit
        print(f"error: entry {number:,} is {how}: {reason}", file=sys.stderr)
    elif not report.has_head:
        print(f"error: no entry has the hash {head}: entries were removed, or written anew", file=sys.stderr)
    else:
        return 0
    print("next: compare it with a backup, and find out who can write to the database as its owner", file=sys.stderr)
    return 1
