"""Processes that are stopped, outlive their lease, and go on: zombies that must not touch anything."""

from __future__ import annotations

import pytest

from tests.e2e.faults.stages import Stage, in_batches_of

LIVE = "select * from orders where status in ('Pending', 'Submitting', 'Unknown')"


@in_batches_of([100])
def test_orders_stopped_after_each_commit_past_their_lease_do_nothing_twice_when_they_go_on(stage: Stage) -> None:
    stops = 0
    for day in stage.days():
        stage.world.auto_invest(f"{day} 10:00")
        stage.clock(f"{day} 21:30")
        (child,) = stage.children("orders", act="stop", at=stops + 1)
        for minute in (33, 36, 39):
            stage.clock(f"{day} 21:{minute}")
            stage.world.orders()
        stage.check()
        if child["how"] == "done":
            break
        assert [each["how"] for each in stage.nursery.resume()] == ["done"]
        stage.alone()
        for minute in (42, 45, 48):
            stage.world.orders(f"{day} 21:{minute}")
        stage.check()
        assert stage.world.rows(LIVE) == []
        stops += 1
    assert stops > 10
    stage.settle_all()


@in_batches_of([2])
def test_auto_invest_stopped_after_each_commit_does_nothing_twice_when_it_goes_on(stage: Stage) -> None:
    stops = 0
    for day in stage.days():
        stage.clock(f"{day} 10:00")
        (child,) = stage.children("auto_invest", act="stop", at=stops + 1)
        stage.clock(f"{day} 10:15")
        stage.world.auto_invest()
        stage.check()
        if child["how"] == "done":
            break
        assert [each["how"] for each in stage.nursery.resume()] == ["done"]
        stage.alone()
        stage.check()
        stage.world.orders(f"{day} 21:30")
        stops += 1
    assert stops > 4


def _no_lock_may_time_out(seconds: float) -> None:
    """A transaction that waited for a lock until its time-out pauses before its next try."""
    raise AssertionError("a lock was waited for until its time-out")


@in_batches_of([2])
def test_a_process_stopped_inside_its_transaction_hinders_only_those_that_it_has_locked(stage: Stage) -> None:
    executed = "select count(*) from automation_execution_logs"
    hindered = 0
    for number, day in enumerate(stage.days(), start=1):
        before = stage.world.value(executed)
        stage.clock(f"{day} 10:00")
        (child,) = stage.children("auto_invest", act="freeze", at=number)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("automation.database.time.sleep", _no_lock_may_time_out)
            stage.world.auto_invest(f"{day} 10:15")
        done = stage.world.value(executed) - before
        if child["how"] == "done":
            assert done == 4
            break
        hindered += done < 4
        assert done >= 1, "nobody could go on"
        assert [each["how"] for each in stage.nursery.resume()] == ["done"]
        stage.alone()
        assert stage.world.value(executed) - before == 4
        stage.check()
        stage.world.orders(f"{day} 21:30")
    assert hindered > 5
