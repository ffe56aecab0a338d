"""The rival that everybody writes first: one rule at a time, a statement for each thing that is read or written.

Its steps are a generator of statements, so that the loop and the handlers of the job queues do the very same.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import datetime
from decimal import Decimal
from typing import Final, LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow, dict_row

from automation import identifiers
from automation.auto_invest.decision import GUARDS
from automation.calendar.schedule import add_months
from tests.benchmarks.measuring import Sample, timed

Statement = tuple[LiteralString, tuple[object, ...]]
Steps = Generator[Statement, list[DictRow], None]

_MONTHS: Final = {"Monthly": 1, "Quarterly": 3}
_PASSED: Final = [[name, "pass"] for name, _ in GUARDS]


def connect(url: str) -> psycopg.Connection[DictRow]:
    """A connection as the engine has it: no prepared statements, so that a proxy may stand between."""
    return psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None)


def due(connection: psycopg.Connection[DictRow], now: datetime, limit: int) -> list[UUID]:
    """The keys of rules that are due, the longest due first."""
    rows = connection.execute(
        "select id from auto_invest_rules where next_run_at <= %s order by next_run_at limit %s", (now, limit)
    )
    return [row["id"] for row in rows]


def run(connection: psycopg.Connection[DictRow], now: datetime, count: int) -> Sample:
    """Bring so many due rules forward, one after the other."""
    rules = due(connection, now, count)

    def loop() -> int:
        for rule in rules:
            _execute(connection, rule, now)
        return len(rules)

    return timed(loop)


def _execute(connection: psycopg.Connection[DictRow], rule: UUID, now: datetime) -> None:
    """Bring one rule forward in one transaction."""
    taking = steps(rule, now)
    with connection.transaction():
        statement = next(taking, None)
        while statement is not None:
            cursor = connection.execute(*statement)
            statement = _sent(taking, cursor.fetchall() if cursor.description else [])


async def execute_async(connection: psycopg.AsyncConnection[DictRow], rule: UUID, now: datetime) -> None:
    """The same, while other rules are brought forward on other connections."""
    taking = steps(rule, now)
    async with connection.transaction():
        statement = next(taking, None)
        while statement is not None:
            cursor = await connection.execute(*statement)
            statement = _sent(taking, await cursor.fetchall() if cursor.description else [])


def _sent(taking: Steps, rows: list[DictRow]) -> Statement | None:
    try:
        return taking.send(rows)
    except StopIteration:
        return None


def steps(rule_id: UUID, now: datetime) -> Steps:
    """What the engine reads, decides and writes for a simple success."""
    [rule] = yield _RULE, (rule_id,)
    [client] = yield _CLIENT, (rule["client_id"],)
    [product] = yield _PRODUCT, (rule["product_id"],)
    [nav] = yield _NAV, (rule["product_id"], now)
    stops = yield _STOPS, (now, rule["client_id"], str(rule_id))
    skips = yield _SKIPS, (rule_id, rule["next_occurrence"], rule["next_occurrence"])
    [claimed] = yield _CLAIMED, (rule["client_id"],)
    amount = rule["amount"] * (11 if rule["step_up_percent"] else 10) / 10
    available = client["cash_balance"] - claimed["amount"]
    if stops or skips or amount < product["min_purchase"] or amount > available:
        raise ValueError("the benchmark fills the database with rules that succeed")
    facts = {"now": now, "available": available, "quotes": [_known(product) | nav]}
    yield from _writes(rule | client, facts, amount, now)


def _writes(rule: DictRow, facts: DictRow, amount: Decimal, now: datetime) -> Steps:
    execution, nominal = identifiers.new(now), rule["next_occurrence"]
    details = {
        "rule": _known(rule),
        "facts": facts | {"nominal": nominal, "due": rule["next_run_at"]},
        "guards": _PASSED,
        "decision": {"status": "Success", "guards": len(GUARDS), "amount": amount, "parts": [{"amount": amount}]},
    }
    log = (execution, rule["id"], rule["version"], rule["client_id"], nominal, rule["next_run_at"], now, amount)
    yield _LOG, (*log, execution, json.dumps(details, default=str))
    order = (identifiers.new(now), rule["id"], execution, rule["client_id"], rule["product_id"], amount)
    yield _ORDER, (*order, nominal.date(), now)
    message = (identifiers.new(now), execution, rule["client_id"], rule["client_id"])
    yield _NOTIFICATION, (*message, now, now)
    day = add_months(nominal.date(), _MONTHS[rule["frequency"]], rule["day_of_month"])
    following = datetime.combine(day, nominal.time())
    run_at = following.replace(tzinfo=ZoneInfo(rule["time_zone"]))
    yield _ADVANCE, (amount, following, run_at, now, rule["id"])


def _known(row: DictRow) -> DictRow:
    return {name: value for name, value in row.items() if value is not None}


_RULE: Final[LiteralString] = """
    select id, version, client_id, plan, product_id, amount, frequency, day_of_month, at_time, roll, start_date,
           end_date, trigger_type, trigger_config, instalments, max_total_amount, max_per_execution,
           min_balance_required, step_up_percent, step_up_every_months, cash_policy, missed, failure_limit, enabled,
           status, execution_count, total_invested, consecutive_failures, first_occurrence, next_occurrence,
           next_run_at, attempts
    from auto_invest_rules
    where id = %s
    for update
"""

_CLIENT: Final[LiteralString] = """
    select cash_balance, time_zone, status as client_status, kyc_status from clients where id = %s for update
"""

_PRODUCT: Final[LiteralString] = """
    select id, status, open_for_subscription, min_purchase, purchase_multiple, min_redemption, cut_off_time, calendar
    from products where id = %s
"""

_NAV: Final[LiteralString] = """
    select nav, date from navs where product_id = %s and observed_at <= %s order by date desc limit 1
"""

_STOPS: Final[LiteralString] = """
    select mode from automation_controls
    where lifted_at is null and (until is null or until > %s)
      and (scope in ('global', 'job') or scope_id in (%s, %s))
"""

_SKIPS: Final[LiteralString] = """
    select from_date from auto_invest_skips where rule_id = %s and from_date <= %s and to_date >= %s
"""

_CLAIMED: Final[LiteralString] = """
    select coalesce(sum(amount), 0) as amount from orders
    where client_id = %s and order_type = 'Purchase'
      and status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held')
"""

_LOG: Final[LiteralString] = """
    insert into automation_execution_logs (id, rule_kind, rule_id, rule_version, client_id, occurrence, due_at,
                                           executed_at, status, amount, run_id, details)
    values (%s, 'auto_invest', %s, %s, %s, %s, %s, %s, 'Success', %s, %s, %s)
"""

_ORDER: Final[LiteralString] = """
    insert into orders (id, origin, rule_id, execution_id, client_id, order_type, product_id, amount, trade_date,
                        created_at)
    values (%s, 'auto_invest', %s, %s, %s, 'Purchase', %s, %s, %s, %s)
"""

_NOTIFICATION: Final[LiteralString] = """
    insert into notification_logs (id, event, source_id, client_id, channel, recipient, deliver_at, created_at)
    values (%s, 'Auto-Invest Executed', %s, %s, 'In-App', %s, %s, %s)
"""

_ADVANCE: Final[LiteralString] = """
    update auto_invest_rules
    set execution_count = execution_count + 1, total_invested = total_invested + %s, consecutive_failures = 0,
        next_occurrence = %s, next_run_at = %s, updated_at = %s
    where id = %s
"""
