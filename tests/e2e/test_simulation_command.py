"""`automation simulate` as it is typed: the example of the docs, its files, and refusals."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.image import imread

from infra.local.cli import main
from infra.local.postgres import Server

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "sip.json"
Typed = Callable[..., int]


@pytest.fixture
def automation(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command line; the settings of whoever runs the tests do not count."""
    for name in [name for name in os.environ if name.startswith(("AUTOMATION_", "DATABASE_", "COLUMNS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AUTOMATION_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", server.url())
    return lambda *words: main([str(word) for word in words])


def test_the_example_of_the_docs_writes_its_outcome_and_a_chart(
    automation: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome, chart = tmp_path / "outcome.json", tmp_path / "chart.png"
    assert automation("simulate", EXAMPLE, "--json", outcome, "--chart", chart) == 0
    (found,) = json.loads(outcome.read_text(encoding="utf-8"))["clients"].values()
    assert {row["status"] for row in found["executions"]} == {"Success", "Skipped"}
    picture = imread(chart)
    assert picture.shape[0] > 600
    assert picture.shape[1] > 1200
    assert len({tuple(pixel) for pixel in picture[::5, ::5].reshape(-1, picture.shape[2]).tolist()}) > 20
    said = capsys.readouterr()
    assert f"{float(found['xirr']) * 100:.2f}" in said.out
    assert f"{float(found['value']):,.0f}" in said.out
    assert said.err == ""


def test_a_file_that_can_not_be_written_is_refused_before_anything_runs(
    automation: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert automation("simulate", EXAMPLE, "--chart", tmp_path / "nowhere" / "chart.png") == 2
    assert "--chart: " in capsys.readouterr().err


def test_a_refused_simulation_leaves_the_files_as_they_were(automation: Typed, tmp_path: Path) -> None:
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    content["navs"] = ["elsewhere.csv"]
    file, outcome, chart = (tmp_path / name for name in ("scenario.json", "outcome.json", "chart.png"))
    file.write_text(json.dumps(content))
    outcome.write_text("of the last time")
    assert automation("simulate", file, "--json", outcome, "--chart", chart) == 2
    assert outcome.read_text() == "of the last time"
    assert not chart.exists()


def test_money_that_went_in_with_first_holdings_is_called_paid_in(
    automation: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert automation("simulate", EXAMPLE) == 0
    shown = capsys.readouterr().out
    assert "paid in" in shown
    assert "invested" not in shown


def test_an_unknown_field_is_refused_by_name(
    automation: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    content["clients"][0]["auto_invest"][0]["colour"] = "red"
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(content))
    assert automation("simulate", file) == 2
    assert capsys.readouterr().err.startswith("error: clients[0].auto_invest[0].colour: is not a field\nnext: ")
