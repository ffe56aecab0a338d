"""The benchmarks still run: their smallest form, whose figures say little but must be there."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.unit.sources import ROOT

ROW = re.compile(r"^(\S.+? / .+?)\s{2,}([\d.,]+) \(", re.MULTILINE)


def quick(*words: str) -> dict[str, float]:
    """The ratios that a quick run of a benchmark finds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: float(value.replace(",", "")) for name, value in ROW.findall(done.stdout)}


def test_the_engine_is_faster_than_every_rival_that_takes_one_rule_at_a_time() -> None:
    figures = quick("--only", "auto_invest", "--rules", "12000")
    loop, limit, queue = figures
    assert (loop, limit) == ("auto-invest / row-by-row loop", "auto-invest / one-statement limit")
    assert figures[loop] > 3
    assert figures[queue] > 3
    assert figures[limit] > 0.1


def test_a_whole_listing_of_navs_is_faster_than_its_lines_one_by_one() -> None:
    ((name, figure),) = quick("--only", "navs").items()
    assert name == "NAVs of a listing / row-by-row loop"
    assert figure > 3
