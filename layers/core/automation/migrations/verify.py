"""Compares a database with the manifest of what the migrations make (`expected.json` beside them)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, LiteralString

from automation.database import Connection
from automation.errors import MigrationError

AUTOMATION_TABLES: Final = (
    "auto_invest_rules",
    "rebalancing_rules",
    "rebalancing_executions",
    "trigger_orders",
    "notification_preferences",
    "notification_logs",
    "in_app_notifications",
    "automation_execution_logs",
)
MANIFEST: Final = "expected.json"
POLICY: Final = "automation_scope"
_PARTS: Final = {"columns": "column", "indexes": "index", "foreign_keys": "foreign key", "checks": "check"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table as PostgreSQL describes it: name → definition, as in `amount` → `numeric(18,2) not null`."""

    columns: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    foreign_keys: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """`tables` are automation's, compared in full; of the host `platform`'s only the column names matter.

    `secured` are the tables of both whose policy keeps the HTTP API to what its caller may see.
    """

    tables: Mapping[str, Table]
    platform: Mapping[str, tuple[str, ...]]
    secured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is missing (`found` is None) or otherwise than it should be."""

    table: str
    part: str
    name: str
    expected: str
    found: str | None

    def __str__(self) -> str:
        what = f"{self.part} {self.name} of {self.table}" if self.part != "table" else f"table {self.table}"
        if self.found is None:
            return f"{what} is missing" + (f": {self.expected}" if self.expected else "")
        return f"{what} differs: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of automation's tables, and every difference from what the migrations make."""

    tables: Mapping[str, Table]
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        return not self.differences


def verify(connection: Connection, directory: Path) -> Report:
    """Reads the catalog of the connection's search path. Additions of others are no differences."""
    expected = read_manifest(directory)
    found = read_schema(connection, expected.platform)
    tables = {name: found.tables[name] for name in expected.tables if name in found.tables}
    return Report(tables, tuple(differences(expected, found)))


def differences(expected: Schema, found: Schema) -> list[Difference]:
    """Everything of `expected` that `found` lacks or has otherwise, table by table."""
    result: list[Difference] = []
    for name, table in expected.tables.items():
        if name not in found.tables:
            result.append(Difference(name, "table", name, "", None))
        else:
            result += _differences_of_table(name, table, found.tables[name])
    for name, columns in expected.platform.items():
        if name not in found.platform:
            result.append(Difference(name, "table", name, "", None))
        else:
            lacking = [column for column in columns if column not in found.platform[name]]
            result += [Difference(name, "column", column, "", None) for column in lacking]
    unsecured = [name for name in expected.secured if name not in found.secured]
    there = [name for name in unsecured if name in found.tables or name in found.platform]
    return result + [Difference(name, "policy", POLICY, "", None) for name in there]


def _differences_of_table(name: str, expected: Table, found: Table) -> list[Difference]:
    result: list[Difference] = []
    for attribute, part in _PARTS.items():
        wanted, there = getattr(expected, attribute), getattr(found, attribute)
        for key, definition in wanted.items():
            if there.get(key) != definition:
                result.append(Difference(name, part, key, definition, there.get(key)))
    return result


def read_schema(connection: Connection, platform: Mapping[str, object]) -> Schema:
    """The tables that the search path shows; `platform` names those that belong to the host."""
    found: dict[str, Table] = {name: Table() for (name,) in connection.execute(_TABLES)}
    for attribute, statement in _DEFINITIONS.items():
        for table, name, definition in connection.execute(statement):
            getattr(found[table], attribute)[name] = definition
    return Schema(
        {name: table for name, table in found.items() if name not in platform},
        {name: tuple(table.columns) for name, table in found.items() if name in platform},
        tuple(name for (name,) in connection.execute(_SECURED, [POLICY])),
    )


def read_manifest(directory: Path) -> Schema:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MigrationError(
            f"{directory / MANIFEST} is missing",
            hint="restore it, or make it anew: .venv/bin/python -m infra.local.manifest",
        ) from error
    tables = {name: Table(**parts) for name, parts in manifest["tables"].items()}
    platform = {name: tuple(columns) for name, columns in manifest["platform"].items()}
    return Schema(tables, platform, tuple(manifest["secured"]))


def manifest_text(connection: Connection, directory: Path) -> str:
    """The manifest of a freshly migrated, otherwise empty database."""
    schema = read_schema(connection, dict.fromkeys(platform_tables(directory)))
    tables = {name: asdict(table) for name, table in schema.tables.items() if name != "automation_migrations"}
    made = {"tables": tables, "platform": schema.platform, "secured": schema.secured}
    return json.dumps(made, indent=1) + "\n"


def platform_tables(directory: Path) -> list[str]:
    """The host platform's tables: those that the files named `…_platform….sql` make where they are absent."""
    made = re.compile(r"^create table if not exists (\w+)", re.MULTILINE)
    return [name for path in sorted(directory.glob("*_platform*.sql")) for name in made.findall(path.read_text())]


_TABLES: Final[LiteralString] = """
    select relname from pg_class
    where relkind in ('r', 'p') and pg_table_is_visible(oid)
      and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    order by relname"""

_COLUMNS: Final[LiteralString] = """
    select relname, attname, format_type(atttypid, atttypmod)
           || case when attnotnull then ' not null' else '' end
           || coalesce(case when attgenerated <> '' then ' generated as ' else ' default ' end
                       || pg_get_expr(adbin, adrelid), '')
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relkind in ('r', 'p') and pg_table_is_visible(attrelid) and attnum > 0 and not attisdropped
      and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    order by relname, attnum"""

# An index that was left invalid serves nobody: it counts as missing.
_INDEXES: Final[LiteralString] = """
    select t.relname, i.relname,
           replace(pg_get_indexdef(indexrelid), format(' ON %I.', t.relnamespace::regnamespace), ' ON ')
    from pg_index
    join pg_class i on i.oid = indexrelid
    join pg_class t on t.oid = indrelid
    where indisvalid and t.relkind in ('r', 'p') and pg_table_is_visible(indrelid)
      and t.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    order by t.relname, i.relname"""

_FOREIGN_KEYS: Final[LiteralString] = """
    select relname, conname, pg_get_constraintdef(pg_constraint.oid)
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where contype = 'f' and pg_table_is_visible(conrelid)
    order by relname, conname"""

_CHECKS: Final[LiteralString] = """
    select relname, conname, pg_get_constraintdef(pg_constraint.oid)
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where contype = 'c' and pg_table_is_visible(conrelid)
      and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    order by relname, conname"""

# A policy of a table whose row security is off protects nothing: it counts as missing.
_SECURED: Final[LiteralString] = """
    select relname
    from pg_policy join pg_class on pg_class.oid = polrelid
    where polname = %s and not polpermissive and polcmd = '*' and relrowsecurity and pg_table_is_visible(polrelid)
    order by relname"""

_DEFINITIONS: Final[Mapping[str, LiteralString]] = {
    "columns": _COLUMNS,
    "indexes": _INDEXES,
    "foreign_keys": _FOREIGN_KEYS,
    "checks": _CHECKS,
}
