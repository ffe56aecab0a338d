"""The navs function, called as Lambda calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automation.database import Connection, scalar
from automation.errors import InvalidInput
from automation.runtime import Runtime, using
from infra.local.invoke import call

pytestmark = pytest.mark.usefixtures("rule")
Event = Callable[[str], dict[str, Any]]


@pytest.fixture
def navs(tmp_path: Path) -> Path:
    path = tmp_path / "navs.csv"
    path.write_text("scheme,date,nav\nFUND,2026-01-03,10.5\nFUND,2026-01-05,11.25\n")
    return path


def test_a_tick_reads_the_file_that_the_settings_name(
    event: Event, runtime: Runtime, navs: Path, connection: Connection
) -> None:
    configured = replace(runtime, settings=replace(runtime.settings, nav_file=str(navs)))
    with using(configured):
        answer = call("navs", event("navs"))
    assert answer["counts"] == {"navs": 2, "changed": 2, "orders": 0}
    assert scalar(connection, "select nav from navs where date = '2026-01-05'") == Decimal("11.2500")


def test_the_same_file_again_changes_nothing(navs: Path) -> None:
    call("navs", {"file": str(navs)})
    assert call("navs", {"file": str(navs)})["counts"]["changed"] == 0


def test_history_is_known_at_the_local_time_that_is_named(navs: Path, connection: Connection) -> None:
    call("navs", {"file": str(navs), "known_at": "21:00"})
    known = scalar(connection, "select (observed_at at time zone 'UTC')::text from navs where date = '2026-01-03'")
    assert known == "2026-01-03 15:30:00"


def test_a_tick_without_any_file_says_what_to_set(event: Event) -> None:
    with pytest.raises(InvalidInput) as refused:
        call("navs", event("navs"))
    assert "AUTOMATION_NAV_FILE" in refused.value.hint


def test_a_broken_line_is_named_and_nothing_of_the_file_is_kept(navs: Path, connection: Connection) -> None:
    navs.write_text(navs.read_text() + "FUND,2026-01-06,NaN\n")
    with pytest.raises(InvalidInput, match=r"navs\.csv line 4"):
        call("navs", {"file": str(navs)})
    assert scalar(connection, "select count(*) from navs") == 1
    assert scalar(connection, "select status from automation_runs where job = 'navs'") == "Failed"
