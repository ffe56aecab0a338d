"""A process that was stopped in the middle of a call, and what others have done meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from automation.engine import rules
from automation.orders.order import Order, Reply
from tests.builders import World
from tests.gateways import FakeGateway

DAY = "2024-01-05"


def other_process(world: World, gateway: FakeGateway) -> World:
    """Another process on the same database and clock, with its own connection and the same house behind."""
    made = replace(world.runtime, gateway=gateway)
    return World(world.connection, world.clock, made)


def second_attempt(world: World, house: FakeGateway) -> None:
    """While the first process hangs, another looks the order up twice, sends it again and has it accepted."""
    other = other_process(world, house)
    for _ in range(8):
        world.later(minutes=3)
        other.orders()


@pytest.mark.parametrize("late", ["refuse", "lose", "accept", "execute"])
def test_the_late_answer_to_an_attempt_that_was_given_up_changes_nothing(world: World, late: str) -> None:
    house = FakeGateway()
    stuck = FakeGateway(on_submit="drop")
    stuck.meanwhile = lambda: second_attempt(world, house)
    rule = world.rule()
    world.auto_invest(f"{DAY} 10:00")
    stuck.on_submit = late
    world.behind(stuck, house.ledger)
    before = len(house.calls)
    world.orders(f"{DAY} 10:01")
    assert before == 0
    (order,) = world.order_rows(rule)
    assert order["status"] == "Submitted"
    assert world.log(rule)[0][1] == "Success"
    assert world.value("select cash_balance from clients") == 100000


def test_a_late_answer_to_a_look_up_changes_nothing(world: World) -> None:
    house = FakeGateway(on_look_up="execute")
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    world.behind(house, house.ledger)
    world.orders(f"{DAY} 10:01")
    slow = FakeGateway(on_look_up="blind")
    slow.meanwhile = lambda: second_attempt(world, house)
    world.behind(slow, house.ledger)
    world.orders(f"{DAY} 10:10")
    (order,) = world.order_rows()
    assert (order["status"], order["absences"]) == ("Executed", 0)


def test_an_old_absence_does_not_count_beside_a_new_one(world: World) -> None:
    house = FakeGateway(on_submit="hang", on_look_up="blind")
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    world.behind(house, house.ledger)
    world.orders(f"{DAY} 10:01")
    slow = FakeGateway(on_look_up="blind")

    def one_look() -> None:
        world.later(minutes=2, seconds=1)
        other_process(world, house).orders()

    slow.meanwhile = one_look
    world.behind(slow, house.ledger)
    world.orders(f"{DAY} 10:04")
    (order,) = world.order_rows()
    assert (order["status"], order["absences"]) == ("Unknown", 1)
    assert [name for name, _ in house.calls].count("submit") == 1
    house.on_look_up = house.on_submit = "execute"
    second_attempt(world, house)


def test_a_process_that_slept_past_its_lease_before_the_call_does_not_make_it(world: World) -> None:
    house = FakeGateway()
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    sleepy = other_process(world, FakeGateway(on_submit="accept"))
    asleep = sleepy.runtime.gateway
    instants = iter([0, 0, 600])

    class Sleeping:
        def now(self, connection: object) -> object:
            world.later(seconds=next(instants, 0))
            return world.clock.instant

    sleepy.runtime = replace(sleepy.runtime, clock=Sleeping())  # type: ignore[arg-type]
    sleepy.orders()
    assert isinstance(asleep, FakeGateway)
    assert [name for name, _ in asleep.calls if name == "submit"] == []
    world.behind(house, house.ledger)
    second_attempt(world, house)


def test_a_cancellation_during_the_call_leaves_an_order_that_the_house_has(world: World) -> None:
    house = FakeGateway()
    rule = world.rule()
    world.auto_invest(f"{DAY} 10:00")
    house.meanwhile = lambda: rules.cancel(world.runtime, rule, "client_request", by="test")
    world.behind(house, house.ledger)
    world.orders(f"{DAY} 10:01")
    house.meanwhile = lambda: None
    assert [order["status"] for order in world.order_rows()] == ["Submitted"]
    house.on_look_up = "execute"
    world.orders(f"{DAY} 10:10")
    assert [order["status"] for order in world.order_rows()] == ["Executed"]
    assert world.state(rule)["status"] == "Cancelled"


def test_two_replies_about_one_order_are_booked_once(world: World) -> None:
    house = FakeGateway(on_submit="execute")
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    submit = house.submit
    house.submit = lambda orders, now: submit(orders, now) * 2  # type: ignore[method-assign]
    world.behind(house, house.ledger)
    world.orders(f"{DAY} 10:01")
    assert [order["status"] for order in world.order_rows()] == ["Executed"]
    assert world.value("select count(*) from lots") == 1


def test_a_reply_about_an_order_that_was_not_sent_changes_nothing(world: World) -> None:
    house = FakeGateway(on_submit="execute")
    first, stranger = world.rule(), world.rule(amount="700", time="10:05")
    world.auto_invest(f"{DAY} 10:00")
    submit = house.submit

    def confused(orders: Sequence[Order], now: datetime) -> list[Reply]:
        world.auto_invest(f"{DAY} 10:05")
        (unsent,) = world.order_rows(stranger)
        replies = submit(orders, now)
        return [*replies, replies[0]._replace(order_id=unsent["id"])]

    house.submit = confused  # type: ignore[method-assign]
    world.behind(house, house.ledger)
    world.orders(f"{DAY} 10:01")
    assert [order["executed_amount"] for order in world.order_rows(first)] == [10000]
    assert [order["executed_amount"] for order in world.order_rows(stranger)] == [700]
