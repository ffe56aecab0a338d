"""`automation products load|close|merge|reopen`: schemes, their terms, and whether they trade."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from infra.local.commands import add, group

if TYPE_CHECKING:
    from infra.local.commands import Subparsers

_LOAD: Final = """\
A file is taken whole or not at all; an error names the line and the field.

example:
  automation products load schemes.csv"""
_MERGE: Final = "example:\n  automation products merge 119551 --into 119552"


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    products = group(subparsers, "products", "products (schemes) and their terms")
    what = "load products from a CSV file (as infra/local/data/schemes.csv)"
    add(products, "load", _load, what, _LOAD).add_argument("file", metavar="FILE")
    close = add(products, "close", _close, "close a product: nothing is bought, switched or redeemed any more")
    close.add_argument("id", metavar="ID")
    close.add_argument("--reason", required=True, help="kept with the product")
    merge = add(products, "merge", _merge, "mark a product as merged into another", _MERGE)
    merge.add_argument("id", metavar="ID")
    merge.add_argument("--into", required=True, metavar="ID", help="an Active product")
    reopen = add(products, "reopen", _reopen, "make a closed or merged product Active again")
    reopen.add_argument("id", metavar="ID")


def _load(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from automation.engine.reference import load_products
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        loaded = load_products(runtime, Path(arguments.file), inputs.person())
    print(f"{loaded.rows:,} products read, {loaded.changed:,} new or changed")
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    return 0


def _close(arguments: argparse.Namespace) -> int:
    from automation.engine import product_status
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        product_status.close(runtime, arguments.id, arguments.reason, inputs.person())
    print(f"closed: {arguments.id}")
    return 0


def _merge(arguments: argparse.Namespace) -> int:
    from automation.engine import product_status
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        product_status.merge(runtime, arguments.id, arguments.into, inputs.person())
    print(f"merged: {arguments.id} into {arguments.into}")
    return 0


def _reopen(arguments: argparse.Namespace) -> int:
    from automation.engine import product_status
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        product_status.reopen(runtime, arguments.id, inputs.person())
    print(f"reopened: {arguments.id}")
    return 0
