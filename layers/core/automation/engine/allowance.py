"""How often somebody may do something costly: a token bucket in the database, and a cap a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from automation.database import Connection
from automation.errors import TooManyRequests
from automation.runtime import Runtime
from automation.settings import Allowance
from automation.store import allowances as store
from automation.store.allowances import Bucket

_MINUTE: Final = Decimal(60)


Tell = Callable[[Connection, datetime, int], None]


def take(runtime: Runtime, name: str, subject: str, allowance: Allowance, tell: Tell) -> None:
    """Take one token; TooManyRequests says when there is one again. What is refused takes nothing.

    `tell` is told, in the same transaction and last, how many seconds are to be waited: 0 where one was taken.
    """

    def work(connection: Connection) -> int:
        now = runtime.clock.now(connection)
        bucket = store.lock(connection, name, subject, Decimal(allowance.burst), now)
        wait, left = after(bucket, allowance, now)
        if not wait:
            store.save(connection, name, subject, left)
        tell(connection, now, wait)
        return wait

    wait = runtime.database.transaction(work)
    if wait:
        raise TooManyRequests(
            f"{subject} has used up the allowance for {name}", wait, hint=f"wait for {wait} s, then send it again"
        )


def after(bucket: Bucket, allowance: Allowance, now: datetime) -> tuple[int, Bucket]:
    """The seconds to wait, 0 where a token is there, and the bucket without it."""
    used = bucket.used if bucket.day == now.date() else 0
    if used >= allowance.daily:
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
        return _whole((midnight - now).total_seconds()), bucket
    passed = Decimal(max((now - bucket.refilled_at).total_seconds(), 0))
    tokens = min(bucket.tokens + passed * allowance.per_minute / _MINUTE, Decimal(allowance.burst))
    if tokens < 1:
        return _whole(float((1 - tokens) * _MINUTE / allowance.per_minute)), bucket
    return 0, Bucket(tokens - 1, now, now.date(), used + 1)


def _whole(seconds: float) -> int:
    return max(int(-(-seconds // 1)), 1)
