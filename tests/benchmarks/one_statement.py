"""The limit on this schema: one statement a batch that decides nothing, but claims and writes the same rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final, LiteralString

from automation import identifiers
from automation.auto_invest.decision import GUARDS
from automation.database import Connection
from tests.benchmarks.measuring import Sample, timed

BATCH: Final = 1000


def run(connection: Connection, now: datetime, batches: int) -> Sample:
    """Bring so many batches of due rules forward, each in a transaction of its own."""
    return timed(lambda: sum(_execute(connection, now) for _ in range(batches)))


def _execute(connection: Connection, now: datetime) -> int:
    key = identifiers.new(now)
    parameters = {"now": now, "run": key, "time": str(key)[:14], "batch": BATCH, "guards": json.dumps(_PASSED)}
    return connection.execute(_STATEMENT, parameters).rowcount


_PASSED: Final = [[name, "pass"] for name, _ in GUARDS]

# Keys are made as cheaply as can be, in the order of time. The details hold what the engine's hold, so that they
# are about as large, and locks are taken on what the engine locks.
_STATEMENT: Final[LiteralString] = """
    with due as materialized (
        select r.*, c.cash_balance, c.time_zone, c.status as client_status, c.kyc_status
        from auto_invest_rules r
        join clients c on c.id = r.client_id
        where r.next_run_at <= %(now)s
        order by r.next_run_at
        limit %(batch)s
        for update of r, c skip locked
    ), sized as materialized (
        select due.*,
               (%(time)s || substr(gen_random_uuid()::text, 15))::uuid as execution_id,
               (%(time)s || substr(gen_random_uuid()::text, 15))::uuid as order_id,
               (%(time)s || substr(gen_random_uuid()::text, 15))::uuid as note_id,
               p.status as product_status, p.open_for_subscription, p.min_purchase, p.purchase_multiple,
               p.min_redemption, p.cut_off_time, n.nav, n.date as nav_date,
               case when step_up_percent is null then amount else amount + amount * 0.1 end as instalment,
               next_occurrence + make_interval(months => case frequency when 'Monthly' then 1 else 3 end) as following
        from due
        join products p on p.id = due.product_id
        cross join lateral (
            select nav, date from navs
            where product_id = due.product_id and observed_at <= %(now)s
            order by date desc limit 1) n
    ), logged as (
        insert into automation_execution_logs (id, rule_kind, rule_id, rule_version, client_id, occurrence, due_at,
                                               executed_at, status, amount, run_id, details)
        select execution_id, 'auto_invest', id, version, client_id, next_occurrence, next_run_at, %(now)s, 'Success',
               instalment, %(run)s, jsonb_build_object(
                   'rule', jsonb_build_object(
                       'id', id, 'version', version, 'client_id', client_id, 'plan', plan, 'product_id', product_id,
                       'amount', amount, 'frequency', frequency, 'day_of_month', day_of_month, 'at_time', at_time,
                       'roll', roll, 'start_date', start_date, 'trigger_type', trigger_type,
                       'trigger_config', trigger_config, 'min_balance_required', min_balance_required,
                       'cash_policy', cash_policy, 'missed', missed, 'failure_limit', failure_limit,
                       'enabled', enabled, 'status', status)
                   || jsonb_build_object(
                       'execution_count', execution_count, 'total_invested', total_invested,
                       'consecutive_failures', consecutive_failures, 'first_occurrence', first_occurrence,
                       'next_occurrence', next_occurrence, 'next_run_at', next_run_at, 'attempts', attempts,
                       'time_zone', time_zone, 'client_status', client_status, 'kyc_status', kyc_status),
                   'facts', jsonb_build_object(
                       'now', %(now)s::timestamptz, 'nominal', next_occurrence, 'actual', next_occurrence::date,
                       'due', next_run_at, 'period_end', following, 'last', false, 'cut_off', following,
                       'missed', false, 'skip_requested', false, 'business_day', true, 'available', cash_balance,
                       'max_nav_age', 3, 'quotes', jsonb_build_array(jsonb_build_object(
                           'product_id', product_id, 'status', product_status, 'open', open_for_subscription,
                           'min_purchase', min_purchase, 'multiple', purchase_multiple,
                           'min_redemption', min_redemption, 'nav', nav, 'nav_date', nav_date, 'nav_age', 1))),
                   'guards', %(guards)s::jsonb,
                   'decision', jsonb_build_object(
                       'status', 'Success', 'guards', 14, 'amount', instalment, 'parts', jsonb_build_array(
                           jsonb_build_object('product_id', product_id, 'amount', instalment))))
        from sized
    ), ordered as (
        insert into orders (id, origin, rule_id, execution_id, client_id, order_type, product_id, amount, trade_date,
                            created_at)
        select order_id, 'auto_invest', id, execution_id, client_id, 'Purchase', product_id, instalment,
               next_occurrence::date, %(now)s
        from sized
    ), told as (
        insert into notification_logs (id, event, source_id, client_id, channel, recipient, deliver_at, created_at)
        select note_id, 'Auto-Invest Executed', execution_id, client_id, 'In-App', client_id, %(now)s, %(now)s
        from sized
        on conflict on constraint notification_logs_once do nothing
    )
    update auto_invest_rules r
    set execution_count = r.execution_count + 1, total_invested = r.total_invested + sized.instalment,
        consecutive_failures = 0, attempts = 0, last_look = null, next_occurrence = sized.following,
        next_run_at = sized.following at time zone sized.time_zone, updated_at = %(now)s
    from sized
    where r.id = sized.id
"""
