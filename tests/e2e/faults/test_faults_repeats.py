"""The same tick delivered twice, and two processes at the same moment."""

from __future__ import annotations

from itertools import islice

from tests import builders
from tests.e2e.faults.stages import Stage, in_batches_of

RULES = 300
CLIENTS = 30
TEN = "2024-01-02 10:00"


def crowd(stage: Stage) -> None:
    """Three hundred rules of thirty clients, due at the same moment; a client can pay for eight of its ten."""
    world = stage.world
    world.connection.execute("delete from auto_invest_rules")
    for n in range(CLIENTS):
        builders.add_client(world.connection, f"M{n}", cash="4000.00")
    template = world.rule(client="M0", amount="500", frequency="Daily", start_date="2024-01-02")
    names = [name for name in world.state(template) if name not in ("id", "client_id", "name")]
    columns = ", ".join(names)
    world.connection.execute(
        f"""
        insert into auto_invest_rules (id, client_id, name, {columns})
        select gen_random_uuid(), 'M' || n %% {CLIENTS}, 'rule ' || n, {columns}
        from auto_invest_rules, generate_series(1, {RULES - 1}) n
        where id = %s
        """.encode(),  # noqa: S608 - our own names
        (world.state(template)["id"],),
    )


def count(stage: Stage, what: str) -> int:
    return int(stage.world.value(f"select count(*) from {what}"))  # noqa: S608 - our own words


@in_batches_of([100])
def test_a_tick_that_is_delivered_twice_does_its_work_once(stage: Stage) -> None:
    crowd(stage)
    answers = [stage.world.auto_invest(TEN) for _ in range(2)]
    assert [answer["counts"].get("rules", 0) for answer in answers] == [RULES, 0]
    placed = [stage.world.orders(TEN) for _ in range(2)]
    assert [answer["counts"].get("submitting", 0) for answer in placed] == [RULES * 8 // 10, 0]
    stage.check()


@in_batches_of([20])
def test_two_processes_at_once_share_the_work_and_do_none_of_it_twice(stage: Stage) -> None:
    crowd(stage)
    stage.clock(TEN)
    for job, counted, expected in (
        ("auto_invest", "rules", RULES),
        ("orders", "submitting", RULES * 8 // 10),
    ):
        children = stage.children(job, count=2)
        assert [child["how"] for child in children] == ["done", "done"]
        shares = [child["answer"]["counts"].get(counted, 0) for child in children]
        assert sum(shares) == expected
    assert count(stage, "automation_execution_logs") == RULES
    assert count(stage, "automation_execution_logs where status = 'Success'") == RULES * 8 // 10
    assert count(stage, "orders") == count(stage, "paper_orders") == RULES * 8 // 10
    stage.check()


@in_batches_of([20])
def test_two_processes_at_once_book_each_executed_order_once(stage: Stage) -> None:
    crowd(stage)
    stage.world.auto_invest(TEN)
    stage.world.orders(TEN)
    stage.clock("2024-01-02 21:30")
    children = stage.children("orders", count=2)
    assert [child["how"] for child in children] == ["done", "done"]
    assert sum(child["answer"]["counts"].get("executed", 0) for child in children) == RULES * 8 // 10
    assert count(stage, "clients where cash_balance = 0") == CLIENTS
    assert count(stage, "holdings where units = 400") == CLIENTS
    stage.check()


@in_batches_of([3])
def test_both_jobs_in_two_processes_each_day_after_day_keep_the_invariants(stage: Stage) -> None:
    for day in islice(stage.days(), 6):
        for time, job in (("10:00", "auto_invest"), ("10:01", "orders"), ("21:30", "orders")):
            stage.clock(f"{day} {time}")
            assert {child["how"] for child in stage.children(job, count=3)} == {"done"}
        stage.world.orders(f"{day} 22:00")
        stage.check()
    stage.settle_all()
