"""Orders whose outcome is not known: looked up by our id, never sent again blindly, and at most once accepted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders import World
from tests.gateways import FakeGateway

DAY = "2024-01-05"


def placed(world: World, **manners: Any) -> FakeGateway:
    """A gateway of such manners to which one order has been sent at 10:01."""
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    gateway = FakeGateway(**manners)
    world.behind(gateway, gateway.ledger)
    try:
        world.orders(f"{DAY} 10:01")
    except ConnectionError:
        assert manners["on_submit"] in ("crash", "drop")
    return gateway


def status(world: World) -> str:
    (order,) = world.order_rows()
    return str(order["status"])


def ends(world: World) -> list[tuple[str, str | None]]:
    return [(order["status"], order["reason"]) for order in world.order_rows()]


def names(gateway: FakeGateway) -> list[str]:
    return [name for name, _ in gateway.calls]


def finish(world: World, gateway: FakeGateway) -> None:
    """The gateway executes what it holds, so that nothing of its ledger is left open."""
    gateway.on_submit = gateway.on_look_up = "execute"
    for _ in range(4):
        world.later(minutes=6)
        world.orders()


@pytest.mark.parametrize("manner", ["hang", "crash", "mute"])
def test_what_arrived_without_an_answer_is_found_by_a_look_up_and_never_sent_again(world: World, manner: str) -> None:
    gateway = placed(world, on_submit=manner)
    assert status(world) in ("Unknown", "Submitting")
    gateway.on_submit = "accept"
    for time in ("10:02", "10:03", "10:04", "10:06"):
        world.orders(f"{DAY} {time}")
    assert status(world) == "Submitted"
    assert names(gateway).count("submit") == 1
    finish(world, gateway)
    assert (status(world), list(gateway.ledger.values())) == ("Executed", [1])


@pytest.mark.parametrize("manner", ["lose", "drop"])
def test_what_never_arrived_is_sent_again_with_the_same_id_after_two_absences(world: World, manner: str) -> None:
    gateway = placed(world, on_submit=manner)
    gateway.on_submit = "accept"
    for minute in range(2, 12):
        world.orders(f"{DAY} 10:{minute:02}")
    assert status(world) == "Submitted"
    assert names(gateway)[:4] == ["submit", "look_up", "look_up", "submit"]
    sent = [ids for name, ids in gateway.calls if name == "submit"]
    assert sent[0] == sent[1]
    assert len(sent) == 2
    assert list(gateway.ledger.values()) == [1]
    finish(world, gateway)


def test_two_absences_lie_a_quiet_window_apart_however_often_it_ticks(world: World) -> None:
    gateway = placed(world, on_submit="lose", on_look_up="blind")
    looked: list[float] = []
    for _ in range(40):
        before = names(gateway).count("look_up")
        world.later(seconds=10)
        world.orders()
        if names(gateway).count("look_up") > before:
            looked.append(world.clock.instant.timestamp())
        if names(gateway).count("submit") == 2:
            break
    assert len(looked) == 2
    assert looked[1] - looked[0] >= world.runtime.settings.quiet_window.total_seconds()
    finish(world, gateway)


def test_an_order_that_shows_up_late_is_not_sent_twice(world: World) -> None:
    gateway = placed(world, on_submit="hang", on_look_up="blind")
    world.orders(f"{DAY} 10:04")
    assert status(world) == "Unknown"
    gateway.on_look_up = "ledger"
    for time in ("10:06", "10:07", "10:08"):
        world.orders(f"{DAY} {time}")
    assert (status(world), names(gateway).count("submit")) == ("Submitted", 1)
    finish(world, gateway)


def test_a_gateway_that_knows_nothing_for_ever_is_never_sent_a_second_order_it_would_count(world: World) -> None:
    gateway = placed(world, on_submit="hang", on_look_up="unknown")
    for minute in range(2, 50):
        world.orders(f"{DAY} 10:{minute:02}")
    assert (status(world), names(gateway).count("submit"), gateway.ledger.total()) == ("Unknown", 1, 1)
    finish(world, gateway)


def test_a_proven_refusal_is_failed_and_takes_back_what_was_counted(world: World) -> None:
    gateway = placed(world, on_submit="refuse")
    (order,) = world.order_rows()
    assert (order["status"], order["reason"]) == ("Failed", "refused_by_house")
    world.orders(f"{DAY} 12:00")
    assert names(gateway) == ["submit"]
    assert world.value("select total_invested + execution_count from auto_invest_rules") == 0


def test_a_refusal_that_a_look_up_tells_is_failed_too(world: World) -> None:
    placed(world, on_submit="accept", on_look_up="refuse")
    for time in ("10:06", "10:12"):
        world.orders(f"{DAY} {time}")
    assert status(world) == "Failed"
    assert world.value("select status || ' ' || reason from automation_execution_logs") == "Failed order_failed"


def test_an_order_that_is_executed_at_once_is_booked_at_once(world: World) -> None:
    placed(world, on_submit="execute")
    assert status(world) == "Executed"
    assert world.value("select cash_balance from clients") == 90000


def test_a_process_that_died_before_the_call_leaves_an_order_that_is_looked_up_after_its_lease(world: World) -> None:
    world.rule()
    world.auto_invest(f"{DAY} 10:00")
    gateway = FakeGateway()
    world.behind(gateway, gateway.ledger)
    world.connection.execute(
        "update orders set status = 'Submitting', submitting_at = %s, next_look_at = %s",
        (world.clock.instant, world.clock.instant + world.runtime.settings.lease),
    )
    world.orders(f"{DAY} 10:01")
    assert names(gateway) == []
    for minute in range(2, 10):
        world.orders(f"{DAY} 10:{minute:02}")
    assert names(gateway)[:3] == ["look_up", "look_up", "submit"]
    assert list(gateway.ledger.values()) == [1]
    finish(world, gateway)


def test_an_order_that_is_to_be_sent_again_is_checked_again(world: World) -> None:
    gateway = placed(world, on_submit="lose")
    gateway.on_submit = "accept"
    world.connection.execute("update clients set status = 'Suspended'")
    for minute in range(2, 12):
        world.orders(f"{DAY} 10:{minute:02}")
    assert (status(world), names(gateway).count("submit")) == ("Cancelled", 1)


def test_a_submitted_order_that_the_gateway_forgets_is_looked_up_twice_before_anything_else(world: World) -> None:
    gateway = placed(world, on_submit="accept", on_look_up="blind")
    world.orders(f"{DAY} 10:06")
    assert (status(world), names(gateway).count("submit")) == ("Unknown", 1)
    gateway.on_look_up = "ledger"
    world.orders(f"{DAY} 10:09")
    assert status(world) == "Submitted"
    finish(world, gateway)


def hours(world: World, count: int = 2) -> None:
    """Ticks of the sweep, every five minutes."""
    for _ in range(12 * count):
        world.later(minutes=5)
        world.orders()


def test_an_order_that_was_acknowledged_and_forgotten_is_held_and_never_sent_again(world: World) -> None:
    gateway = placed(world, on_submit="accept", on_look_up="blind")
    hours(world)
    assert ends(world) == [("Held", "forgotten_by_gateway")]
    assert names(gateway) == ["submit", "look_up", "look_up"]


def test_an_order_that_never_arrives_is_sent_again_three_times_and_then_held(world: World) -> None:
    gateway = placed(world, on_submit="lose")
    hours(world)
    assert ends(world) == [("Held", "never_arrived")]
    assert names(gateway).count("submit") == 4


def two_placed(world: World, gateway: FakeGateway) -> None:
    """Two orders, of 500 and 700, sent together by a call that breaks."""
    for amount in ("500", "700"):
        world.rule(amount=amount)
    world.auto_invest(f"{DAY} 10:00")
    world.behind(gateway, gateway.ledger)
    with pytest.raises(ConnectionError):
        world.orders(f"{DAY} 10:01")


def test_all_orders_of_a_call_that_breaks_are_unknown_at_once(world: World) -> None:
    gateway = FakeGateway(on_submit="crash")
    two_placed(world, gateway)
    assert ends(world) == [("Unknown", None)] * 2
    finish(world, gateway)


def test_orders_of_a_call_that_broke_are_sent_again_each_by_itself(world: World) -> None:
    gateway = FakeGateway(on_submit="drop")
    two_placed(world, gateway)
    gateway.on_submit = "accept"
    hours(world, 1)
    assert [len(ids) for name, ids in gateway.calls if name == "submit"] == [2, 1, 1]
    assert ends(world) == [("Submitted", None)] * 2
    finish(world, gateway)


def test_an_order_that_breaks_every_call_is_held_and_the_one_beside_it_is_submitted(world: World) -> None:
    gateway = FakeGateway(poison=Decimal(700))
    two_placed(world, gateway)
    hours(world)
    found = {order["amount"]: (order["status"], order["reason"]) for order in world.order_rows()}
    assert found == {500: ("Submitted", None), 700: ("Held", "never_arrived")}


def test_a_call_that_breaks_keeps_no_other_order_from_being_looked_up(world: World) -> None:
    gateway = placed(world, on_submit="accept", on_look_up="execute")
    late = world.rule(amount="700", time="10:05")
    world.auto_invest(f"{DAY} 10:05")
    gateway.on_submit = "drop"
    with pytest.raises(ConnectionError):
        world.orders(f"{DAY} 10:06")
    assert [order["status"] for order in world.order_rows()] == ["Executed", "Unknown"]
    gateway.on_submit = "execute"
    hours(world, 1)
    assert world.order_rows(late)[0]["status"] == "Executed"
