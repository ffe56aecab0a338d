"""Pausing, skipping and cancelling: nothing that falls due is silent."""

from __future__ import annotations

from datetime import date

import pytest

from automation.engine import rules
from automation.errors import Conflict, InvalidInput, NotFound
from tests import builders
from tests.builders import World

JANUARY, FEBRUARY, MARCH, APRIL = (f"2024-{month:02}-05 10:00" for month in range(1, 5))
PAUSED = ("Skipped", "rule_paused")
RUN = ("Success", None)


def outcomes(world: World, rule: str) -> list[tuple[str, str | None]]:
    return [(status, reason) for _, status, reason in world.log(rule)]


def test_what_falls_due_in_a_pause_is_recorded_as_skipped(world: World) -> None:
    rule = world.rule()
    rules.pause(world.runtime, rule, None, "holiday", by="test")
    for when in (JANUARY, FEBRUARY):
        world.auto_invest(when)
    assert outcomes(world, rule) == [PAUSED, PAUSED]
    assert world.order_rows(rule) == []
    rules.resume(world.runtime, rule, by="test")
    world.auto_invest(MARCH)
    assert outcomes(world, rule)[2:] == [RUN]


def test_a_pause_until_an_instant_ends_by_itself(world: World) -> None:
    rule = world.rule()
    rules.pause(world.runtime, rule, builders.at("2024-02-05 10:00"), "holiday", by="test")
    world.auto_invest(JANUARY)
    assert world.state(rule)["status"] == "Paused"
    world.auto_invest(FEBRUARY)
    world.auto_invest("2024-02-05 10:15")
    assert outcomes(world, rule) == [PAUSED, RUN]
    state = world.state(rule)
    assert (state["status"], state["status_reason"], state["paused_until"]) == ("Active", None, None)


def test_a_pause_that_is_over_ends_without_an_occurrence(world: World) -> None:
    rule = world.rule()
    rules.pause(world.runtime, rule, builders.at("2024-01-02 00:00"), "holiday", by="test")
    world.auto_invest("2024-01-01 23:59")
    assert world.state(rule)["status"] == "Paused"
    assert world.auto_invest("2024-01-02 00:00")["counts"] == {"resumed": 1}
    assert world.state(rule)["status"] == "Active"


def test_an_outage_over_the_end_of_a_pause_tells_each_occurrence_apart(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="500", missed="all")
    rules.pause(world.runtime, rule, builders.at("2024-01-03 10:00"), "holiday", by="test")
    world.auto_invest("2024-01-05 12:00")
    assert outcomes(world, rule) == [PAUSED, PAUSED, RUN, RUN, RUN]
    assert world.state(rule)["status"] == "Active"


def test_what_fell_due_before_the_resume_and_was_not_looked_at_is_still_skipped(world: World) -> None:
    rule = world.rule()
    rules.pause(world.runtime, rule, None, "holiday", by="test")
    world.clock.instant = builders.at("2024-01-05 10:05")
    rules.resume(world.runtime, rule, by="test")
    world.auto_invest("2024-01-05 10:15")
    assert outcomes(world, rule) == [PAUSED]
    assert world.state(rule)["status"] == "Active"
    world.auto_invest(FEBRUARY)
    assert outcomes(world, rule) == [PAUSED, RUN]


def test_a_resume_answers_with_the_next_five_occurrences(world: World) -> None:
    rule = world.rule()
    rules.pause(world.runtime, rule, None, "holiday", by="test")
    world.auto_invest(JANUARY)
    reply = rules.resume(world.runtime, rule, by="test")
    assert [found.actual.isoformat() for found in reply.next_occurrences] == [
        "2024-02-05",
        "2024-03-05",
        "2024-04-05",
        "2024-05-06",
        "2024-06-05",
    ]
    assert [found.note for found in reply.next_occurrences][3] is not None


def test_a_pause_must_end_in_the_future(world: World) -> None:
    rule = world.rule()
    with pytest.raises(InvalidInput) as error:
        rules.pause(world.runtime, rule, world.clock.instant, "now", by="test")
    assert error.value.field == "until"
    assert world.state(rule)["status"] == "Active"


def test_pause_and_resume_may_be_asked_twice(world: World) -> None:
    rule = world.rule()
    for _ in range(2):
        rules.pause(world.runtime, rule, None, "holiday", by="test")
        assert world.state(rule)["status"] == "Paused"
    for _ in range(2):
        rules.resume(world.runtime, rule, by="test")
        assert world.state(rule)["status"] == "Active"


def test_a_skipped_date_is_recorded_and_the_next_one_runs(world: World) -> None:
    rule = world.rule()
    rules.skip(world.runtime, rule, date(2024, 2, 5), date(2024, 2, 5), "client")
    for when in (JANUARY, FEBRUARY, MARCH):
        world.auto_invest(when)
    assert outcomes(world, rule) == [RUN, ("Skipped", "skip_requested"), RUN]


def test_a_range_skips_both_of_its_ends_by_nominal_date(world: World) -> None:
    rule = world.rule(frequency="Weekly", day_of_week=6, amount="500")  # Saturdays, which roll to Monday
    rules.skip(world.runtime, rule, date(2024, 1, 6), date(2024, 1, 13), "client")
    for day in ("2024-01-08", "2024-01-15", "2024-01-22"):
        world.auto_invest(f"{day} 10:00")
    assert outcomes(world, rule) == [("Skipped", "skip_requested")] * 2 + [RUN]


def test_skips_are_listed_and_taken_back(world: World) -> None:
    rule = world.rule()
    february, march = date(2024, 2, 5), date(2024, 3, 5)
    rules.skip(world.runtime, rule, february, february, "client")
    assert rules.skip(world.runtime, rule, march, march, "client") == [(february, february), (march, march)]
    assert rules.unskip(world.runtime, rule, february, february, by="test") == [(march, march)]
    world.auto_invest(JANUARY)
    world.auto_invest(FEBRUARY)
    assert outcomes(world, rule) == [RUN, RUN]
    with pytest.raises(NotFound):
        rules.unskip(world.runtime, rule, february, february, by="test")
    with pytest.raises(InvalidInput):
        rules.skip(world.runtime, rule, date(2024, 2, 4), date(2024, 2, 4), "client")
    with pytest.raises(InvalidInput):
        rules.skip(world.runtime, rule, march, february, "client")


def test_a_day_that_is_taken_back_out_of_a_longer_skip_leaves_what_is_around_it(world: World) -> None:
    rule = world.rule(frequency="Daily", amount="500")
    rules.skip(world.runtime, rule, date(2024, 1, 1), date(2024, 1, 31), "client")
    left = [(date(2024, 1, 1), date(2024, 1, 2)), (date(2024, 1, 4), date(2024, 1, 31))]
    assert rules.unskip(world.runtime, rule, date(2024, 1, 3), date(2024, 1, 3), by="test") == left
    for day in range(1, 5):
        world.auto_invest(f"2024-01-{day:02} 10:00")
    assert outcomes(world, rule) == [
        ("Skipped", "skip_requested"),
        ("Skipped", "skip_requested"),
        RUN,
        ("Skipped", "skip_requested"),
    ]


def test_a_day_whose_occurrence_has_run_can_t_be_skipped_any_more(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    world.later(hours=1)
    with pytest.raises(InvalidInput) as error:
        rules.skip(world.runtime, rule, date(2024, 1, 5), date(2024, 1, 5), "client")
    assert "2024-02-05" in error.value.hint


def test_a_cancelled_rule_ends_for_good_with_its_reason(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    rules.cancel(world.runtime, rule, "client_request", by="test")
    world.auto_invest(FEBRUARY)
    state = world.state(rule)
    assert (state["status"], state["status_reason"], state["next_run_at"]) == ("Cancelled", "client_request", None)
    assert outcomes(world, rule) == [RUN]
    with pytest.raises(Conflict):
        rules.resume(world.runtime, rule, by="test")
    with pytest.raises(Conflict):
        rules.pause(world.runtime, rule, None, "holiday", by="test")
    rules.cancel(world.runtime, rule, "again", by="test")
    assert world.state(rule)["status_reason"] == "client_request"


def test_orders_that_are_pending_when_their_rule_is_cancelled_are_not_submitted(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    rules.cancel(world.runtime, rule, "client_request", by="test")
    world.orders("2024-01-05 10:05")
    assert [(order["status"], order["reason"]) for order in world.order_rows(rule)] == [("Cancelled", "rule_stopped")]
    assert outcomes(world, rule) == [("Failed", "order_cancelled")]
    assert world.value("select count(*) from paper_orders") == 0
    state = world.state(rule)
    assert (state["execution_count"], state["total_invested"]) == (0, 0)


def test_an_order_that_was_submitted_before_the_cancellation_is_executed(world: World) -> None:
    rule = world.rule()
    world.auto_invest(JANUARY)
    world.orders("2024-01-05 10:05")
    rules.cancel(world.runtime, rule, "client_request", by="test")
    world.orders("2024-01-05 21:30")
    assert [order["status"] for order in world.order_rows(rule)] == ["Executed"]


def test_an_occurrence_that_was_due_when_the_rule_was_cancelled_is_recorded(world: World) -> None:
    rule = world.rule()
    world.clock.instant = builders.at("2024-01-05 10:05")
    rules.cancel(world.runtime, rule, "client_request", by="test")
    world.auto_invest("2024-01-05 10:15")
    assert [(name, status) for name, status, _ in world.log(rule)] == [(JANUARY, "Skipped")]
    assert world.order_rows(rule) == []
    assert world.state(rule)["status"] == "Cancelled"


def test_an_occurrence_that_waits_for_money_when_the_rule_is_cancelled_is_recorded(world: World) -> None:
    rule = world.rule(amount="200000", cash_policy="retry")
    world.auto_invest(JANUARY)
    world.later(minutes=2)
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert world.log(rule) == [(JANUARY, "Skipped", "rule_cancelled")]


def test_nothing_is_recorded_of_a_rule_that_is_cancelled_before_its_time(world: World) -> None:
    rule = world.rule()
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert world.log(rule) == []
    assert world.value("select count(*) from automation_runs") == 0


def test_a_rule_that_is_switched_off_records_what_falls_due(world: World) -> None:
    rule = world.rule(enabled=False)
    world.auto_invest(JANUARY)
    assert outcomes(world, rule) == [("Skipped", "rule_disabled")]
