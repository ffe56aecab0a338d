"""What becomes of a trigger that fires: it orders, asks first or only tells; its state says how its order ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automation.engine import trigger_rules
from automation.errors import Conflict, NotFound
from tests import builders
from tests.gateways import FakeGateway
from tests.trigger_floor import SELLS, STOPS, Floor

CONFIRM, NOTIFY = {"mode": "confirm"}, {"mode": "notify"}


Change = Callable[[Floor, str], object]


def confirm(floor: Floor, trigger: str, by: str = "asha") -> str:
    return trigger_rules.confirm(floor.world.runtime, trigger, by)


def cancel(floor: Floor, trigger: str) -> None:
    trigger_rules.cancel(floor.world.runtime, trigger, "changed my mind", "asha")


def test_to_notify_is_to_tell_and_to_order_nothing(floor: Floor) -> None:
    trigger = floor.add(**NOTIFY)
    floor.days("106")
    assert (floor.status(trigger), floor.orders(trigger)) == ("Executed", [])
    assert floor.told() == [("Trigger Order Activated", "Executed")]
    assert floor.log(trigger) == [("Success", None)]


def test_firing_starts_the_orders_job(floor: Floor) -> None:
    floor.add()
    floor.world.pokes.clear()
    floor.days("106")
    assert [job for job, _ in floor.world.pokes if job == "orders"] == ["orders"]


def test_what_is_to_be_confirmed_orders_nothing_and_says_until_when(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    assert (floor.status(trigger), floor.orders(trigger)) == ("Triggered", [])
    assert floor.told() == [("Trigger Order Activated", "Triggered")]
    assert "It waits to be confirmed until 2024-01-09 21:00 Asia/Kolkata." in floor.why(trigger).sentence


def test_confirmed_twice_it_has_one_order(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    first, again = confirm(floor, trigger), confirm(floor, trigger)
    assert first == again
    assert len(floor.orders(trigger)) == 1
    assert floor.row(trigger)["decided_by"] == "asha"
    floor.world.orders("2024-01-08 21:10")
    floor.publish("107", "2024-01-09")
    floor.world.orders("2024-01-09 21:10")
    assert floor.status(trigger) == "Executed"
    with pytest.raises(Conflict):
        confirm(floor, trigger)
    assert len(floor.orders(trigger)) == 1


def test_a_confirmed_trigger_does_not_expire(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    confirm(floor, trigger)
    floor.tick("2024-01-11 10:00")
    assert floor.status(trigger) == "Triggered"


def test_what_nobody_confirms_within_a_day_expires_and_its_client_is_told(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    floor.tick("2024-01-09 20:59")
    assert floor.status(trigger) == "Triggered"
    floor.tick("2024-01-09 21:00")
    assert floor.state(trigger) == ("Expired", "not_confirmed")
    assert floor.told()[-1] == ("Trigger Order Expiring", "expired")
    with pytest.raises(Conflict):
        confirm(floor, trigger)


def test_it_cannot_be_confirmed_too_late_even_before_anybody_noticed(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    floor.world.clock.instant = builders.at("2024-01-09 21:00")
    with pytest.raises(Conflict, match="was to be confirmed by"):
        confirm(floor, trigger)


def test_it_is_sized_by_what_there_is_when_it_is_confirmed(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    builders.deposit(floor.world.connection, "C1", "-95000.00")
    confirm(floor, trigger)
    assert str(floor.order(trigger)["amount"]) == "5000.00"


def test_a_price_that_has_come_back_may_still_be_confirmed(floor: Floor) -> None:
    """The person sees the price; the trigger has fired, and asks only whether to order."""
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    floor.publish("99", "2024-01-09", when="2024-01-09 20:00")
    floor.tick()
    confirm(floor, trigger)
    assert len(floor.orders(trigger)) == 1


@pytest.mark.parametrize(("spoil", "reason"), [
    ("update clients set kyc_status = 'Pending'", "kyc_not_verified"),
    ("update clients set status = 'Suspended'", "client_inactive"),
    ("update products set status = 'Closed' where id = 'EQ'", "product_closed"),
    ("update products set open_for_subscription = false where id = 'EQ'", "product_closed"),
    ("insert into navs values ('EQ', '2024-01-09', 900, '2024-01-09', 'test', true)", "suspect_price"),
])  # fmt: skip
def test_confirming_checks_again_and_says_what_is_wrong(floor: Floor, spoil: str, reason: str) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    floor.world.later(hours=12)
    floor.world.connection.execute(spoil.encode())
    with pytest.raises(Conflict, match=reason):
        confirm(floor, trigger)
    assert (floor.status(trigger), floor.orders(trigger)) == ("Triggered", [])


def test_a_kill_switch_keeps_it_from_being_confirmed_until_it_is_lifted(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    builders.add_switch(floor.world.connection, "client", "C1", "stop_buys")
    with pytest.raises(Conflict, match="kill_switch"):
        confirm(floor, trigger)
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    confirm(floor, trigger)
    assert len(floor.orders(trigger)) == 1


def test_what_waits_to_be_confirmed_may_be_cancelled(floor: Floor) -> None:
    trigger = floor.add(**CONFIRM)
    floor.days("106")
    cancel(floor, trigger)
    assert floor.state(trigger) == ("Cancelled", "changed my mind")
    with pytest.raises(Conflict):
        confirm(floor, trigger)
    floor.tick("2024-01-10 21:00")
    assert floor.status(trigger) == "Cancelled"


def pause(floor: Floor, trigger: str) -> None:
    trigger_rules.pause(floor.world.runtime, trigger, by="test")


@pytest.mark.parametrize("change", [cancel, pause])
def test_what_has_ordered_can_be_neither_cancelled_nor_paused(floor: Floor, change: Change) -> None:
    trigger = floor.add()
    floor.days("106")
    with pytest.raises(Conflict):
        change(floor, trigger)
    assert (floor.status(trigger), len(floor.orders(trigger))) == ("Triggered", 1)


@pytest.mark.parametrize("mode", [{}, CONFIRM, NOTIFY])
def test_what_never_fired_cannot_be_confirmed(floor: Floor, mode: dict[str, str]) -> None:
    trigger = floor.add(**mode)
    with pytest.raises(Conflict):
        confirm(floor, trigger)
    assert (floor.status(trigger), floor.orders(trigger)) == ("Active", [])


def test_what_was_cancelled_may_be_cancelled_again_and_never_fires(floor: Floor) -> None:
    trigger = floor.add()
    for _ in range(2):
        cancel(floor, trigger)
    floor.days("106")
    assert (floor.state(trigger), floor.orders(trigger)) == (("Cancelled", "changed my mind"), [])


@pytest.mark.parametrize("shown", ["TRIG-01HKKNBAA0F8VS3KE31X3MJH0Z", "AUTO-01HKKNBAA0F8VS3KE31X3MJH0Z", "nonsense"])
def test_an_id_that_is_none_is_not_found(floor: Floor, shown: str) -> None:
    for change in (confirm, cancel):
        with pytest.raises(NotFound):
            change(floor, shown)


def test_a_trigger_whose_order_fails_has_failed_and_says_why(floor: Floor) -> None:
    trigger = floor.add()
    floor.days("106")
    house = FakeGateway(on_submit="refuse")
    floor.world.behind(house, house.ledger)
    floor.world.orders()
    assert floor.state(trigger) == ("Failed", "refused_by_house")
    assert floor.log(trigger) == [("Failed", "order_failed")]
    assert "refused_by_house" in floor.why(trigger).sentence


@pytest.mark.parametrize(("body", "reason"), [
    (SELLS | {"units": "500.0001", "on_shortfall": "reject"}, "insufficient_units"),
    (SELLS | {"units": ..., "amount": "53000.01", "on_shortfall": "reject"}, "insufficient_units"),
    ({"amount": "100000.01", "on_shortfall": "reject"}, "insufficient_cash"),
    (SELLS | {"units": "0.5"}, "below_minimum"),
])  # fmt: skip
def test_where_there_is_too_little_it_fires_and_fails_and_its_client_is_told_both(
    floor: Floor, body: dict[str, str], reason: str
) -> None:
    trigger = floor.add(**body)
    floor.days("106", "107")
    assert floor.state(trigger) == ("Failed", reason)
    assert floor.fired(trigger) == ("106.0000", "2024-01-08")
    assert floor.orders(trigger) == []
    assert floor.log(trigger) == [("Failed", reason)]
    events = floor.world.rows("select event from notification_logs order by event")
    assert [row["event"] for row in events] == ["Order Failed", "Trigger Order Activated"]


@pytest.mark.parametrize(("body", "column", "expected"), [
    (SELLS | {"units": "500.0001"}, "units", "500.0000"),
    (SELLS | {"units": ..., "amount": "53000.01"}, "amount", "53000.00"),
    ({"amount": "100000.01"}, "amount", "100000.00"),
])  # fmt: skip
def test_where_there_is_less_it_orders_what_there_is(
    floor: Floor, body: dict[str, str], column: str, expected: str
) -> None:
    trigger = floor.add(**body)
    floor.days("106")
    assert str(floor.order(trigger)[column]) == expected


def test_units_in_their_lock_in_are_not_there(floor: Floor) -> None:
    floor.world.connection.execute("update products set lock_in_days = 1095 where id = 'EQ'")
    builders.add_lot(floor.world.connection, "EQ", "20", "1000.00", "2020-01-01")
    trigger = floor.add(**SELLS | {"units": "100"})
    floor.days("106")
    assert str(floor.order(trigger)["units"]) == "20.0000"


def test_two_triggers_at_once_do_not_sell_or_spend_the_same_twice(floor: Floor) -> None:
    sold, bought = ([floor.add(**body) for _ in range(2)] for body in (SELLS | {"units": "400"}, {"amount": "70000"}))
    floor.days("106")
    assert sorted(str(floor.order(each)["units"]) for each in sold) == ["100.0000", "400.0000"]
    assert sorted(str(floor.order(each)["amount"]) for each in bought) == ["30000.00", "70000.00"]


def test_what_an_unsettled_order_has_claimed_is_not_sold_again(floor: Floor) -> None:
    first = floor.add(**SELLS | {"units": "400"})
    floor.days("106")
    second = floor.add(**STOPS)
    floor.days("94", first="2024-01-09")
    assert (floor.status(first), floor.status(second)) == ("Triggered", "Triggered")
    floor.world.orders()
    floor.publish("95", "2024-01-10")
    floor.world.orders("2024-01-10 21:10")
    assert floor.world.value("select units from holdings where product_id = 'EQ'") == 0
