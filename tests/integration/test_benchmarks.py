"""The benchmarks still run: their smallest form, whose figures say little about speed but must be there."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.unit.sources import ROOT

ROW = re.compile(r"^(\S.+?)\s{2,}([\d.,]+) \(.+?\s(?:met|missed)", re.MULTILINE)


def quick(*words: str) -> dict[str, float]:
    """The figures that a quick run of benchmarks finds, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: float(value.replace(",", "")) for name, value in ROW.findall(done.stdout)}


def test_auto_invest_is_measured_against_the_loop_the_limit_and_the_queues() -> None:
    figures = quick("--only", "auto_invest", "--rules", "12000")
    loop, limit, queue = figures
    assert (loop, limit) == ("auto-invest / row-by-row loop", "auto-invest / one-statement limit")
    assert queue.startswith("auto-invest / best job queue")
    assert all(figure > 0 for figure in figures.values())


def test_feeds_triggers_and_portfolios_are_measured() -> None:
    only = [word for name in ("navs", "triggers", "rebalancing") for word in ("--only", name)]
    figures = quick(*only, "--triggers", "8000", "--more", "12000", "--portfolios", "300")
    assert len(figures) == 9
    assert all(figure > 0 for figure in figures.values())


def test_reading_over_http_is_measured_against_bare_routes_that_answer_the_same() -> None:
    figures = quick("--only", "api")
    assert list(figures) == ["API: read one rule / a bare FastAPI route", "API: list 50 rules / a bare FastAPI route"]
    assert all(figure > 0 for figure in figures.values())
