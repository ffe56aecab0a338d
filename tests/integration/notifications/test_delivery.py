"""Channels that fail, hang or die: nothing is sent twice, nothing is lost unseen, and nobody else is held up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

import notifications.handler
from automation import runtime
from automation.engine.delivery import TRIES
from tests import builders
from tests.builders import Context
from tests.channels import Killed
from tests.post_office import EVENT, PostOffice


def test_a_message_is_told_by_every_channel_that_is_wanted_and_recorded(office: PostOffice) -> None:
    office.prefer("In-App Email SMS Push")
    office.happen()
    assert office.tick() == {"told": 1, "sent": 3}
    assert office.tick() == {}
    assert {name: len(channel.sent) for name, channel in office.channels.items()} == {"Email": 1, "SMS": 1, "Push": 1}
    assert office.email.sent[0].html
    assert not office.channels["SMS"].sent[0].html
    row = office.world.rows("select * from notification_logs where channel = 'SMS'")[0]
    assert (row["status"], row["address"], row["attempts"]) == ("Sent", "+919999999999", 1)
    assert row["provider_id"] == "provider-1"
    assert row["body"] == office.channels["SMS"].sent[0].text
    assert row["sent_at"] == office.world.clock.instant


def test_without_a_preference_what_matters_comes_by_e_mail_as_well(office: PostOffice) -> None:
    office.happen("Order Executed")
    office.happen("Order Failed", reason="refused")
    office.tick()
    assert len(office.in_app()) == 2
    assert [each[0] for each in office.rows()] == ["Sent"]


@pytest.mark.parametrize(
    ("channel", "change"),
    [("Email", "update clients set email = null"), ("SMS", "update clients set phone = ''")],
)
def test_a_client_without_an_address_is_told_in_the_app_and_the_log_says_why(
    office: PostOffice, channel: str, change: str
) -> None:
    office.prefer(f"In-App {channel}")
    office.world.connection.execute(change.encode())
    office.happen()
    assert office.tick() == {"told": 1, "suppressed": 1}
    assert office.rows(channel) == [("Suppressed", "no_address")]
    assert len(office.in_app()) == 1


def test_a_channel_that_is_not_set_up_is_no_channel(office: PostOffice) -> None:
    del office.channels["SMS"]
    office.prefer("In-App SMS")
    office.happen()
    office.tick()
    assert office.rows("SMS") == [("Suppressed", "channel_off")]


def test_a_worker_that_dies_while_sending_leaves_what_nobody_can_know_and_sends_it_no_more(office: PostOffice) -> None:
    office.happen(count=3)
    office.email.manner = "die"
    with pytest.raises(Killed):
        office.tick()
    assert {status for status, _ in office.rows()} == {"Sending"}
    office.email.manner = "accept"
    office.tick()
    assert {status for status, _ in office.rows()} == {"Sending"}, "another worker may still be at it"
    office.world.later(minutes=3)
    assert office.tick() == {"unknown": 3}
    assert office.rows() == [("Unknown", "worker_lost")] * 3
    assert sum(office.email.ledger.values()) == 3


def test_what_a_dead_worker_had_only_leased_is_sent_by_the_next_one(office: PostOffice) -> None:
    """Twelve messages: the first handful of eight is being sent when the process dies."""
    office.happen(count=12)
    office.email.manner = "die"
    with pytest.raises(Killed):
        office.tick()
    office.email.manner = "accept"
    office.world.later(minutes=3)
    office.tick()
    counts = [status for status, _ in office.rows()]
    assert (counts.count("Unknown"), counts.count("Sent")) == (8, 4)


def test_a_provider_that_takes_a_message_and_does_not_answer_gets_it_once(office: PostOffice) -> None:
    office.happen()
    office.email.manner = "hang"
    office.tick()
    office.email.manner = "accept"
    for _ in range(5):
        office.world.later(minutes=20)
        office.tick()
    assert office.rows() == [("Unknown", "no_answer")]
    assert sum(office.email.ledger.values()) == 1


def test_a_provider_that_hangs_is_left_alone_before_all_that_waits_is_unknown(office: PostOffice) -> None:
    office.happen(count=40)
    office.email.manner = "hang"
    office.tick()
    office.tick()
    assert [status for status, _ in office.rows()].count("Unknown") == 8


def test_an_address_that_is_refused_holds_up_nobody_else(office: PostOffice) -> None:
    builders.add_client(office.world.connection, "C2", email="ravi@example.com")
    office.email.refused.add("asha@example.com")
    office.happen()
    office.happen(client="C2")
    office.tick()
    assert sorted(office.rows()) == [("Failed", "address_refused"), ("Sent", None)]
    office.tick()
    assert office.email.calls == 2


def test_a_provider_that_is_down_for_half_an_hour_delays_messages_and_nothing_else(office: PostOffice) -> None:
    office.prefer("In-App Email SMS")
    office.happen(count=60)
    office.email.manner = "down"
    start = office.world.clock.instant
    for minutes in range(0, 31, 5):
        office.world.clock.instant = start + timedelta(minutes=minutes)
        office.tick()
    assert len(office.in_app()) == 60
    assert len(office.channels["SMS"].sent) == 60
    assert office.email.sent == []
    assert office.email.calls < 20, "a circuit is open: it is tried now and then"
    office.email.manner = "accept"
    for minutes in range(35, 180, 5):
        office.world.clock.instant = start + timedelta(minutes=minutes)
        office.tick()
    assert {status for status, _ in office.rows()} == {"Sent"}
    assert len(office.email.sent) == 60


def test_a_provider_that_asks_for_patience_gets_it(office: PostOffice) -> None:
    office.happen()
    office.email.manner = "throttle"
    office.tick()
    office.email.manner = "accept"
    office.world.later(seconds=119)
    office.tick()
    assert office.email.sent == []
    office.world.later(seconds=30)
    office.tick()
    assert office.rows() == [("Sent", "throttled")]


def test_after_eight_tries_a_message_has_failed(office: PostOffice) -> None:
    office.happen()
    office.email.manner = "down"
    for _ in range(60):
        office.world.later(minutes=30)
        office.tick()
    assert office.email.calls == TRIES
    assert office.rows() == [("Failed", "provider_down")]


def test_messages_go_no_faster_than_the_channel_may_be_used(office: PostOffice) -> None:
    office.happen(count=50)
    start = office.world.clock.instant
    office.tick()
    rate = office.world.runtime.settings.delivery.rates["Email"]
    assert len(office.email.sent) == 50
    assert office.world.clock.instant - start >= timedelta(seconds=(50 - rate) / rate - 0.1)


def test_two_workers_and_a_tick_that_comes_twice_send_each_message_once(office: PostOffice) -> None:
    office.happen(count=60)
    made = [office.worker(runtime.assemble(office.world.runtime.settings, clock=office.world.clock)) for _ in range(3)]
    barrier = threading.Barrier(len(made))
    errors: list[BaseException] = []

    def work(one: runtime.Runtime) -> None:
        barrier.wait()
        try:
            with one.database, runtime.using(one):
                for _ in range(2):
                    notifications.handler.handler({}, Context())
        except BaseException as error:  # noqa: BLE001 - raised below, where the test sees it
            errors.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    office.world.later(minutes=5)
    office.tick()
    assert sorted(office.email.ledger.values()) == [1] * 60
    assert {status for status, _ in office.rows()} == {"Sent"}
    assert len(office.in_app()) == 60


def test_a_lease_that_ran_out_is_not_recorded_over(office: PostOffice) -> None:
    """A worker that was stopped while it sent: meanwhile its message was given up as unknown."""

    def meanwhile() -> None:
        office.world.connection.execute(
            "update notification_logs set status = 'Unknown', reason = 'worker_lost', lease_until = null "
            "where status = 'Sending'"
        )

    office.email.meanwhile = meanwhile
    office.happen()
    office.tick()
    assert office.rows() == [("Unknown", "worker_lost")]


def test_another_user_who_wants_to_know_is_told_as_well_and_apart(office: PostOffice) -> None:
    manager(office)
    office.prefer("In-App Email", user_id="rm1")
    office.happen()
    office.tick()
    assert {(row["client_id"], row["user_id"]) for row in office.in_app()} == {("C1", None), ("C1", "rm1")}
    assert sorted(each.address for each in office.email.sent) == ["asha@example.com", "rm@example.com"]


@pytest.mark.parametrize("change", ["update users set active = false", "update clients set rm_user_id = null"])
def test_a_user_who_may_not_look_any_more_is_told_nothing(office: PostOffice, change: str) -> None:
    manager(office)
    office.prefer("In-App Email", user_id="rm1")
    office.world.connection.execute(change.encode())
    office.happen()
    office.tick()
    assert [row["user_id"] for row in office.in_app()] == [None]
    assert [each.address for each in office.email.sent] == ["asha@example.com"]


def test_what_a_clients_own_user_wants_goes_before_what_the_client_wants(office: PostOffice) -> None:
    builders.add(office.world.connection, "users", id="asha", name="Asha", role="client")
    office.world.connection.execute("update clients set user_id = 'asha'")
    office.prefer("In-App Email")
    office.prefer("In-App SMS", user_id="asha")
    office.happen()
    office.tick()
    assert (len(office.in_app()), len(office.email.sent), len(office.channels["SMS"].sent)) == (1, 0, 1)


def test_what_is_not_wanted_is_a_row_with_its_reason(office: PostOffice) -> None:
    office.prefer("In-App Email", enabled=False)
    office.happen()
    assert office.tick() == {"told": 1, "suppressed": 2}
    assert office.rows("In-App") == [("Suppressed", "off")]
    assert office.rows("Email") == [("Suppressed", "off")]
    assert office.in_app() == []


def test_a_fact_that_is_told_twice_is_told_once(office: PostOffice) -> None:
    (told,) = office.happen()
    office.tick()
    from automation.store import notifications as store

    store.insert(office.world.connection, [told], office.world.clock.instant)
    assert office.tick() == {}
    assert len(office.in_app()) == len(office.email.sent) == 1


def test_orders_and_rules_do_not_notice_that_nobody_can_be_told(office: PostOffice) -> None:
    builders.add_navs(office.world.connection, "FUND", "2025-06-01", "2026-01-31", "10")
    for channel in office.channels.values():
        channel.manner = "down"
    office.prefer("In-App Email SMS Push", event="Auto-Invest Executed")
    office.world.rule(start_date="2026-01-06", day_of_month=6)
    assert office.world.auto_invest("2026-01-06 11:00")["counts"]["success"] == 1
    office.tick("2026-01-06 11:00")
    assert office.world.orders("2026-01-06 11:05")["counts"]["submitting"] == 1
    assert ("notifications") in [job for job, _ in office.world.pokes]


def manager(office: PostOffice) -> None:
    builders.add(office.world.connection, "users", id="rm1", name="Ravi", role="rm", email="rm@example.com")
    office.world.connection.execute("update clients set rm_user_id = 'rm1'")
    assert EVENT
