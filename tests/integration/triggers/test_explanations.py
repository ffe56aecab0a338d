"""What `why` says of triggers in every state: the figures, what it waits for, and what became of its order."""

from __future__ import annotations

import pytest

from automation.engine import trigger_rules
from automation.errors import NotFound
from tests import builders
from tests.trigger_floor import ABOVE, SELLS, TRAILS, Floor, asks, custom, on_date


def test_one_that_waits_says_the_price_its_level_and_how_far_it_is(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-03-31")
    assert floor.why(trigger).sentence == (
        f"trigger ({trigger}) has not fired: the NAV of EQ was 100.0000 on 2024-01-05, and Greater Than 105.0000 is"
        " asked; 5.00 % away. It waits for Greater Than 105.0000 until 2024-04-01 00:00 Asia/Kolkata, and looks"
        " whenever what it watches has a new price."
    )


def test_one_that_trails_says_the_level_that_it_has_come_to(floor: Floor) -> None:
    trigger = floor.add(**TRAILS)
    floor.days("120")
    assert "and at or below 108.0000 is asked; 10.00 % away" in floor.why(trigger).sentence


def test_one_that_waits_for_a_date_says_when_it_looks(floor: Floor) -> None:
    trigger = floor.add(**on_date("2024-02-01T10:00"))
    assert "It looks next at 2024-02-01 10:00 Asia/Kolkata." in floor.why(trigger).sentence


def test_a_tree_says_what_each_of_its_parts_sees(floor: Floor) -> None:
    trigger = floor.add(**custom({"all": [asks("Greater Than", "105"), asks("Less Than", "60000", "Portfolio Value")]}))
    sentence = floor.why(trigger).sentence
    for part in ("the NAV of EQ was 100.0000", "the portfolio's value was 50,000.00", "Less Than 60,000.00"):
        assert part in sentence


def test_one_that_fired_says_the_price_that_it_saw_and_how_its_order_ended(floor: Floor) -> None:
    trigger = floor.add()
    floor.days("107.1234")
    found = floor.why(trigger)
    assert "fired: the NAV of EQ was 107.1234 on 2024-01-08: it ordered: Purchase of 10,000.00 of EQ" in found.sentence
    assert "its order ORD-" in found.sentence
    assert "is Pending." in found.sentence
    assert (found.data["observed"], found.data["status"]) == ("107.1234", "Fires")
    floor.world.orders("2024-01-08 21:10")
    floor.publish("108", "2024-01-09")
    floor.world.orders("2024-01-09 21:10")
    assert "It is Executed; its order ORD-" in floor.why(trigger).sentence


def test_one_that_fired_and_failed_says_the_price_and_what_was_missing(floor: Floor) -> None:
    trigger = floor.add(**SELLS | {"units": "501", "on_shortfall": "reject"})
    floor.days("106")
    sentence = floor.why(trigger).sentence
    assert (
        "fired: the NAV of EQ was 106.0000 on 2024-01-08, and there were not enough unlocked units. It is Fai"
        in sentence
    )


def test_before_its_first_look_it_says_what_it_is_about_to_do(floor: Floor) -> None:
    sound, poor = floor.create(trigger_value="99").id, floor.create(trigger_value="99", amount="999999",
                                                                    on_shortfall="reject").id  # fmt: skip
    assert " is about to fire: " in floor.why(sound).sentence
    sentence = floor.why(poor).sentence
    assert " is about to fire and to fail: " in sentence
    assert "has not fired" not in sentence


def test_a_crossing_that_was_seen_while_it_was_stopped_is_not_silent(floor: Floor) -> None:
    trigger = floor.add(**ABOVE)
    builders.add_switch(floor.world.connection, "client", "C1", "stop_all")
    floor.days("106")
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    assert floor.fired(trigger) is None
    assert "its last look, at 2024-01-08 15:30 UTC, was stopped: kill_switch" in floor.why(trigger).sentence
    floor.days("104", "107", first="2024-01-09")
    assert floor.fired(trigger) == ("107.0000", "2024-01-10")


def test_one_that_was_cancelled_says_why(floor: Floor) -> None:
    trigger = floor.add()
    trigger_rules.cancel(floor.world.runtime, trigger, "no longer wanted", "asha")
    assert floor.why(trigger).sentence == f"trigger ({trigger}) never fired. It is Cancelled: no longer wanted."


@pytest.mark.parametrize("shown", ["TRIG-01HKKNBAA0F8VS3KE31X3MJH0Z", "TRIG-1", "nonsense"])
def test_one_that_there_is_not_is_not_found(floor: Floor, shown: str) -> None:
    with pytest.raises(NotFound):
        floor.why(shown)
