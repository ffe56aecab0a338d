"""The project's own files, for the tests that hold its form."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("layers", "functions", "infra")
_MADE = frozenset(
    [".git", ".venv", ".venv-sam", ".cache", ".aws-sam", ".hypothesis", ".local", ".env", ".pytest_cache"]
)


@cache
def tracked() -> tuple[str, ...]:
    """The project's files, relative to its root: those that git tracks, or all where git knows of none."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
        names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        names = []
    return tuple(sorted(names or _walked()))


def _walked() -> Iterator[str]:
    for top in ROOT.iterdir():
        if top.name in _MADE:
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def python_files(*tops: str) -> list[str]:
    """The Python files below these top-level folders."""
    return [name for name in tracked() if name.endswith(".py") and name.split("/")[0] in tops]


@cache
def tree(name: str) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)


def imports(name: str) -> set[str]:
    """The dotted names that a file imports, anywhere in it: `from a.b import c` is `a.b.c`."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, or the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""
