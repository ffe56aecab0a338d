"""Rules that ended with an instalment which failed afterwards: they go on until it is made up."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders
from tests.builders import World
from tests.gateways import FakeGateway

JANUARY, FEBRUARY, MARCH, APRIL = (f"2024-{month:02}-05" for month in range(1, 5))


def day(world: World, date: str, manner: str) -> None:
    """A day whose orders the house executes or refuses at once."""
    house = world.runtime.gateway
    assert isinstance(house, FakeGateway)
    house.on_submit = manner
    world.auto_invest(f"{date} 10:00")
    world.orders(f"{date} 10:01")


def rule(world: World, **changes: Any) -> str:
    house = FakeGateway()
    world.behind(house, house.ledger)
    return world.rule(**changes)


def ends(world: World, name: str) -> tuple[str, str | None, str | None]:
    """Status, its reason, and the occurrence that comes next."""
    state = world.state(name)
    coming = state["next_occurrence"]
    return state["status"], state["status_reason"], coming and f"{coming:%Y-%m-%d}"


@pytest.mark.parametrize("limit", [{"instalments": 2}, {"max_total_amount": "20000"}])
def test_a_rule_whose_last_instalment_fails_goes_on_with_the_next_occurrence(
    world: World, limit: dict[str, Any]
) -> None:
    name = rule(world, **limit)
    day(world, JANUARY, "execute")
    day(world, FEBRUARY, "refuse")
    assert ends(world, name) == ("Active", None, MARCH)


def test_the_instalment_that_failed_is_made_up_and_the_rule_then_ends(world: World) -> None:
    name = rule(world, instalments=1)
    day(world, JANUARY, "refuse")
    day(world, FEBRUARY, "execute")
    assert [status for _, status, _ in world.log(name)] == ["Failed", "Success"]
    assert ends(world, name) == ("Completed", "instalments_done", None)


def test_a_rule_with_nothing_to_come_after_its_failed_instalment_has_ended(world: World) -> None:
    name = rule(world, instalments=1, end_date="2024-01-31")
    day(world, JANUARY, "refuse")
    assert ends(world, name) == ("Completed", "ended", None)


def test_a_rule_that_goes_on_pauses_where_that_failure_is_one_too_many(world: World) -> None:
    name = rule(world, instalments=1, failure_limit=1)
    day(world, JANUARY, "refuse")
    assert ends(world, name) == ("Paused", "repeated_failures", FEBRUARY)


def test_a_leg_that_fails_leaves_a_rule_ended_that_counts_its_instalment(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    halves = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]
    name = world.rule(product=..., allocations=halves, instalments=1)
    world.auto_invest(f"{JANUARY} 10:00")
    world.connection.execute("update products set open_for_subscription = false where id = 'BOND'")
    world.orders(f"{JANUARY} 10:01")
    assert ends(world, name) == ("Completed", "instalments_done", None)


def test_a_rule_that_a_person_cancelled_stays_cancelled_whatever_fails(world: World) -> None:
    name = rule(world, instalments=1, failure_limit=1)
    world.auto_invest(f"{JANUARY} 10:00")
    world.connection.execute("update auto_invest_rules set status = 'Cancelled', status_reason = 'client_request'")
    world.orders(f"{JANUARY} 10:01")
    assert ends(world, name) == ("Cancelled", "client_request", None)


def test_a_redemption_that_comes_to_less_than_the_rest_of_the_total_lets_its_rule_go_on(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "200", "1800.00", "2023-08-01")
    builders.add_navs(world.connection, "FUND", JANUARY, JANUARY, "9")
    name = world.rule(plan="SWP", amount="2000", max_total_amount="2000")
    world.auto_invest(f"{JANUARY} 10:00")
    world.orders(f"{JANUARY} 10:01")
    world.orders(f"{JANUARY} 21:30")
    assert world.state(name)["total_invested"] == 1800
    assert ends(world, name) == ("Active", None, FEBRUARY)


def test_a_rule_whose_zone_is_gone_is_paused_and_keeps_no_order_of_others_from_ending(world: World) -> None:
    builders.add_client(world.connection, "ODD")
    name, other = rule(world, client="ODD", instalments=1), world.rule(instalments=1)
    world.auto_invest(f"{JANUARY} 10:00")
    world.connection.execute("update clients set time_zone = 'Mars/Olympus' where id = 'ODD'")
    day(world, JANUARY, "refuse")
    world.connection.execute("update clients set time_zone = 'Asia/Kolkata'")
    assert ends(world, name) == ("Paused", "internal_error", None)
    assert ends(world, other) == ("Active", None, FEBRUARY)
