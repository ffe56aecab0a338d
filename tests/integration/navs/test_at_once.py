"""Two runs that read the same file at the same time: each NAV is written, and corrected, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from automation.engine import navs
from automation.runtime import Runtime, assemble
from tests.builders import Context
from tests.navs import Desk, listing, scheme

FIRST = listing([scheme(number) for number in range(1, 301)])
SECOND = listing([scheme(number, "10.5") for number in range(1, 301)])


def test_a_correction_that_two_runs_bring_has_one_version(desk: Desk) -> None:
    desk.counts(FIRST)
    desk.file.write_text(SECOND)
    counts = both(desk)
    assert sorted(each["changed"] for each in counts) == [0, 300]
    assert desk.world.value("select array_agg(distinct version) from nav_corrections") == [1]
    assert desk.world.value("select count(*) from nav_corrections") == 300


def test_new_schemes_that_two_runs_bring_are_made_once(desk: Desk) -> None:
    desk.file.write_text(FIRST)
    assert sorted(each.get("new_products", 0) for each in both(desk)) == [0, 300]


def both(desk: Desk) -> list[dict[str, int]]:
    """The counts of two runs, each with a connection of its own."""

    def load(runtime: Runtime) -> dict[str, int]:
        with runtime.database:
            counts: dict[str, int] = navs.load({"file": str(desk.file)}, Context(), runtime)["counts"]
        return counts

    made = [
        assemble(desk.world.runtime.settings, clock=replace(desk.world.clock), poke=lambda job, at: None) for _ in "12"
    ]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(load, made))
