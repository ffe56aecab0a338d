"""The command line in this process, on a fresh database and with a home of its own."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.local.cli import main

PRODUCTS = """\
id,name,amc,asset_class,min_purchase,purchase_multiple,min_redemption,exit_load_percent,exit_load_days,lock_in_days,cut_off_time,calendar,settlement_days
FUND,Fund,AMC,equity,500.00,1.00,500.00,1,365,0,15:00,XBOM,2
"""
CALENDAR = "exchange,date,kind\nXBOM,2026-01-26,closed_weekday\nXBOM,2026-02-01,open_weekend\n"
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
def furnished(cli: Cli, tmp_path: Path) -> Cli:
    """The same with a product, a calendar, and a client with cash."""
    for name, text in (("products", PRODUCTS), ("calendar", CALENDAR)):
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        assert cli(name, "load", path).code == 0
    assert cli("clients", "add", "--id", "C1", "--name", "Asha Rao", "--cash", "250000").code == 0
    return cli


@pytest.fixture
def rule(furnished: Cli) -> str:
    """The shown id of a monthly rule."""
    assert furnished("rules", "add", "-", stdin=json.dumps(RULE)).code == 0
    return str(data(furnished("rules", "list", "--json"))[0]["id"])


def data(result: Result) -> Any:
    """The JSON that a command printed."""
    assert result.code == 0, result.err
    return json.loads(result.out)
