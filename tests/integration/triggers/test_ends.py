"""How triggers begin and end by themselves: validity, expiry with its reminder, products that are gone."""

from __future__ import annotations

import pytest

from automation.engine import product_status
from automation.errors import InvalidInput
from tests.trigger_floor import ABOVE, SELLS, SWITCHES, Floor, custom, on_date

EXPIRING = "Trigger Order Expiring"
NEW_YORK = "update clients set time_zone = 'America/New_York'"


def test_nothing_fires_before_it_is_valid(floor: Floor) -> None:
    trigger = floor.add(valid_from="2024-01-09T21:30")
    floor.days("106", "107")
    assert (floor.status(trigger), floor.reason(trigger)) == ("Active", "not_yet_valid")
    floor.tick("2024-01-09 21:30")
    assert floor.fired(trigger) == ("107.0000", "2024-01-09")


def test_a_crossing_of_before_it_is_valid_is_not_its_own(floor: Floor) -> None:
    trigger = floor.add(valid_from="2024-01-10", **ABOVE)
    floor.days("104", "106", "107")
    floor.tick()
    assert floor.fired(trigger) is None


@pytest.mark.parametrize(("until", "last", "after"), [
    ("2024-01-10", "2024-01-10 23:59", "2024-01-11 00:00"),
    ("2024-01-10T18:00", "2024-01-10 17:59", "2024-01-10 18:00"),
    ("2024-01-10T18:00Z", "2024-01-10 23:29", "2024-01-10 23:30"),
])  # fmt: skip
def test_it_ends_with_the_last_moment_of_a_date_or_at_an_instant(
    floor: Floor, until: str, last: str, after: str
) -> None:
    trigger = floor.add(valid_until=until)
    floor.tick(last)
    assert floor.status(trigger) == "Active"
    floor.tick(after)
    assert floor.state(trigger) == ("Expired", "expired")
    floor.price("106", "2024-01-11")
    assert (floor.fired(trigger), floor.orders(trigger)) == (None, [])
    assert "It is Expired" in floor.why(trigger).sentence


@pytest.mark.parametrize(("field", "last", "after"), [
    ("valid_until", "2024-01-11 10:29", "2024-01-11 10:30"),
    ("valid_from", "2024-01-10 10:29", "2024-01-10 10:30"),
])  # fmt: skip
def test_a_bare_date_is_meant_in_the_clients_zone(floor: Floor, field: str, last: str, after: str) -> None:
    """The 10th of New York is over when it is 10:30 of the 11th in Kolkata, and began a day before."""
    floor.world.connection.execute(NEW_YORK)
    trigger = floor.add(trigger_value="99" if field == "valid_from" else "105", **{field: "2024-01-10"})
    floor.tick(last)
    assert floor.status(trigger) == "Active"
    floor.tick(after)
    assert floor.status(trigger) == ("Expired" if field == "valid_until" else "Triggered")


def test_a_price_that_comes_at_the_last_moment_comes_too_late(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-08T21:00")
    floor.days("106")
    assert (floor.status(trigger), floor.orders(trigger)) == ("Expired", [])


@pytest.mark.parametrize("until", ["2024-01-07", "2024-01-08T09:59", "2024-01-08T10:00", "2020-01-01"])
def test_a_validity_that_is_over_is_refused(floor: Floor, until: str) -> None:
    with pytest.raises(InvalidInput) as error:
        floor.create(valid_until=until)
    assert error.value.field == "valid_until"


def test_a_validity_that_ends_before_it_begins_is_refused(floor: Floor) -> None:
    with pytest.raises(InvalidInput) as error:
        floor.create(valid_from="2024-02-02", valid_until="2024-02-01")
    assert error.value.field == "valid_until"


def test_a_validity_that_ends_before_its_date_is_refused(floor: Floor) -> None:
    with pytest.raises(InvalidInput) as error:
        floor.create(valid_until="2024-01-31", **on_date("2024-02-01"))
    assert error.value.field == "valid_until"


@pytest.mark.parametrize(("until", "before", "reminded"), [
    ("2024-01-31", "2024-01-28 23:59", "2024-01-29 00:00"),
    ("2024-01-12T10:00", "2024-01-11 09:59", "2024-01-11 10:00"),
])  # fmt: skip
def test_its_end_is_announced_once_three_days_before_or_late_in_a_short_life(
    floor: Floor, until: str, before: str, reminded: str
) -> None:
    floor.add(valid_until=until)
    floor.tick(before)
    assert floor.told() == []
    for _ in range(3):
        floor.tick(reminded)
    assert floor.told() == [(EXPIRING, "reminded")]


def test_its_end_is_told_once_too(floor: Floor) -> None:
    floor.add(valid_until="2024-01-31")
    for when in ("2024-01-30 10:00", "2024-02-01 00:00", "2024-02-01 00:05"):
        floor.tick(when)
    assert floor.told() == [(EXPIRING, "reminded"), (EXPIRING, "expired")]


def test_what_has_fired_is_not_reminded_of_its_end_and_does_not_expire(floor: Floor) -> None:
    trigger = floor.add(valid_until="2024-01-31")
    floor.days("106")
    floor.tick("2024-01-30 10:00")
    floor.tick("2024-02-02 10:00")
    assert floor.status(trigger) == "Triggered"
    assert [event for event, _ in floor.told()] == ["Trigger Order Activated"]


def test_a_trigger_without_an_end_waits_for_ever(floor: Floor) -> None:
    trigger = floor.add()
    floor.tick("2034-01-08 10:00")
    assert floor.status(trigger) == "Active"


def close(floor: Floor, product: str = "EQ") -> None:
    product_status.close(floor.world.runtime, product, "wound up", "ops")


def merge(floor: Floor, product: str = "EQ") -> None:
    product_status.merge(floor.world.runtime, product, "FUND" if product == "EQ" else "EQ", "ops")


@pytest.mark.parametrize("body", [{}, SELLS, SWITCHES, {"mode": "notify"}, {"mode": "confirm"}, on_date("2024-02-01")])
def test_a_trigger_whose_product_closes_is_disabled_says_why_and_tells_its_client(
    floor: Floor, body: dict[str, str]
) -> None:
    trigger = floor.add(**body)
    close(floor)
    floor.tick()
    status, reason = floor.state(trigger)
    assert status == "Disabled"
    assert "closed" in (reason or "")
    assert "wound up" in (reason or "")
    alerts = floor.world.rows("select payload from notification_logs where event = 'Portfolio Alert'")
    assert [row["payload"] for row in alerts] == [{"what": "trigger_disabled", "trigger": trigger}]
    floor.tick("2024-02-01 10:00")
    assert (floor.status(trigger), floor.fired(trigger)) == ("Disabled", None)
    assert "wound up" in floor.why(trigger).sentence


def test_a_merged_product_disables_as_well(floor: Floor) -> None:
    trigger = floor.add()
    merge(floor)
    floor.tick()
    status, reason = floor.state(trigger)
    assert (status, (reason or "").split(":")[0]) == ("Disabled", "product merged")


def test_the_product_that_is_switched_to_counts(floor: Floor) -> None:
    switch, sale = floor.add(**SWITCHES), floor.add(**SELLS)
    close(floor, "FUND")
    floor.tick()
    assert (floor.status(switch), floor.status(sale)) == ("Disabled", "Active")


@pytest.mark.parametrize("body", [{}, SELLS, SWITCHES, {"mode": "notify"}, {"mode": "confirm"}])
def test_where_the_price_comes_together_with_the_closing_nothing_fires(floor: Floor, body: dict[str, str]) -> None:
    trigger = floor.add(**body)
    floor.publish("106", "2024-01-08")
    close(floor)
    floor.tick()
    assert (floor.status(trigger), floor.fired(trigger), floor.orders(trigger)) == ("Disabled", None, [])


def test_a_reopened_product_leaves_disabled_triggers_as_they_are(floor: Floor) -> None:
    trigger = floor.add()
    close(floor)
    floor.tick()
    product_status.reopen(floor.world.runtime, "EQ", "asha")
    floor.days("106")
    assert (floor.status(trigger), floor.orders(trigger)) == ("Disabled", [])


def test_a_product_that_takes_no_purchases_for_a_while_disables_nothing(floor: Floor) -> None:
    trigger, sale = floor.add(), floor.add(**SELLS)
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'EQ'")
    floor.days("106")
    assert (floor.status(trigger), floor.reason(trigger)) == ("Active", "product_closed")
    assert floor.status(sale) == "Triggered"
    floor.world.connection.execute("update products set open_for_subscription = true where id = 'EQ'")
    floor.tick("2024-01-08 21:05")
    assert floor.status(trigger) == "Triggered"


def test_many_end_in_one_tick_whatever_the_batch(floor: Floor) -> None:
    triggers = [floor.create(valid_until="2024-01-20", **custom({"any": [
        {"trigger_type": "Date", "trigger_at": "2024-02-01"}]})).id for _ in range(5)]  # fmt: skip
    floor.tick()
    assert floor.tick("2024-01-21 00:00")["expired"] == 5
    assert {floor.status(trigger) for trigger in triggers} == {"Expired"}
    assert floor.world.value("select count(*) from trigger_looks") == 0
