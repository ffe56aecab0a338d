"""Which portfolios have drifted as far as their rules ask: measured in the database, many at once.

What is found here is a suspicion. It is measured in binary fractions with a margin, and without orders under way; each
rule that it lines up is decided exactly, by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from automation.database import Connection

_AHEAD: Final = timedelta(days=1)
# Above this share of products with a new price it is cheaper to measure everybody than to look for who holds them.
_MOST: Final = 0.4


class Screened(NamedTuple):
    """How many products had a new price, and how many rules have drifted."""

    products: int
    rules: int


def screen(connection: Connection, now: datetime) -> Screened:
    """Measure the portfolios that hold what has a new price; line up the rules that have drifted."""
    moved = _take(connection, now)
    if not moved:
        return Screened(0, 0)
    row = connection.execute("select count(*) from watched_prices").fetchone()
    some = len(moved) < _MOST * (row[0] if row else 0)
    parameters = {"now": now, "until": (now + _AHEAD).date(), "moved": moved if some else None}
    found = connection.execute(_SCREEN, parameters).rowcount
    return Screened(len(moved), found)


def follow(connection: Connection, clients: Sequence[str], now: datetime) -> None:
    """Line up the rules of these clients, whose holdings have changed."""
    connection.execute(
        """
        insert into rebalancing_looks (rule_id, look_at)
        select id, %s from rebalancing_rules
        where client_id = any(%s) and status = 'Active' and trigger_on_drift and strategy <> 'Time-Based'
        on conflict (rule_id) do nothing
        """,
        (now, list(clients)),
    )


def _take(connection: Connection, now: datetime) -> list[str]:
    """The products with a new price, which are measured now; those whose prices are known ahead are due again then."""
    rows = connection.execute(
        """
        with due as (
            select product_id, ahead from watched_prices where drift_due_at <= %(now)s for update skip locked
        )
        update watched_prices w
        set drift_due_at = case when d.ahead > %(now)s then (
            select observed_at from navs
            where product_id = d.product_id and date >= %(from)s and observed_at > %(now)s and not suspect
            order by date limit 1) end
        from due d
        where w.product_id = d.product_id
        returning w.product_id
        """,
        {"now": now, "from": (now - _AHEAD).date()},
    )
    return [row[0] for row in rows]


# `share` is a holding's or the cash's part in a rule's targets. A target of which nothing is held is not among them:
# what the others' targets leave to 100 bounds its drift from above.
_SCREEN: Final = """
    with priced as materialized (
        select p.id, p.asset_class, n.nav::float8 as nav
        from products p
        cross join lateral (
            select nav from navs
            where product_id = p.id and date <= %(until)s and observed_at <= %(now)s and not suspect
            order by date desc limit 1) n
    ), wanted as (
        select * from rebalancing_rules
        where status = 'Active' and trigger_on_drift and strategy <> 'Time-Based'
          and (%(moved)s::text[] is null or client_id in (
              select client_id from holdings where product_id = any(%(moved)s) and units > 0))
    ), share as (
        select r.id, case when r.target_allocation ? p.id then p.id else p.asset_class end as target,
               sum(h.units::float8 * p.nav) as value
        from wanted r
        join holdings h on h.client_id = r.client_id
        join priced p on p.id = h.product_id
        where r.target_allocation ?| array[p.id, p.asset_class]
        group by 1, 2
        union all
        select r.id, 'cash', c.cash_balance::float8
        from wanted r join clients c on c.id = r.client_id
        where r.target_allocation ? 'cash'
    ), measured as (
        select s.id, sum(s.value) over (partition by s.id) as total, s.value, r.strategy,
               (r.target_allocation ->> s.target)::float8 as percent, r.threshold_percent::float8 as threshold,
               r.relative_band_percent::float8 as relative
        from share s join wanted r on r.id = s.id
    ), drifted as (
        select id
        from (select *, value / total * 100 - percent as drift from measured where total > 0) d
        group by id, strategy, threshold, relative
        having case when strategy = 'Drift-Based' then sum(greatest(drift, 0)) >= threshold - 1e-6
                    else greatest(max(abs(drift)), 100 - sum(percent)) >= threshold - 1e-6
                      or max(abs(drift) / nullif(percent, 0)) * 100 >= relative - 1e-6
                      or (sum(percent) < 100 - 1e-6 and relative <= 100) end
    )
    insert into rebalancing_looks (rule_id, look_at)
    select id, %(now)s from drifted
    on conflict (rule_id) do nothing
"""
