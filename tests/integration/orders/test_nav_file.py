"""The NAV file: taken whole or not at all, and a refusal names the line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import navs.handler
from automation import runtime
from automation.errors import InvalidInput
from tests import builders
from tests.builders import Context, World

LINES = 45_000
BROKEN = 40_312


def big_file(path: Path, broken: str | None = None) -> Path:
    """A header and 45,000 NAVs of FUND, a day each; line 40,312 may be something else."""
    start = date(1900, 1, 1)
    lines = ["scheme,date,nav", *(f"FUND,{start + timedelta(days=n)},{n + 1}.25" for n in range(LINES))]
    if broken is not None:
        lines[BROKEN - 1] = broken
    path.write_text("\n".join(lines) + "\n")
    return path


def load(world: World, path: Path) -> dict[str, Any]:
    with runtime.using(world.runtime):
        return navs.handler.handler({"file": str(path)}, Context())


def refused(world: World, path: Path) -> InvalidInput:
    before = world.value("select count(*) from navs")
    with pytest.raises(InvalidInput) as error:
        load(world, path)
    assert world.value("select count(*) from navs") == before
    return error.value


BROKEN_LINES = [
    "FUND,2010-05-14",
    "FUND,2010-05-14,12.5,extra",
    "FUND,2010-02-31,12.5",
    "FUND,14-05-2010,12.5",
    "FUND,2010-05-14,",
    "FUND,2010-05-14,NaN",
    "FUND,2010-05-14,1e2",
    "FUND,2010-05-14,-3",
    "FUND,2010-05-14,0",
    "FUND,2010-05-14,1.23456",
    "FUND,2010-05-14,N.A.",
    "UNKNOWN,2010-05-14,12.5",
    "FUND,1900-01-01,12.5",
    ",2010-05-14,12.5",
    '"FUND,2010-05-14,12.5',
]


@pytest.mark.parametrize("line", BROKEN_LINES)
def test_a_broken_line_40_312_is_named_and_nothing_is_written(world: World, tmp_path: Path, line: str) -> None:
    error = refused(world, big_file(tmp_path / "navs.csv", line))
    assert error.field == "navs.csv line 40,312"
    assert error.hint


def test_the_sound_file_is_loaded_and_loading_it_again_changes_nothing(world: World, tmp_path: Path) -> None:
    path = big_file(tmp_path / "navs.csv")
    assert load(world, path)["counts"]["navs"] == LINES
    assert load(world, path)["counts"].get("changed", 0) == 0
    assert world.value("select nav from navs where date = '1900-01-02'") == 2 + world.value("select 0.25")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "navs.csv line 1"),
        (b"scheme,date\nFUND,2010-05-14\n", "navs.csv line 1"),
        (b"nav,scheme,date\n12.5,FUND,2010-05-14,x\n", "navs.csv line 2"),
        (b"scheme,date,nav\nFUND,2010-05-14,1\x00\n", "navs.csv line 2"),
    ],
)
def test_a_file_of_another_form_is_refused(world: World, tmp_path: Path, content: bytes, field: str) -> None:
    path = tmp_path / "navs.csv"
    path.write_bytes(content)
    assert refused(world, path).field == field


@pytest.mark.parametrize("spoil", ["missing", "directory", "latin", "half a gzip", "a quote for ever"])
def test_a_file_that_can_t_be_read_is_named(world: World, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "navs.csv"
    makers: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "directory": path.mkdir,
        "latin": lambda: path.write_bytes(b"scheme,date,nav\nF\xff\xfe,2010-05-14,1\n"),
        "a quote for ever": lambda: path.write_text('scheme,date,nav\n"' + "FUND,2010-05-14,1\n" * 9000),
        "half a gzip": lambda: path.write_bytes(gzip.compress(b"scheme,date,nav\n" * 999)[:-9]),
    }
    makers[spoil]()
    assert "navs.csv" in refused(world, path).field


def test_columns_may_come_in_any_order_and_zipped(world: World, tmp_path: Path) -> None:
    path = tmp_path / "navs.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfNav, Date ,scheme\r\n12.5000,2010-05-14,FUND\r\n"))
    assert load(world, path)["counts"]["navs"] == 1


def test_a_corrected_nav_wakes_the_orders_that_wait_for_it(world: World, tmp_path: Path) -> None:
    world.connection.execute("delete from navs where date >= '2024-01-05'")
    world.rule()
    world.auto_invest("2024-01-05 10:00")
    world.orders("2024-01-05 10:01")
    path = tmp_path / "navs.csv"
    path.write_text("scheme,date,nav\nFUND,2024-01-05,20\n")
    world.clock.instant = builders.at("2024-01-05 19:00")
    assert load(world, path)["counts"]["orders"] == 1
    assert world.pokes[-1] == ("orders", builders.at("2024-01-05 19:00"))
    world.orders("2024-01-05 19:00")
    assert [order["executed_units"] for order in world.order_rows()] == [500]
