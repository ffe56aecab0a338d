"""How many coming instalments would restore a portfolio's targets, were they sent to what is short."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from automation.auto_invest.amount import limited
from automation.auto_invest.due import asked_to_skip
from automation.auto_invest.rule import SIP, Rule
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine.next_occurrence import to_come
from automation.runtime import Runtime
from automation.store import rule_list, skips

_YEAR: Final = timedelta(days=366)
_MOST_RULES: Final = 1_000


def instalments_for(
    connection: Connection, runtime: Runtime, client: str, deposit: Decimal, now: datetime
) -> int | None:
    """How many of the client's coming SIP instalments make up a deposit; None where a year's are not enough.

    What depends on a condition may never come, and does not count.
    """
    rows = rule_list.rules(connection, client, "Active", _MOST_RULES) if deposit > 0 else []
    dated = [row for row in rows if row["plan"] == SIP and row["enabled"] and row["trigger_type"] == "Date"]
    coming = sorted(each for row in dated for each in _of(connection, runtime, row, now))
    left, count = deposit, 0
    for _, amount in coming:
        if left <= 0:
            break
        left, count = left - amount, count + 1
    return count if left <= 0 else None


def _of(
    connection: Connection, runtime: Runtime, row: dict[str, Any], now: datetime
) -> Iterator[tuple[datetime, Decimal]]:
    """When a rule's instalments of a year are due, each with its amount under the rule's own limits."""
    besides = {"last_reason": None, "client_status": "Active", "kyc_status": "Verified"}
    rule = Rule(**{name: value for name, value in (row | besides).items() if name in Rule._fields})
    skipped = skips.to_come(connection, rule.id, local_date(now, rule.time_zone))
    for occurrence in to_come(connection, runtime, row, now, _YEAR.days):
        amount = limited(rule, occurrence.nominal.date())
        spent = rule.instalments is not None and rule.execution_count >= rule.instalments
        if occurrence.due > now + _YEAR or amount <= 0 or spent:
            return
        if occurrence.skipped or asked_to_skip(occurrence.nominal, skipped):
            continue
        rule = rule._replace(total_invested=rule.total_invested + amount, execution_count=rule.execution_count + 1)
        yield occurrence.due, amount
