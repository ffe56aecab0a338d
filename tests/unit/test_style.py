"""The form of the code: lengths, docstrings, broad excepts, what lies at the top, nothing of one machine."""

from __future__ import annotations

import ast
import re
from statistics import median, quantiles

from tests.unit.sources import PRODUCT, ROOT, python_files, tracked, tree

FILE_LINES = 300
FUNCTION_LINES = 40
HANDLER_LINES = 25

# Where one failed item must not end the batch, or a person is told: the error is recorded or shown there.
BATCH_EDGES = frozenset(
    f"layers/core/automation/engine/{name}.py"
    for name in [
        "auto_invest",
        "auto_invest_outcome",
        "booking",
        "delivery",
        "notifications",
        "orders",
        "run",
        "rebalancing",
        "triggers",
    ]
) | {"functions/api/edge.py", "infra/local/cli.py", "infra/local/invoke.py"}

TOP_LEVEL = re.compile(
    r"functions|layers|infra|template\.yaml|tests|docs|Makefile|README\.md|pyproject\.toml|samconfig\.toml"
    r"|requirements(-[a-z]+)?\.(in|txt)|\.ci|\.gitignore|\.env\.example"
)
OF_A_MACHINE = re.compile(
    r"(?<![\w.~$})-])/(root|home|Users|work|workspace|mnt)/\w|\bpypi\.org|pythonhosted|--(extra-)?index-url|\.pyenv\b"
)
BINARY = (".gz", ".png")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def functions(name: str) -> list[tuple[str, int]]:
    """Every function of a file: `path:line name`, and its lines without its docstring."""
    found = (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [(f"{name}:{node.lineno} {node.name}", lines(node)) for node in found]


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return whole
    prose = function.body[0]
    return whole - ((prose.end_lineno or prose.lineno) - prose.lineno + 1)


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Catches everything, and does not raise it again."""
    caught = [] if handler.type is None else list(ast.walk(handler.type))
    named = any(isinstance(node, ast.Name) and node.id in {"Exception", "BaseException"} for node in caught)
    last = handler.body[-1]
    raised_again = isinstance(last, ast.Raise) and last.exc is None
    return (named or handler.type is None) and not raised_again


def test_files_fit_in_a_head() -> None:
    long = [(name, size) for name in python_files(*PRODUCT, "tests") if (size := text(name).count("\n")) > FILE_LINES]
    assert long == []


def test_functions_fit_on_a_screen() -> None:
    found = [one for name in python_files(*PRODUCT, "tests") for one in functions(name)]
    assert [one for one in found if one[1] > FUNCTION_LINES] == []


def test_most_functions_are_small() -> None:
    sizes = [size for name in python_files(*PRODUCT) for _, size in functions(name)]
    assert median(sizes) <= 7
    assert quantiles(sizes, n=10)[-1] <= 25


def test_handlers_are_entry_points_only() -> None:
    handlers = [name for name in python_files("functions") if name.endswith("/handler.py")]
    assert [(name, size) for name in handlers if (size := text(name).count("\n")) > HANDLER_LINES] == []


def test_every_module_says_what_it_is() -> None:
    silent = [name for name in python_files(*PRODUCT, "tests") if text(name) and not ast.get_docstring(tree(name))]
    assert silent == []


def test_no_error_is_swallowed_but_at_the_edge_of_a_batch() -> None:
    broad = [
        f"{name}:{node.lineno}"
        for name in python_files(*PRODUCT)
        if name not in BATCH_EDGES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert broad == []


def test_nothing_lies_at_the_top_that_does_not_belong_there() -> None:
    assert {top for name in tracked() if not TOP_LEVEL.fullmatch(top := name.split("/")[0])} == set()


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    here = "tests/unit/test_style.py"
    named = [
        f"{name}: {found.group()}"
        for name in tracked()
        if not name.endswith(BINARY) and name != here
        for found in OF_A_MACHINE.finditer(text(name))
    ]
    assert named == []
