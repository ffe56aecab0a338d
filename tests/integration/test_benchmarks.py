"""The benchmarks still run: their smallest form, whose figures say little but must be there."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.unit.sources import ROOT

ROW = re.compile(r"^(auto-invest / .+?)\s{2,}([\d.,]+) \(", re.MULTILINE)


def test_the_engine_is_faster_than_every_rival_that_takes_one_rule_at_a_time() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick", "--only", "auto_invest", "--rules", "12000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = {name: float(value) for name, value in ROW.findall(done.stdout)}
    loop, limit, queue = figures
    assert (loop, limit) == ("auto-invest / row-by-row loop", "auto-invest / one-statement limit")
    assert figures[loop] > 3
    assert figures[queue] > 3
    assert figures[limit] > 0.1
