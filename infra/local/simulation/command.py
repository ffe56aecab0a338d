"""`automation simulate`: rules played over history."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.commands import Subparsers
    from infra.local.simulation.outcome import Outcome
    from infra.local.simulation.scenario import Scenario

_EXAMPLES = """\
example:
  automation simulate docs/examples/sip.json --chart sip.png

It runs in a database of its own, which is dropped at the end. docs/simulation.md says what a scenario holds."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "play a scenario's rules over history and show what came of it"
    parser = add(subparsers, "simulate", _simulate, text, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO.json")
    parser.add_argument("--json", metavar="OUT.json", help="write the whole outcome")
    parser.add_argument("--chart", metavar="OUT.png", help="draw value, money paid in and executions")


def _simulate(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from infra.local.simulation import scenario as scenarios

    file = Path(arguments.scenario)
    scenario = scenarios.read(file)
    json_file, chart = (
        _writable(option, path) for option, path in (("--json", arguments.json), ("--chart", arguments.chart))
    )
    outcome = _played(scenario, file.parent, with_days=chart is not None)
    _show(outcome)
    if json_file is not None:
        _write(outcome, json_file)
    if chart is not None:
        from infra.local.simulation.chart import draw

        draw(outcome, chart)
        print(f"drawn: {chart}")
    return 0


def _writable(option: str, name: str | None) -> Path | None:
    """The file that an option names, tried before the simulation rather than after it, and left as it was."""
    from pathlib import Path

    from automation.errors import InvalidInput

    if name is None:
        return None
    file = Path(name)
    there = file.exists() or file.is_symlink()
    try:
        file.open("ab").close()
    except OSError as error:
        raise InvalidInput(option, f"{name} can't be written: {error.strerror}", hint="name another file") from error
    if not there:
        file.unlink()
    return file


def _played(scenario: Scenario, folder: Path, *, with_days: bool) -> Outcome:
    from infra.local import stack
    from infra.local.simulation import progress
    from infra.local.simulation.simulate import simulate

    with (
        stack.opened(migrated=False, named=False) as opened,
        progress.dates("simulating", scenario.start, scenario.end) as seen,
    ):
        return simulate(scenario, folder, opened.settings.database_url, with_days=with_days, seen=seen)


def _show(outcome: Outcome) -> None:
    from infra.local.output import console
    from infra.local.simulation import report

    out = console()
    for each in report.tables(outcome):
        if each.row_count:
            out.print(each)
    print(f"{outcome.start} to {outcome.end}: {outcome.days:,} business days in {outcome.seconds:.1f} s")


def _write(outcome: Outcome, file: Path) -> None:
    import json

    file.write_text(json.dumps(outcome.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {file}")
