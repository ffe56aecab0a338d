"""When trigger orders are told to look at a price that a NAV file brought."""

from __future__ import annotations

from typing import Any

from tests.builders import at
from tests.navs import Desk

HISTORY = "scheme,date,nav\n" + "".join(f"FUND,2024-01-{day:02},10.{day:02}\n" for day in range(1, 6))


def watched(desk: Desk, **columns: Any) -> None:
    row = {"nav": 10, "date": "2024-01-03", "due_at": None} | columns
    desk.world.connection.execute(
        "insert into watched_prices (product_id, nav, date, due_at) values ('FUND', %(nav)s, %(date)s, %(due_at)s)", row
    )


def test_a_new_nav_is_due_when_it_is_known(desk: Desk) -> None:
    desk.counts("scheme,date,nav\nFUND,2024-01-05,10.5\n")
    assert desk.due() == at("2024-01-05 21:00")


def test_history_is_due_from_the_first_day_on_that_was_not_looked_at(desk: Desk) -> None:
    desk.counts(HISTORY, known_at="20:00")
    assert desk.due() == at("2024-01-01 20:00")


def test_what_lies_before_the_last_look_is_not_due(desk: Desk) -> None:
    watched(desk)
    desk.counts("scheme,date,nav\nFUND,2024-01-02,10.5\n")
    assert desk.due() is None
    desk.counts(HISTORY, known_at="20:00")
    assert desk.due() == at("2024-01-03 20:00")


def test_a_correction_of_the_price_that_was_looked_at_is_due(desk: Desk) -> None:
    desk.days("10.1")
    desk.world.connection.execute("update watched_prices set date = '2024-01-08', nav = 10.1, due_at = null")
    desk.world.later(hours=1)
    desk.counts("scheme,date,nav\nFUND,2024-01-08,10.2\n")
    assert desk.due() == desk.world.clock.instant


def test_what_is_due_earlier_stays_so(desk: Desk) -> None:
    watched(desk, due_at=at("2024-01-04 21:00"))
    desk.counts("scheme,date,nav\nFUND,2024-01-05,10.5\n")
    assert desk.due() == at("2024-01-04 21:00")


def test_an_unchanged_nav_wakes_nobody(desk: Desk) -> None:
    desk.days("10.1")
    desk.world.connection.execute("update watched_prices set date = '2024-01-08', nav = 10.1, due_at = null")
    desk.world.later(hours=1)
    assert desk.counts()["changed"] == 0
    assert desk.due() is None
