"""Which portfolios have drifted as far as their rules ask: measured in the database, many at once.

What is found here is a suspicion. It is measured in binary fractions with a margin, and without orders under way; each
rule that it lines up is decided exactly, by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from automation.database import Connection, scalar

_AHEAD: Final = timedelta(days=1)
# Above this share of products with a new price it is cheaper to measure everybody than to look for who holds them.
_MOST: Final = 0.4
_MANY: Final = 100


class Screened(NamedTuple):
    """How many products had a new price, and how many rules have drifted."""

    products: int
    rules: int


def screen(connection: Connection, now: datetime) -> Screened:
    """Measure the portfolios that hold what has a new price; line up the rules that have drifted."""
    moved = _take(connection, now)
    if not moved:
        return Screened(0, 0)
    some = len(moved) < _MOST * scalar(connection, "select count(*) from watched_prices")
    if not some and len(moved) > _MANY:
        connection.execute("select set_config('work_mem', '128MB', true)")  # a pass over everybody adds up in memory
    parameters = {"now": now, "until": (now + _AHEAD).date(), "moved": moved if some else None}
    found = [row[0] for row in connection.execute(_SCREEN, parameters)]
    connection.execute(
        """
        insert into rebalancing_looks as l (rule_id, look_at) select rule, %s from unnest(%s::uuid[]) rule
        on conflict (rule_id) do update set look_at = excluded.look_at where l.look_at > excluded.look_at
        """,
        (now, found),
    )
    return Screened(len(moved), len(found))


def follow(connection: Connection, clients: Sequence[str], now: datetime) -> None:
    """Line up the rules of these clients, whose holdings have changed."""
    connection.execute(
        """
        insert into rebalancing_looks as l (rule_id, look_at)
        select id, %s from rebalancing_rules
        where client_id = any(%s) and status = 'Active' and trigger_on_drift and strategy <> 'Time-Based'
        on conflict (rule_id) do update set look_at = excluded.look_at where l.look_at > excluded.look_at
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


# Most rules have targets by asset class alone: for those holdings are added up by class before any rule is looked at.
# A target of which nothing is held has no part here: what the other targets leave to 100 bounds its drift from above.
_SCREEN: Final = """
    with priced as materialized (
        select p.id, p.asset_class, n.nav::float8 as nav
        from products p
        cross join lateral (
            select nav from navs
            where product_id = p.id and date <= %(until)s and observed_at <= %(now)s and not suspect
            order by date desc limit 1) n
    ), rules as (
        select id, client_id, target_by, target_allocation, target_allocation - 'cash' as of_products, strategy,
               threshold_percent::float8 as threshold,
               relative_band_percent::float8 as relative
        from rebalancing_rules
        where status = 'Active' and trigger_on_drift and strategy <> 'Time-Based'
          and (%(moved)s::text[] is null or client_id in (
              select client_id from holdings where product_id = any(%(moved)s) and units > 0))
    ), part as (
        select r.id, (r.of_products ->> w.asset_class)::float8 as percent, w.value
        from (select h.client_id, p.asset_class, sum(h.units::float8 * p.nav) as value
              from holdings h join priced p on p.id = h.product_id
              where %(moved)s::text[] is null or h.client_id in (select client_id from rules)
              group by h.client_id, p.asset_class) w
        join rules r on r.client_id = w.client_id and r.target_by = 'asset_class'
        union all
        select r.id, coalesce(r.of_products ->> p.id, r.of_products ->> p.asset_class)::float8,
               sum(h.units::float8 * p.nav)
        from rules r join holdings h on h.client_id = r.client_id join priced p on p.id = h.product_id
        where r.target_by <> 'asset_class'
        group by r.id, r.of_products, case when r.of_products ? p.id then p.id else p.asset_class end, 2
        union all
        select r.id, (r.target_allocation ->> 'cash')::float8, c.cash_balance::float8
        from rules r join clients c on c.id = r.client_id
        where r.target_allocation ? 'cash'
    ), portfolio as (
        select id, array_agg(percent) as percents, array_agg(value) as worth, sum(value) as total
        from part where percent is not null
        group by id
    )
    select r.id
    from portfolio w
    join rules r on r.id = w.id
    cross join lateral (
        select max(abs(drift)) as largest, sum(greatest(drift, 0)) as half, sum(percent) as held,
               max(abs(drift) / nullif(percent, 0)) * 100 as relative
        from (select percent, value / nullif(w.total, 0) * 100 - percent as drift
              from unnest(w.percents, w.worth) as each (percent, value)) parts) d
    where case when r.strategy = 'Drift-Based' then d.half >= r.threshold - 1e-6
               else greatest(d.largest, 100 - d.held) >= r.threshold - 1e-6
                 or d.relative >= r.relative - 1e-6 or (d.held < 100 - 1e-6 and r.relative <= 100) end
"""
