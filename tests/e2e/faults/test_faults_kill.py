"""Processes that are killed with SIGKILL at every boundary between two effects, and the run that comes after."""

from __future__ import annotations

from typing import Any

from tests.e2e.faults.stages import Stage, in_batches_of

UNBORN: dict[str, Any] = {}


@in_batches_of([3])
def test_auto_invest_killed_at_each_boundary_is_completed_by_the_next_tick(stage: Stage) -> None:
    killed, child = 0, UNBORN
    for day in stage.days():
        stage.clock(f"{day} 10:00")
        (child,) = stage.children("auto_invest", act="kill", at=killed + 1)
        stage.alone()
        stage.world.auto_invest(f"{day} 10:15")
        stage.check()
        stage.world.orders(f"{day} 21:30")
        if child["how"] == "done":
            break
        assert child == {"how": "killed"}
        killed += 1
    assert killed == child["boundaries"]
    assert killed > 10
    assert stage.world.value("select count(*) from automation_execution_logs") == 4 * (killed + 1)


@in_batches_of([100])
def test_orders_killed_at_each_boundary_are_placed_once_and_booked_once(stage: Stage) -> None:
    killed, child = 0, UNBORN
    for day in stage.days():
        stage.world.auto_invest(f"{day} 10:00")
        stage.clock(f"{day} 21:30")
        (child,) = stage.children("orders", act="kill", at=killed + 1)
        stage.alone()
        for minute in (33, 36, 39):
            stage.world.orders(f"{day} 21:{minute}")
        stage.check()
        assert stage.world.rows("select * from orders where status in ('Pending', 'Submitting', 'Unknown')") == []
        if child["how"] == "done":
            break
        assert child == {"how": "killed"}
        killed += 1
    assert killed == child["boundaries"]
    assert killed > 10
    stage.settle_all()
