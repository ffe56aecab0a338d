"""The command line `automation`: its commands are in infra/local/commands, one file a group.

Exit codes: 0, 1 for what failed, 2 for what was asked wrongly, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

from automation.errors import AutomationError, ConfigurationError, InvalidInput
from infra.local.commands import (
    audit,
    controls,
    data,
    database,
    explain,
    functions,
    mailbox,
    navs,
    products,
    rebalancing,
    rules,
    status,
    tokens,
    triggers,
)
from infra.local.demo import command as demo
from infra.local.simulation import command as simulation

_GROUPS: Final = (
    demo,
    functions,
    tokens,
    status,
    rules,
    triggers,
    rebalancing,
    explain,
    controls,
    audit,
    mailbox,
    data,
    navs,
    products,
    database,
    simulation,
)
_EXAMPLES: Final = """\
examples:
  automation run                                   the demo: real rules on ten years of real NAVs
  automation serve                                 run schedules, and the API on localhost:3000, until Ctrl-C
  automation token --role operations               an access token for that API
  automation status                                jobs, rules, orders and prices at a glance
  automation rules add rule.json                   add a rule; shows its next five occurrences
  automation triggers add trigger.json             add a trigger order; says whether it would fire now
  automation why AUTO-01KE…                        why a rule or trigger did or did not act
  automation invoke orders --event event.json      call a function as Lambda does
  automation COMMAND --help                        what a command takes, with examples

.env and the environment: DATABASE_URL names a PostgreSQL in place of the embedded one; docs/local.md has the rest."""


class UsageError(AutomationError):
    """The arguments make no command."""

    code = "usage"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are ours, and which takes --debug anywhere."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options, allow_abbrev=False)  # type: ignore[arg-type]
        self.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"run: {self.prog} --help")


def parser() -> Parser:
    """The whole command line; what a command needs is imported when it runs."""
    whole = Parser(prog="automation", description="Automates orders on clients' portfolios.", epilog=_EXAMPLES)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    for group in _GROUPS:
        group.register(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    try:
        parsed = parser().parse_args(words)
        code = parsed.run(parsed)
        sys.stdout.flush()
    except AutomationError as error:
        return _failed(error.message, error.hint, _code(error), debug=debug)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the edge of the program: told in one line, with --debug in full
        hint = "" if debug else "run it again with --debug to see where"
        return _failed(f"{type(error).__name__}: {error}", hint, 1, debug=debug)
    return code or 0


def _code(error: AutomationError) -> int:
    return 2 if isinstance(error, (InvalidInput, ConfigurationError, UsageError)) else 1


def _failed(message: str, hint: str, code: int, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"next: {hint}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
