"""Prices that can't be trusted: nothing is planned on one that is missing, old or suspect."""

from __future__ import annotations

import pytest

from tests import builders
from tests.rebalancing_floor import MONTHLY, Floor


def test_a_price_older_than_three_business_days_is_stale(floor: Floor) -> None:
    """DEBT's last one is of Friday, the 5th: on Wednesday it is three business days old, on Thursday four."""
    rule = floor.add()
    floor.price("125", "2024-01-11")
    assert (floor.executions(), floor.last_look(rule)) == ([], "stale_price")


def test_a_price_of_three_business_days_ago_will_do(floor: Floor) -> None:
    floor.add()
    floor.price("125", "2024-01-10")
    assert floor.states() == ["Executing"]


def test_holidays_do_not_make_a_price_older(floor: Floor) -> None:
    builders.add_holidays(floor.world.connection, "2024-01-09")
    floor.add()
    floor.price("125", "2024-01-11")
    assert floor.states() == ["Executing"]


def test_a_suspect_price_stops_it_until_it_is_confirmed(floor: Floor) -> None:
    rule = floor.add()
    floor.publish("125", "2024-01-08")
    floor.publish("10", "2024-01-08", "DEBT")
    floor.tick()
    assert (floor.executions(), floor.last_look(rule)) == ([], "suspect_price")
    floor.evening("2024-01-09", EQ="125", DEBT="100")
    assert floor.states() == ["Executing"]


def test_a_suspect_price_alone_makes_nobody_look(floor: Floor) -> None:
    floor.add()
    assert floor.price("1000") == {}


def test_of_what_is_held_without_a_price_no_weight_is_known(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "NEW", asset_class="equity")
    builders.add_lot(floor.world.connection, "NEW", "10", "100.00", "2023-06-01")
    rule = floor.add(target_allocation={"equity": "60", "debt": "40"})
    floor.price("125")
    assert (floor.executions(), floor.last_look(rule)) == ([], "no_price")


def test_what_is_only_a_target_needs_no_price_to_be_measured(floor: Floor) -> None:
    """Without one it can't be bought, which is said; the rest is right already."""
    builders.add_product(floor.world.connection, "NEW", asset_class="equity")
    floor.add(target_allocation={"EQ": "40", "DEBT": "40", "NEW": "20"})
    skipped = [(row["product_id"], row["code"]) for each in floor.executions() for row in each["skipped_actions"]]
    assert floor.orders() == []
    assert skipped in ([], [("NEW", "no_price")])


def test_what_stopped_an_occurrence_is_said_in_its_row(floor: Floor) -> None:
    rule = floor.add(**MONTHLY | {"day_of_month": 12})
    floor.tick("2024-01-12 10:00")
    assert floor.log(rule) == [("2024-01-12 10:00", "Skipped", "stale_price")]


def test_nothing_held_is_no_drift(floor: Floor) -> None:
    rule = floor.add(target_allocation={"GOLD": "60", "FUND": "40"})
    floor.price("100", product="GOLD")
    assert (floor.executions(), floor.last_look(rule)) == ([], "nothing_held")


@pytest.mark.parametrize("known_at", ["2024-01-08 20:59", "2024-01-08 21:00"])
def test_a_price_counts_from_the_instant_on_at_which_it_was_observed(floor: Floor, known_at: str) -> None:
    floor.add()
    floor.publish("125", "2024-01-08", when="2024-01-08 21:00")
    floor.tick(known_at)
    assert bool(floor.executions()) == known_at.endswith("21:00")
