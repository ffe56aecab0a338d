"""The oracle itself: it finds nothing in a sound database, and every violation that is planted."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests import builders
from tests.builders import World
from tests.oracle import violations

HALVES = [{"product": "FUND", "percent": "50"}, {"product": "BOND", "percent": "50"}]


@pytest.fixture
def busy(world: World) -> World:
    """Two months of a SIP, a basket, an STP, an SWP, skips, a pause of the market, and orders in every state."""
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    builders.add_holidays(world.connection, "2024-01-26", "2024-02-05")
    world.rule(name="sip", amount="1000", max_total_amount="50000", instalments=40)
    world.rule(name="daily", amount="500", frequency="Daily")
    world.rule(name="basket", amount="2000", product=..., allocations=HALVES, day_of_month=6)
    world.rule(name="stp", plan="STP", source_product="FUND", product="BOND", frequency="Fortnightly", day_of_week=3)
    world.rule(name="swp", plan="SWP", amount="700", frequency="Weekly", roll="skip", day_of_week=5)
    for day in range(1, 41):
        date = f"2024-{1 + day // 32:02}-{day % 31 or 31:02}"
        world.auto_invest(f"{date} 10:00")
        world.orders(f"{date} 10:01")
        if day % 3 == 0:
            world.orders(f"{date} 21:30")
    return world


def test_a_sound_database_has_no_violation(busy: World) -> None:
    states = {row["status"] for row in busy.rows("select status from orders")}
    assert states >= {"Submitted", "Executed", "Settled"}
    assert violations(busy.connection, busy.clock.instant) == []


# A comment is what the oracle says; the statements below it plant what it says that of.
PLANTS = """
# has no execution
delete from automation_execution_logs where rule_id in (select id from auto_invest_rules where name = 'daily')
# was never due
update automation_execution_logs set occurrence = occurrence + interval '1 minute'
# was never due
update auto_invest_rules set start_date = '2024-01-02', first_occurrence = '2024-01-02' where name = 'daily'
# 2 executions of
create temp table copy as select * from automation_execution_logs where status = 'Success' limit 1;
alter table automation_execution_logs drop constraint automation_execution_logs_once;
update copy set id = gen_random_uuid();
insert into automation_execution_logs select * from copy
# which does not exist
create temp table copy as select * from automation_execution_logs where status = 'Success' limit 1;
update copy set id = gen_random_uuid(), rule_id = gen_random_uuid();
insert into automation_execution_logs select * from copy
# is due and was left
update auto_invest_rules set next_run_at = '2024-01-01' where name = 'sip'
# has no execution
update auto_invest_rules set next_occurrence = next_occurrence + interval '1 month' where name = 'sip'
# has orders [], not
delete from orders where order_type = 'Redemption'
# has orders
update orders set amount = amount - 1 where order_type = 'Switch'
# has orders
update orders set product_id = 'BOND' where product_id = 'FUND'
# 2 orders for one intent
create temp table copy as select * from orders where order_type = 'Purchase' limit 1;
update copy set id = gen_random_uuid();
insert into orders select * from copy
# orders of execution
create temp table copy as select * from orders where order_type = 'Purchase' limit 1;
update copy set id = gen_random_uuid(), execution_id = gen_random_uuid();
insert into orders select * from copy
# has orders
update automation_execution_logs set status = 'Skipped', amount = null, reason = 'missed' where status = 'Success'
# orders alive
update automation_execution_logs set status = 'Failed', reason = 'order_failed' where status = 'Success'
# is Success, with 0 orders alive
update orders set status = 'Failed'
# its orders are not
update automation_execution_logs set amount = amount + 1 where status = 'Success'
# the gateway never had it
delete from paper_orders
# which nobody intended
create temp table copy as select * from paper_orders limit 1;
update copy set client_order_id = gen_random_uuid();
insert into paper_orders select * from copy
# another executed_units than executed
update paper_orders set filled_units = filled_units + 1
# differs at the gateway: amount
update paper_orders set amount = amount + 1
# differs at the gateway: client_id
update paper_orders set client_id = 'C9'
# is Cancelled, and the gateway holds it
update orders set status = 'Cancelled' where status = 'Submitted'
# executions, the log
update auto_invest_rules set execution_count = execution_count + 1 where name = 'sip'
# invested, its orders
update auto_invest_rules set total_invested = total_invested - 0.01 where name = 'sip'
# of at most 1
alter table auto_invest_rules drop constraint auto_invest_rules_totals;
update auto_invest_rules set max_total_amount = 1 where name = 'sip'
# times of at most 1
alter table auto_invest_rules drop constraint auto_invest_rules_totals;
update auto_invest_rules set instalments = 1 where name = 'sip'
# do not sum to its holding
update holdings set units = units + 0.0001
# do not sum to its holding
update holdings set cost = cost + 0.01
# do not sum to its holding
update lots set units_left = units_left - 0.0001 where units_left > 1
# is not its journal
update clients set cash_balance = cash_balance + 0.01
# and the cash journal do not agree
delete from cash_journal where kind = 'Redemption'
# and the cash journal do not agree
update cash_journal set amount = amount + 1 where kind = 'Purchase'
# is not its journal
insert into cash_journal select gen_random_uuid(), client_id, at, amount, 'Withdrawal', null from cash_journal
# and its lot do not agree
delete from lots where order_id is not null
# and its lot do not agree
update lots set acquired_on = acquired_on - 1 where order_id is not null
# are not those of its orders
update orders set executed_units = executed_units / 2 where order_type = 'Redemption'
# took more than was asked
update orders set executed_amount = executed_amount * 2
# says nothing of when
update orders set settled_at = null where status = 'Settled'
# cash of C1 is negative
alter table clients drop constraint clients_cash_not_negative;
update clients set cash_balance = -1
# is negative
alter table lots drop constraint lots_units;
update lots set units_left = -1
# nobody was told of execution
delete from notification_logs where event like 'Auto%'
# nobody was told of order
delete from notification_logs where event like 'Order%'
# of the audit trail has not its own hash
alter table automation_audit disable trigger automation_audit_append_only;
update automation_audit set by = 'somebody' where number = 2
# of the audit trail does not continue the one before it
alter table automation_audit disable trigger automation_audit_append_only;
delete from automation_audit where number = 2
"""


def planted() -> list[tuple[str, list[str]]]:
    """What the oracle should say, and the statements that give it reason to."""
    paragraphs = [paragraph.strip().split("\n", 1) for paragraph in PLANTS.split("# ")[1:]]
    return [(words, statements.split(";")) for words, statements in paragraphs]


def test_each_planted_violation_is_found(busy: World) -> None:
    silent = []
    for words, statements in planted():
        with busy.connection.transaction(force_rollback=True):
            for statement in statements:
                busy.connection.execute(statement.encode())
            found = violations(busy.connection, busy.clock.instant)
        if not any(words in violation for violation in found):
            silent.append((words, statements, found[:3]))
    assert silent == []
    assert len(planted()) > 40


def test_a_ledger_of_another_gateway_is_compared(busy: World) -> None:
    ids = [row["client_order_id"] for row in busy.rows("select client_order_id from paper_orders order by 1")]
    sound = dict.fromkeys(ids, 1)
    instant = busy.clock.instant
    assert violations(busy.connection, instant, sound) == []
    assert any("2 times" in found for found in violations(busy.connection, instant, sound | {ids[0]: 2}))
    assert any("nobody" in found for found in violations(busy.connection, instant, sound | {UUID(int=1): 1}))
    assert any("never had" in found for found in violations(busy.connection, instant, dict.fromkeys(ids[1:], 1)))
