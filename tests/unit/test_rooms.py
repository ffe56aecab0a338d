"""Who may enter which room of the engine, held by reading the imports."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from graphlib import TopologicalSorter

from tests.unit.sources import PRODUCT, ROOT, dotted, imports, python_files, tree

CORE = "layers/core/automation/"

# From the top down: a room may use its own floor, without going round in circles, and the floors below.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"engine", "migrations", "runtime"}),
    frozenset({"adapters", "channels", "feeds", "gateways", "store", "wording"}),
    frozenset({"auto_invest", "notifications", "rebalancing", "status", "triggers"}),
    frozenset({"chain", "identity", "jumps", "orders", "portfolio", "rules"}),
    frozenset({"calendar", "fields", "identifiers", "money", "records"}),
    frozenset({"clock", "database", "errors", "observability", "settings"}),
)

# Pure rooms: words and decisions. They do no input or output, and know little of the lowest floor.
PURE = frozenset({"auto_invest", "calendar", "fields", "identifiers", "money", "orders", "portfolio", "records"})
PURE |= {"chain", "jumps", "notifications", "rebalancing", "rules", "status", "triggers"}
KNOWN_TO_PURE = frozenset({"errors"})
PURE_PACKAGES = frozenset({"pydantic"})
IMPURE = frozenset({"asyncio", "concurrent", "ctypes", "http", "io", "logging", "multiprocessing", "os"})
IMPURE |= {"pathlib", "random", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile"}
IMPURE |= {"threading", "time", "urllib"}

# Which files may import a package that ties them to the outside.
DOORS: dict[str, tuple[str, ...]] = {
    "fastapi": ("functions/api/",),
    "starlette": ("functions/api/",),
    "mangum": ("functions/api/",),
    "psycopg": (f"{CORE}database.py", f"{CORE}store/", f"{CORE}migrations", "infra/local/"),
    "boto3": (f"{CORE}adapters", f"{CORE}channels/aws.py", f"{CORE}database.py", "infra/local/aws.py"),
    "botocore": (f"{CORE}adapters", f"{CORE}channels/aws.py", f"{CORE}database.py"),
    "cryptography": ("infra/local/",),
    "jwt": (f"{CORE}identity/", "infra/local/"),
    "uvicorn": ("infra/local/",),
    "urllib3": (f"{CORE}adapters",),
    "jinja2": (f"{CORE}wording/",),
    "babel": (f"{CORE}wording/",),
}

ENVIRONMENT_READERS = (f"{CORE}settings.py", "infra/local/")
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}

WALL_CLOCK = re.compile(
    r"(.+\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime|asctime|strftime)"
)
SQL_CLOCK = re.compile(
    r"\b(now|(statement|clock|transaction)_timestamp)\s*\(|\b(current_(date|time|timestamp)|localtimestamp)\b",
    re.IGNORECASE,
)
CLOCKS = (f"{CORE}clock.py",)
SQL_CLOCKS = (*CLOCKS, f"{CORE}migrations")


def room(name: str) -> str:
    """`store` of `layers/core/automation/store/runs.py`; empty for the package's own __init__."""
    first = name.removeprefix(CORE).split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


def core_files(rooms: Iterable[str] | None = None) -> list[str]:
    files = [name for name in python_files("layers") if name.startswith(CORE)]
    return files if rooms is None else [name for name in files if room(name) in set(rooms)]


def rooms_used(name: str) -> set[str]:
    """The other rooms that a file of the engine imports from."""
    used = {parts[1] for parts in (module.split(".") for module in imports(name)) if parts[0] == "automation"}
    return used - {room(name)}


def floor(of: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if of in rooms)


def outside(name: str, allowed: tuple[str, ...]) -> bool:
    return not name.startswith(allowed)


def mentions(name: str) -> set[str]:
    """The dotted names that a file uses or imports from a module."""
    return {dotted(node) for node in ast.walk(tree(name)) if isinstance(node, ast.Attribute)} | imports(name)


def test_every_room_has_its_floor() -> None:
    assert {room(name) for name in core_files()} - {""} <= frozenset().union(*FLOORS)


def test_rooms_are_entered_downwards_only() -> None:
    upward = [
        f"{name} imports automation.{used}"
        for name in core_files()
        for used in sorted(rooms_used(name))
        if room(name) and floor(used) < floor(room(name))
    ]
    assert upward == []


def test_no_two_rooms_need_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for name in core_files():
        graph.setdefault(room(name), set()).update(rooms_used(name))
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_pure_rooms_do_no_input_or_output() -> None:
    pure = (sys.stdlib_module_names - IMPURE) | PURE_PACKAGES | {"automation"}
    impure = [
        f"{name} imports {module}"
        for name in core_files(PURE)
        for module in sorted(imports(name))
        if module.split(".")[0] not in pure
    ]
    assert impure == []


def test_pure_rooms_know_little_of_the_lowest_floor() -> None:
    known = [
        f"{name} imports automation.{used}"
        for name in core_files(PURE)
        for used in sorted((rooms_used(name) & FLOORS[-1]) - KNOWN_TO_PURE)
    ]
    assert known == []


def test_packages_that_tie_to_the_outside_enter_by_their_doors_only() -> None:
    strays = [
        f"{name} imports {module}"
        for name in python_files(*PRODUCT)
        for module in sorted(imports(name))
        if outside(name, DOORS.get(module.split(".")[0], ("",)))
    ]
    assert strays == []


def test_the_engine_does_not_know_who_calls_it() -> None:
    callers = {"infra", "functions", "tests", *(path.name for path in (ROOT / "functions").iterdir())}
    known = [
        f"{name} imports {module}"
        for name in core_files()
        for module in sorted(imports(name))
        if module.split(".")[0] in callers
    ]
    assert known == []


def test_functions_know_the_engine_only() -> None:
    folders = {path.name for path in (ROOT / "functions").iterdir()}
    known = [
        f"{name} imports {module}"
        for name in python_files("functions")
        for module in sorted(imports(name))
        if module.split(".")[0] in {"infra", "functions", "tests"} | folders - {name.split("/")[1]}
    ]
    assert known == []


def test_the_api_opens_nothing_but_within_a_scope() -> None:
    door = "functions/api/services.py"
    openers = [
        f"{name} uses {used}"
        for name in python_files("functions/api")
        if name != door
        for used in sorted(mentions(name))
        if used.split(".")[-1] in {"opened", "assemble", "connect"}
    ]
    assert openers == []


def test_only_settings_read_the_environment() -> None:
    readers = [
        f"{name} uses {used}"
        for name in python_files(*PRODUCT)
        if outside(name, ENVIRONMENT_READERS)
        for used in sorted(mentions(name) & ENVIRONMENT)
    ]
    assert readers == []


def test_nothing_reads_the_environment_at_import() -> None:
    at_import = [name for name in python_files(*PRODUCT) if reads(tree(name)) > reads_in_functions(tree(name))]
    assert at_import == []


def reads(node: ast.AST) -> int:
    return sum(dotted(part) in ENVIRONMENT for part in ast.walk(node))


def reads_in_functions(module: ast.Module) -> int:
    """Uses of the environment within the bodies of outermost functions: a default argument is no body."""
    bodies: list[ast.stmt] = []
    owners: list[ast.Module | ast.ClassDef] = [module]
    while owners:
        for statement in owners.pop().body:
            if isinstance(statement, ast.ClassDef):
                owners.append(statement)
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                bodies += statement.body
    return sum(map(reads, bodies))


def test_only_the_clock_reads_the_wall_clock() -> None:
    readers = [
        f"{name} uses {used}"
        for name in python_files(*PRODUCT)
        if outside(name, CLOCKS)
        for used in sorted(mentions(name))
        if WALL_CLOCK.fullmatch(used)
    ]
    assert readers == []


def test_no_statement_reads_the_database_clock_behind_the_clock() -> None:
    readers = [
        f"{name}:{node.lineno} has {found.group()!r}"
        for name in core_files()
        if outside(name, SQL_CLOCKS)
        for node in strings(tree(name))
        if (found := SQL_CLOCK.search(str(node.value)))
    ]
    assert readers == []


def strings(module: ast.Module) -> list[ast.Constant]:
    """The string literals of a file that are no docstrings."""
    prose = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    literals = (node for node in ast.walk(module) if isinstance(node, ast.Constant))
    return [node for node in literals if isinstance(node.value, str) and id(node) not in prose]
