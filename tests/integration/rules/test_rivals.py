"""Rules that would buy and sell the same product on one day: said when the second one is made."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders
from tests.builders import World

YEARLY: dict[str, Any] = {"plan": "SWP", "frequency": "Yearly", "start_date": "2024-06-05", "amount": "1000"}
DAILY: dict[str, Any] = {"frequency": "Daily", "amount": "500"}


@pytest.mark.parametrize(("first", "second"), [(DAILY, YEARLY), (YEARLY, DAILY)])
def test_a_daily_and_a_yearly_rule_that_meet_in_five_months_are_said_to(
    world: World, first: dict[str, Any], second: dict[str, Any]
) -> None:
    made = world.create(**first, name="first")
    assert world.create(**second).warnings == [f"{made.id} (first) trades FUND the other way on 2024-06-05"]


def test_rules_that_are_moved_onto_one_day_are_said_to_meet(world: World) -> None:
    builders.add_holidays(world.connection, "2024-01-05")
    world.create(day_of_month=5)
    (said,) = world.create(plan="SWP", day_of_month=8).warnings
    assert said.endswith("the other way on 2024-01-08")


def test_rules_that_never_meet_are_no_rivals(world: World) -> None:
    world.create(frequency="Weekly", day_of_week=1, amount="500")
    assert world.create(plan="SWP", frequency="Weekly", day_of_week=3, amount="500").warnings == []
