"""The commands of `automation`, one module a group; each has register(subparsers).

A command is a function from its parsed arguments to an exit code, set as the parser's default `run`. Modules import
what they need inside of it, so that help and mistakes answer at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name
Command = Callable[[argparse.Namespace], int]


def add(subparsers: Subparsers, name: str, run: Command, text: str, examples: str = "") -> argparse.ArgumentParser:
    """Add a command with its one-line help, which its own help repeats with examples."""
    parser = subparsers.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.", epilog=examples)
    parser.set_defaults(run=run)
    return parser


def group(subparsers: Subparsers, name: str, text: str, examples: str = "") -> Subparsers:
    """Add a command that has commands of its own."""
    parser = subparsers.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.", epilog=examples)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest=f"{name}_command")
