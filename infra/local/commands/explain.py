"""`automation why` and `automation replay`: decisions explained, and made again from the log."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from infra.local.commands import Subparsers

_SHOWN = 20


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    why = add(
        subparsers,
        "why",
        _why,
        "say why a rule did or did not act at its last look",
        "example:\n  automation why AUTO-01KE… --json",
    )
    why.add_argument("rule", metavar="RULE", help="the rule's id, AUTO-…")
    why.add_argument("--json", action="store_true", help="the same as data, with the guards in order")
    replay = add(subparsers, "replay", _replay, "make every logged decision again and report differences")
    replay.add_argument("--json", action="store_true", help="as data")


def _why(arguments: argparse.Namespace) -> int:
    from automation.engine.explain import why
    from infra.local import stack
    from infra.local.output import as_json

    with stack.runtime() as runtime:
        explanation = why(runtime, arguments.rule)
    if arguments.json:
        print(as_json({"sentence": explanation.sentence} | explanation.data))
    else:
        print(explanation.sentence)
    return 0


def _replay(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from automation.engine.replay import replay
    from infra.local import stack
    from infra.local.demo import beside
    from infra.local.output import as_json, console, table

    with stack.runtime() as runtime:
        report = replay(runtime)
        elsewhere = beside.hint(runtime)
    if arguments.json:
        print(as_json(asdict(report) | {"differences": [each._asdict() for each in report.differences]}))
        return 1 if report.differences else 0
    aside = f", {report.set_aside:,} without a decision (they failed before it)" if report.set_aside else ""
    print(f"{report.checked:,} decisions made again from the log{aside}: {len(report.differences):,} differences")
    if elsewhere:
        print(elsewhere)
    if report.differences:
        shown = report.differences[:_SHOWN]
        columns = ("execution", "what", "logged", "recomputed")
        console().print(table(f"the first {len(shown)}", columns, shown, wrap=("logged", "recomputed")))
    return 1 if report.differences else 0
