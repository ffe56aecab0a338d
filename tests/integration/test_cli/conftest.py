"""The command line in this process, on a fresh database and with a home of its own."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from automation.database import Connection
from infra.local.cli import main

RULE = {
    "client": "C1",
    "name": "monthly",
    "product": "FUND",
    "amount": "10000",
    "frequency": "Monthly",
    "day_of_month": 26,
    "start_date": "2026-01-01",
}


class Result(NamedTuple):
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any setting; the variables of whoever runs the tests do not count."""
    for name in [name for name in os.environ if name.startswith(("AUTOMATION_", "DATABASE_", "COLUMNS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AUTOMATION_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def cli(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command line on a migrated database, with `stdin` where given."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    def run(*words: str | Path, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def furnished(cli: Cli, connection: Connection) -> Cli:
    """The same with a product, a holiday, and a client with cash."""
    connection.execute(
        "insert into products (id, name, amc, asset_class, min_purchase) values ('FUND', 'Fund', 'AMC', 'equity', 500)"
    )
    connection.execute("insert into market_holidays values ('XBOM', '2026-01-26', 'closed')")
    connection.execute(
        "insert into clients (id, name, kyc_status, cash_balance) values ('C1', 'Asha Rao', 'Verified', 250000)"
    )
    return cli


@pytest.fixture
def rule(furnished: Cli) -> str:
    """The shown id of a monthly rule."""
    added = furnished("rules", "add", "-", stdin=json.dumps(RULE))
    return added.out.split()[1]


def data(result: Result) -> Any:
    """The JSON that a command printed."""
    assert result.code == 0, result.err
    return json.loads(result.out)
