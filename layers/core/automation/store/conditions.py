"""What conditional auto-invest rules look at: goal progress, drift, and NAVs over time; never a NAV that is suspect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from automation import identifiers
from automation.auto_invest.facts import Observation
from automation.auto_invest.rule import Rule
from automation.database import Connection


def observe(connection: Connection, rules: Sequence[Rule], now: datetime) -> dict[UUID, Observation]:
    """The observation of each rule whose condition can be told; a rule that is not in it is unknown."""
    by_kind = {
        "Goal Progress": _goal_progress,
        "Portfolio Drift": _portfolio_drift,
    }
    found: dict[UUID, Observation] = {}
    for kind, load in by_kind.items():
        found |= load(connection, [rule for rule in rules if rule.trigger_type == kind], now)
    market = [rule for rule in rules if rule.trigger_type == "Market Condition"]
    found |= _look_back(connection, [rule for rule in market if "lookback_days" in rule.trigger_config], now)
    found |= _moving_average(connection, [rule for rule in market if "window_days" in rule.trigger_config], now)
    return found


def _goal_progress(connection: Connection, rules: list[Rule], now: datetime) -> dict[UUID, Observation]:
    """Percent of the target reached; unknown where a product that counts has no NAV."""
    if not rules:
        return {}
    rows = connection.execute(
        """
        select w.rule_id, round(case when bool_and(h.units is null or n.nav is not null)
                     then coalesce(sum(h.units * n.nav * gp.share_percent), 0) / g.target_amount end, 4),
               min(n.date) filter (where h.units > 0)
        from unnest(%s::uuid[], %s::text[]) as w (rule_id, goal_id)
        join goals g on g.id = w.goal_id
        join goal_products gp on gp.goal_id = g.id
        left join holdings h on h.client_id = g.client_id and h.product_id = gp.product_id
        left join lateral (
            select nav, date from navs
            where product_id = gp.product_id and observed_at <= %s and not suspect
            order by date desc limit 1) n on true
        group by w.rule_id, g.target_amount
        """,
        ([rule.id for rule in rules], [rule.goal_id for rule in rules], now),
    )
    return {rule_id: Observation(progress, None, as_of) for rule_id, progress, as_of in rows}


_DRIFT: Final = """
    with wanted as (
        select w.rule_id, r.client_id, r.target_allocation
        from unnest(%s::uuid[], %s::uuid[], %s::text[]) as w (rule_id, rebalancing_id, client_id)
        join rebalancing_rules r on r.id = w.rebalancing_id and r.client_id = w.client_id
    ), held as (
        select w.rule_id, p.id as product, p.asset_class, h.units * n.nav as value, n.date
        from wanted w
        join holdings h on h.client_id = w.client_id and h.units > 0
        join products p on p.id = h.product_id
        left join lateral (
            select nav, date from navs
            where product_id = p.id and observed_at <= %s and not suspect
            order by date desc limit 1) n on true
        where w.target_allocation ? p.id or w.target_allocation ? p.asset_class
        union all
        select w.rule_id, 'cash', 'cash', c.cash_balance, null
        from wanted w join clients c on c.id = w.client_id
        where w.target_allocation ? 'cash'
    ), total as (
        select rule_id, sum(value) as value, bool_and(value is not null) as whole, min(date) as as_of
        from held group by rule_id
    )
    select w.rule_id, round(max(abs(coalesce(s.value, 0) / t.value * 100 - target.percent::numeric)), 4),
           max(t.as_of)
    from wanted w
    join total t on t.rule_id = w.rule_id and t.whole and t.value > 0
    cross join lateral jsonb_each_text(w.target_allocation) as target (name, percent)
    left join lateral (
        select sum(value) as value from held
        where held.rule_id = w.rule_id
          and (product = target.name
               or (asset_class = target.name and not w.target_allocation ? product))) s on true
    group by w.rule_id
"""


def _portfolio_drift(connection: Connection, rules: list[Rule], now: datetime) -> dict[UUID, Observation]:
    """Largest |weight - target| in points over the targets of the named rebalancing rule of the same client."""
    if not rules:
        return {}
    rows = connection.execute(
        _DRIFT,
        (
            [rule.id for rule in rules],
            [identifiers.read(identifiers.REBALANCING, rule.trigger_config["rebalancing_rule"]) for rule in rules],
            [rule.client_id for rule in rules],
            now,
        ),
    )
    return {rule_id: Observation(drift, None, as_of) for rule_id, drift, as_of in rows}


def _look_back(connection: Connection, rules: list[Rule], now: datetime) -> dict[UUID, Observation]:
    """The last NAV, and the one of `lookback_days` before it, or the last before that within a week."""
    if not rules:
        return {}
    rows = connection.execute(
        """
        select w.rule_id, n.nav, past.nav, n.date
        from unnest(%(rules)s::uuid[], %(products)s::text[], %(days)s::int[]) as w (rule_id, product_id, days)
        join lateral (
            select nav, date from navs
            where product_id = w.product_id and observed_at <= %(now)s and not suspect
            order by date desc limit 1) n on true
        left join lateral (
            select nav from navs
            where product_id = w.product_id and observed_at <= %(now)s and not suspect
              and date <= n.date - w.days and date > n.date - w.days - 7
            order by date desc limit 1) past on true
        """,
        {
            "rules": [rule.id for rule in rules],
            "products": [_watched(rule) for rule in rules],
            "days": [rule.trigger_config["lookback_days"] for rule in rules],
            "now": now,
        },
    )
    return {rule_id: Observation(nav, past, as_of) for rule_id, nav, past, as_of in rows}


def _moving_average(connection: Connection, rules: list[Rule], now: datetime) -> dict[UUID, Observation]:
    """The last NAV and the mean of the last `window_days` NAVs, itself included; unknown where there are fewer."""
    if not rules:
        return {}
    rows = connection.execute(
        """
        select w.rule_id, n.nav, n.mean, n.date
        from unnest(%s::uuid[], %s::text[], %s::int[]) as w (rule_id, product_id, days)
        join lateral (
            select (array_agg(nav order by date desc))[1] as nav, max(date) as date,
                   case when count(*) = w.days then round(avg(nav), 4) end as mean
            from (select nav, date from navs
                  where product_id = w.product_id and observed_at <= %s and not suspect
                  order by date desc limit w.days) latest) n on n.nav is not null
        """,
        (
            [rule.id for rule in rules],
            [_watched(rule) for rule in rules],
            [rule.trigger_config["window_days"] for rule in rules],
            now,
        ),
    )
    return {rule_id: Observation(nav, mean, as_of) for rule_id, nav, mean, as_of in rows}


def _watched(rule: Rule) -> str:
    """The product whose NAV is watched: the one that is named, or the first that the rule buys."""
    named: str | None = rule.trigger_config.get("product")
    return named or rule.products[-1 if rule.source_product_id else 0]
