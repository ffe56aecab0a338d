"""NAVs that jump: suspect, passed, confirmed by the feed or by a person, and never seen by a condition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from automation.engine import suspects
from automation.errors import Conflict, InvalidInput, NotFound
from tests.navs import Desk, listing, scheme


def test_a_jump_is_kept_as_suspect_and_counted(desk: Desk) -> None:
    (counts,) = desk.days("20")
    assert (counts["changed"], counts["suspect"]) == (1, 1)
    assert desk.navs() == [("2024-01-08", "20", True, None)]


def test_the_next_one_that_is_back_leaves_it_suspect_for_ever(desk: Desk) -> None:
    desk.days("20", "10.1", "10.2", "10.3", "10.4")
    assert desk.suspects() == ["20"]


def test_two_more_in_its_range_make_all_three_good(desk: Desk) -> None:
    first, second, third, _ = desk.days("1.00", "1.01", "0.99", "1.02")
    assert [counts.get("suspect") for counts in (first, second, third)] == [1, 1, None]
    assert [(nav, suspect, by) for _, nav, suspect, by in desk.navs()] == [
        ("1", False, "feed"),
        ("1.01", False, "feed"),
        ("0.99", False, "feed"),
        ("1.02", False, None),
    ]


def test_triggers_look_again_when_the_feed_has_confirmed(desk: Desk) -> None:
    desk.days("10.1")
    desk.world.connection.execute("update watched_prices set due_at = null, nav = 10.1, date = '2024-01-08'")
    desk.days("1.00", "1.01", first="2024-01-09")
    assert desk.due() is None
    desk.days("0.99", first="2024-01-11")
    assert desk.due() == desk.world.clock.instant


def test_several_days_of_one_file_are_judged_in_the_order_of_their_dates(desk: Desk) -> None:
    desk.world.later(days=10)
    lines = [
        f"FUND,2024-01-{day:02},{nav}" for day, nav in [(12, "5.1"), (8, "10.2"), (10, "5"), (9, "300"), (11, "5.2")]
    ]
    assert desk.counts("\n".join(["scheme,date,nav", *lines]))["suspect"] == 1
    assert desk.suspects() == ["300"]


def test_the_percent_is_a_setting(desk: Desk) -> None:
    desk.with_settings(nav_jump_percent=Decimal(100))
    desk.days("20")
    assert desk.suspects() == []
    desk.days("40.01", first="2024-01-09")
    assert desk.suspects() == ["40.01"]


def test_history_is_taken_as_it_is(desk: Desk) -> None:
    assert "suspect" not in desk.counts("scheme,date,nav\nFUND,2024-01-02,100\nFUND,2024-01-03,1\n", known_at="21:00")
    assert desk.suspects() == []


def test_a_schemes_first_nav_is_good(desk: Desk) -> None:
    desk.counts(listing([scheme(1, "1000000")]))
    assert desk.suspects("1") == []


def test_a_suspect_nav_that_is_corrected_is_good_and_what_follows_is_judged_anew(desk: Desk) -> None:
    desk.days("100", "10.1", "50", "51")
    assert desk.suspects() == ["100", "50", "51"]
    desk.counts("scheme,date,nav\nFUND,2024-01-08,10\nFUND,2024-01-10,10.2\n", accept_short=True)
    assert desk.suspects() == ["51"]
    desk.counts("scheme,date,nav\nFUND,2024-01-10,42\n", accept_short=True)
    assert desk.suspects() == ["42", "51"]
    desk.days("50", first="2024-01-12")
    assert desk.suspects() == []


def test_what_was_good_stays_good_when_an_earlier_nav_is_corrected(desk: Desk) -> None:
    desk.days("10.1", "10.2", "10.3")
    desk.counts("scheme,date,nav\nFUND,2024-01-09,99\n")
    assert desk.suspects() == ["99"]


def test_a_person_confirms_one_and_those_after_it_are_judged_against_it(desk: Desk) -> None:
    desk.days("20", "20.5")
    desk.world.connection.execute("update watched_prices set due_at = null")
    suspects.confirm(desk.world.runtime, "FUND", date(2024, 1, 8), "asha")
    assert [(nav, suspect, by) for _, nav, suspect, by in desk.navs()] == [("20", False, "asha"), ("20.5", False, None)]
    assert desk.due() == desk.world.clock.instant


def test_only_a_suspect_nav_can_be_confirmed_and_only_by_somebody(desk: Desk) -> None:
    desk.days("10.1", "20")
    runtime = desk.world.runtime
    with pytest.raises(NotFound, match="has no NAV of 2024-01-07"):
        suspects.confirm(runtime, "FUND", date(2024, 1, 7), "asha")
    with pytest.raises(Conflict, match="is not suspect"):
        suspects.confirm(runtime, "FUND", date(2024, 1, 8), "asha")
    with pytest.raises(InvalidInput, match="names nobody"):
        suspects.confirm(runtime, "FUND", date(2024, 1, 9), "feed")
    assert desk.suspects() == ["20"]


def test_they_are_listed_with_the_last_good_nav_those_that_hold_a_price_back_first(desk: Desk) -> None:
    desk.days("20", "10", "5", "9.9", "30")
    found = suspects.find(desk.world.runtime)
    assert [(str(each.nav), str(each.good), str(each.move), each.passed) for each in found] == [
        ("30.0000", "9.9000", "203.03", False),
        ("5.0000", "10.0000", "-50.00", True),
        ("20.0000", "10.0000", "100.00", True),
    ]


def test_triggers_are_not_told_of_a_suspect_nav(desk: Desk) -> None:
    desk.world.connection.execute("delete from watched_prices")
    desk.days("20")
    assert desk.due() is None
    desk.days("10.5", first="2024-01-09")
    assert desk.due() == desk.world.clock.instant


def test_orders_are_allotted_at_what_was_published(desk: Desk) -> None:
    desk.submitted()
    desk.world.later(hours=11)
    assert desk.counts("scheme,date,nav\nFUND,2024-01-05,20\n")["suspect"] == 1
    desk.world.orders()
    (order,) = desk.world.order_rows()
    assert (order["status"], order["nav"]) == ("Executed", 20)
