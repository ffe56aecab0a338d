"""Rebalancing rules as people make, read and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from automation.database import Connection
from automation.identity.permissions import EVERYONE, Scope
from automation.rebalancing.rule import Rule


def asset_classes(connection: Connection, names: Sequence[str]) -> set[str]:
    """Those of the names that are the asset class of any product."""
    rows = connection.execute(
        """
        select asked from unnest(%s::text[]) asked
        where exists (select from products p where p.asset_class = asked)
        """,
        (list(names),),
    )
    return {row[0] for row in rows}


def insert(connection: Connection, columns: Mapping[str, Any]) -> bool:
    """Add an Active rule; False where it is there already."""
    added = connection.execute(
        """
        insert into rebalancing_rules (
            id, client_id, name, strategy, target_by, target_allocation, threshold_percent, relative_band_percent,
            min_drift_percent, trigger_on_drift, trigger_on_schedule, frequency, day_of_month, day_of_week, at_time,
            roll, start_date, end_date, rebalance_to, mode, rebalance_amount, preferred_products, do_not_trade,
            cash_buffer, tax_aware, cooldown_days, execute_automatically, require_confirmation, confirm_within_hours,
            enabled, first_occurrence, next_occurrence, next_run_at, created_by, created_at, updated_at)
        values (
            %(id)s, %(client)s, %(name)s, %(strategy)s, %(target_by)s, %(target_allocation)s, %(threshold_percent)s,
            %(relative_band_percent)s, %(min_drift_percent)s, %(trigger_on_drift)s, %(trigger_on_schedule)s,
            %(frequency)s, %(day_of_month)s, %(day_of_week)s, %(time)s, %(roll)s, %(start_date)s, %(end_date)s,
            %(to)s, %(mode)s, %(rebalance_amount)s, %(preferred_products)s, %(do_not_trade)s, %(cash_buffer)s,
            %(tax_aware)s, %(cooldown_days)s, %(execute_automatically)s, %(require_confirmation)s,
            %(confirm_within_hours)s, %(enabled)s, %(nominal)s::date, %(nominal)s, %(due)s, %(by)s, %(now)s, %(now)s)
        on conflict (id) do nothing
        """,
        columns,
    )
    return added.rowcount == 1


def rivals(connection: Connection, client_id: str, but: UUID) -> list[tuple[UUID, str]]:
    """The client's other rules (key, name) that are not over."""
    return connection.execute(
        """
        select id, name from rebalancing_rules
        where client_id = %s and status in ('Active', 'Paused') and id <> %s
        order by id limit 20
        """,
        (client_id, but),
    ).fetchall()


def targets_as_json(targets: Mapping[str, Decimal]) -> Jsonb:
    """Targets as the column has them: percents are strings."""
    return Jsonb({name: str(percent) for name, percent in targets.items()})


def look_again(connection: Connection, rule_id: UUID, at: datetime) -> None:
    """Measure a rule's portfolio at an instant, whatever prices do."""
    connection.execute(
        """
        insert into rebalancing_looks (rule_id, look_at) values (%s, %s)
        on conflict (rule_id) do update set look_at = excluded.look_at
        """,
        (rule_id, at),
    )


def look_at(connection: Connection, rule_id: UUID) -> datetime | None:
    """When a rule that is lined up is to be looked at, None where it is not."""
    row = connection.execute("select look_at from rebalancing_looks where rule_id = %s", (rule_id,)).fetchone()
    return row[0] if row else None


def read(connection: Connection, rule_id: UUID) -> dict[str, Any] | None:
    """A rule's row with its client's zone and whether the client may trade."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone, c.status as client_status, c.kyc_status
            from rebalancing_rules r join clients c on c.id = r.client_id
            where r.id = %s
            """,
            (rule_id,),
        ).fetchone()


def lock(connection: Connection, rule_id: UUID) -> dict[str, Any] | None:
    """The same with the client and the rule locked, in this order."""
    connection.execute(
        "select from clients where id = (select client_id from rebalancing_rules where id = %s) for update", (rule_id,)
    )
    connection.execute("select from rebalancing_rules where id = %s for update", (rule_id,))
    return read(connection, rule_id)


def as_rule(row: Mapping[str, Any]) -> Rule:
    """A row as decisions see it."""
    return Rule(**{name: row[name] for name in Rule._fields})


def listed(
    connection: Connection,
    client_id: str | None,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    scope: Scope = EVERYONE,
) -> list[dict[str, Any]]:
    """Up to `limit` rules in the order of their creation, all or those of a client or in a status."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select r.*, c.time_zone, c.status as client_status, c.kyc_status
            from rebalancing_rules r join clients c on c.id = r.client_id
            where (%(client)s::text is null or r.client_id = %(client)s)
              and (%(status)s::text is null or r.status = %(status)s)
              and (%(after)s::uuid is null or r.id > %(after)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by r.id
            limit %(limit)s
            """,
            {"client": client_id, "status": status, "limit": limit, "after": after} | scope._asdict(),
        ).fetchall()


def set_status(
    connection: Connection, rule_id: UUID, status: str, reason: str | None, until: datetime | None, now: datetime
) -> None:
    """Change a rule's status as a person wants it; one that ends has no next occurrence."""
    connection.execute(
        """
        update rebalancing_rules
        set status = %(status)s, status_reason = %(reason)s, paused_until = %(until)s, version = version + 1,
            next_occurrence = case when %(status)s in ('Active', 'Paused') then next_occurrence end,
            next_run_at = case when %(status)s in ('Active', 'Paused') then next_run_at end, updated_at = %(now)s
        where id = %(id)s
        """,
        {"id": rule_id, "status": status, "reason": reason, "until": until, "now": now},
    )


def set_next(connection: Connection, rule_id: UUID, nominal: datetime | None, run_at: datetime | None) -> None:
    """Give a rule its next occurrence, or none."""
    connection.execute(
        "update rebalancing_rules set next_occurrence = %s, next_run_at = %s where id = %s", (nominal, run_at, rule_id)
    )


def update(connection: Connection, rule_id: UUID, columns: Mapping[str, Any], now: datetime, *, cool: bool) -> None:
    """Give a rule other terms: its next version; `cool` its first execution does not wait for the last one's cooldown.

    Its client and strategy, what it has done and what comes next stay.
    """
    connection.execute(
        """
        update rebalancing_rules
        set version = version + 1, name = %(name)s, target_by = %(target_by)s,
            target_allocation = %(target_allocation)s, threshold_percent = %(threshold_percent)s,
            relative_band_percent = %(relative_band_percent)s, min_drift_percent = %(min_drift_percent)s,
            trigger_on_drift = %(trigger_on_drift)s, trigger_on_schedule = %(trigger_on_schedule)s,
            frequency = %(frequency)s, day_of_month = %(day_of_month)s, day_of_week = %(day_of_week)s,
            at_time = %(time)s, roll = %(roll)s, start_date = %(start_date)s, end_date = %(end_date)s,
            rebalance_to = %(to)s, mode = %(mode)s, rebalance_amount = %(rebalance_amount)s,
            preferred_products = %(preferred_products)s, do_not_trade = %(do_not_trade)s,
            cash_buffer = %(cash_buffer)s, tax_aware = %(tax_aware)s, cooldown_days = %(cooldown_days)s,
            execute_automatically = %(execute_automatically)s, require_confirmation = %(require_confirmation)s,
            confirm_within_hours = %(confirm_within_hours)s, enabled = %(enabled)s,
            last_executed_at = case when not %(cool)s then last_executed_at end, updated_at = %(now)s
        where id = %(id)s
        """,
        {**columns, "id": rule_id, "now": now, "cool": cool},
    )
