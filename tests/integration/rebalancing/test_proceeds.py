"""The money of redemptions: bought with when it may be, as far as it is there, and before anything more is sold."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine.replay import replay
from automation.errors import Conflict
from tests import builders
from tests.gateways import FakeGateway
from tests.rebalancing_floor import ACROSS, MONDAY, Floor

AFTER: list[str] = ["2024-01-09", "2024-01-10", "2024-01-11"]


def redeemed(floor: Floor, **changes: Any) -> str:
    """A rule whose redemption of 24,000 of EQ is executed; nobody has looked at its purchase of GOLD yet."""
    rule = floor.add(**ACROSS | changes)
    floor.world.orders()
    floor.publish_all({"EQ": "100", "DEBT": "100", "GOLD": "100"}, MONDAY)
    floor.world.orders()
    return rule


def penniless(floor: Floor) -> None:
    builders.deposit(floor.world.connection, "C1", "-100000")


def legs(floor: Floor) -> list[tuple[str, str, str | None]]:
    """(type, status, reason) of the first execution's legs."""
    return [(each["order_type"], each["status"], each.get("reason")) for each in floor.executions()[0]["actions"]]


def test_nothing_is_sold_for_what_has_a_stale_price(floor: Floor) -> None:
    floor.world.connection.execute("delete from navs where product_id = 'GOLD' and date > '2023-12-20'")
    rule = floor.add(**ACROSS)
    assert (floor.executions(), floor.last_look(rule)) == ([], "stale_price")


@pytest.mark.parametrize("stop", [
    """insert into automation_controls (id, created_at, scope, mode, reason, created_by)
       values (gen_random_uuid(), '2024-01-01', 'global', 'stop_buys', 'drill', 'ops')""",
    """insert into automation_controls (id, created_at, scope, scope_id, mode, reason, created_by)
       values (gen_random_uuid(), '2024-01-01', 'job', 'orders', 'stop_all', 'drill', 'ops')""",
    "update clients set status = 'Suspended'",
    "update navs set suspect = true where product_id = 'GOLD' and date = '2024-01-08'",
])  # fmt: skip
def test_a_purchase_waits_with_its_money_while_it_may_not_be_made(floor: Floor, stop: str) -> None:
    redeemed(floor)
    floor.world.connection.execute(stop.encode())
    for _ in range(5):
        floor.turn()
        floor.world.later(minutes=5)
    assert (floor.states(), legs(floor)[1][:2]) == (["Executing"], ("Purchase", "Planned"))
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    floor.world.connection.execute("update clients set status = 'Active'")
    floor.world.connection.execute("update navs set suspect = false")
    floor.turn()
    floor.evening("2024-01-09")
    assert (floor.states(), floor.held()["GOLD"]) == (["Executed"], "240")


def test_a_purchase_that_waits_says_why(floor: Floor) -> None:
    redeemed(floor)
    builders.add_switch(floor.world.connection, "global", None, "stop_buys")
    floor.tick()
    assert "leg 1 Planned (kill_switch)" in floor.why(floor.shown())


def test_a_house_that_refuses_time_after_time_does_not_turn_the_portfolio_into_cash(floor: Floor) -> None:
    redeemed(floor)
    floor.tick()
    floor.world.behind(FakeGateway(on_submit="refuse"), None)
    for day in AFTER:
        floor.evening(day)
    assert floor.held()["EQ"] == "360"
    assert {order["order_type"] for order in floor.orders()[1:]} == {"Purchase"}


def test_what_was_refused_is_bought_with_the_same_money_next_time(floor: Floor) -> None:
    redeemed(floor)
    floor.tick()
    paper = floor.world.runtime.gateway
    floor.world.behind(FakeGateway(on_submit="refuse"), None)
    floor.turn()
    assert str(floor.executions()[0]["unspent"]) == "24000.00"
    floor.world.behind(paper, None)
    floor.evening("2024-01-09")
    floor.evening("2024-01-10")
    assert (floor.states(), floor.held()) == (["Adjusted", "Executed"], {"EQ": "360", "DEBT": "400", "GOLD": "240"})
    assert str(floor.executions()[1]["unspent"]) == "0.00"
    assert replay(floor.world.runtime).differences == []


def test_money_that_is_gone_when_its_purchase_comes_is_not_spent(floor: Floor) -> None:
    penniless(floor)
    redeemed(floor)
    builders.deposit(floor.world.connection, "C1", "-24000")
    floor.tick()
    assert legs(floor)[1] == ("Purchase", "Skipped", "insufficient_cash")
    assert floor.states() == ["Adjusted"]


def test_what_is_left_of_the_money_is_spent(floor: Floor) -> None:
    penniless(floor)
    redeemed(floor)
    builders.deposit(floor.world.connection, "C1", "-20000")
    floor.tick()
    assert [str(order["amount"]) for order in floor.orders("Pending")] == ["4000.00"]


def test_two_purchases_do_not_spend_the_same_money(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "BAR", asset_class="bar", amc="Gamma")
    builders.add_navs(floor.world.connection, "BAR", "2024-01-01", "2024-01-08", "100")
    penniless(floor)
    redeemed(floor, target_allocation={"EQ": "60", "GOLD": "20", "BAR": "20"})
    builders.deposit(floor.world.connection, "C1", "-10000")
    floor.tick()
    assert sum(order["amount"] for order in floor.orders("Pending")) == 14_000


def test_sell_only_buys_nothing_with_what_a_failed_sale_leaves(floor: Floor) -> None:
    builders.add_lot(floor.world.connection, "GOLD", "300", "30000.00", "2022-06-01")
    floor.add(mode="sell_only", target_allocation={"EQ": "40", "GOLD": "10", "DEBT": "50"})
    floor.world.connection.execute("update products set status = 'Closed' where id = 'GOLD'")
    floor.turn()
    floor.evening(MONDAY)
    assert (floor.states(), {order["order_type"] for order in floor.orders()}) == (["Adjusted"], {"Redemption"})


def test_what_is_bought_from_cash_does_not_count_as_spent_of_what_was_sold(floor: Floor) -> None:
    """30,000 come from EQ and 7,500 from cash, which pays for BAR: all that GOLD was to get is left when it closes."""
    builders.add_product(floor.world.connection, "BAR", asset_class="bar", amc="Gamma")
    builders.add_product(floor.world.connection, "GOLD2", asset_class="gold", amc="Delta")
    for product in ("BAR", "GOLD2"):
        builders.add_navs(floor.world.connection, product, "2024-01-01", "2024-01-09", "100")
    builders.deposit(floor.world.connection, "C1", "-85000")
    targets = {"EQ": "40", "cash": "10", "BAR": "25", "gold": "25"}
    floor.add(target_allocation=targets, preferred_products=["GOLD", "GOLD2"])
    assert [each["funded_by"] for each in floor.execution()["actions"]] == [[], [[0, "11250.00"]], [[0, "18750.00"]]]
    floor.world.orders()
    floor.publish_all({"EQ": "100", "DEBT": "100", "GOLD": "100"}, MONDAY)
    floor.world.orders()
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'GOLD'")
    floor.turn()
    floor.evening("2024-01-09")
    again = floor.executions()[0]["actions"][3:]
    assert [(each["product_id"], each["amount"]) for each in again] == [("GOLD2", "18750.00")]


def test_an_execution_that_waits_for_a_person_can_be_given_up_by_one(floor: Floor) -> None:
    redeemed(floor)
    floor.tick()
    floor.world.connection.execute("update orders set status = 'Held', reason = 'insufficient_cash' where leg = 1")
    floor.turn()
    assert floor.states() == ["Executing"]
    floor.decline(floor.shown(), "the money is gone", "ravi")
    row = floor.execution()
    assert (row["status"], row["decided_by"], row["decided_why"]) == ("Adjusted", "ravi", "the money is gone")
    assert legs(floor)[1] == ("Purchase", "Failed", "order_held")


def test_what_waits_to_be_bought_can_be_given_up(floor: Floor) -> None:
    redeemed(floor)
    builders.add_switch(floor.world.connection, "global", None, "stop_buys")
    floor.tick()
    floor.decline(floor.shown())
    assert (floor.states(), legs(floor)[1]) == (["Adjusted"], ("Purchase", "Skipped", "given_up"))


def test_while_an_order_is_under_way_nothing_is_given_up(floor: Floor) -> None:
    floor.add(**ACROSS)
    with pytest.raises(Conflict):
        floor.decline(floor.shown())
    assert floor.states() == ["Executing"]
