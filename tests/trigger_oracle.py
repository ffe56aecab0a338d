"""What must hold of trigger orders whatever happened before. Nothing here calls the product."""

from __future__ import annotations

from typing import Final

VIOLATIONS: Final = {
    "executions of trigger {}, which does not exist": """
        select rule_id from automation_execution_logs l
        where rule_kind = 'trigger' and not exists (select from trigger_orders t where t.id = l.rule_id)""",
    "trigger {} fired more than once": """
        select rule_id from automation_execution_logs where rule_kind = 'trigger' group by 1 having count(*) > 1""",
    "trigger {} has more than one order": """
        select rule_id from orders where origin = 'trigger' group by 1 having count(*) > 1""",
    "trigger {} fired without an execution, or has one and did not fire": """
        select t.id from trigger_orders t
        where (t.triggered_at is not null)
              <> exists (select from automation_execution_logs l where l.rule_id = t.id)""",
    "trigger {} fired and is still Active, or never fired and is over as if it had": """
        select id from trigger_orders
        where (triggered_at is not null and status in ('Active', 'Disabled'))
           or (triggered_at is null and status in ('Triggered', 'Executed', 'Failed'))""",
    "trigger {} does not name its order": """
        select coalesce(t.id, o.rule_id)
        from (select * from orders where origin = 'trigger') o
        full join (select * from trigger_orders where order_id is not null) t on t.id = o.rule_id
        where t.order_id is distinct from o.id or t.client_id is distinct from o.client_id""",
    "an order is what trigger {} never asked for": """
        select t.id from trigger_orders t join orders o on o.id = t.order_id
        where (o.order_type, o.product_id, o.target_product_id)
              is distinct from (t.order_type, t.product_id, t.target_product_id)
           or o.amount > t.amount or o.units > t.units or o.all_units <> t.all_units or t.mode = 'notify'
           or o.leg <> 0
           or o.execution_id not in (select id from automation_execution_logs l where l.rule_id = t.id)""",
    "the state of trigger {} is not that of its order": """
        select t.id from trigger_orders t left join orders o on o.id = t.order_id
        where t.mode <> 'notify'
          and case t.status
              when 'Executed' then o.status is null or o.status not in ('Executed', 'Settled')
              when 'Triggered' then case when o.id is null then t.confirm_until is null
                                    else o.status in ('Executed', 'Settled', 'Failed', 'Cancelled') end
              when 'Failed' then t.status_reason is null or o.status not in ('Failed', 'Cancelled')
              else o.id is not null end""",
    "the execution of trigger {} does not end as its order did": """
        select t.id from trigger_orders t
        join automation_execution_logs l on l.rule_id = t.id
        left join orders o on o.id = t.order_id
        where (l.status = 'Failed') <> (t.status = 'Failed') or l.client_id <> t.client_id""",
    "both halves of {} fired": """
        select distinct concat(client_id, ' ', oco_group)
        from trigger_orders one join trigger_orders other using (client_id, oco_group)
        where one.id <> other.id and one.triggered_at between other.created_at and other.triggered_at""",
    "a half of {} fired and the other is left": """
        select concat(t.client_id, ' ', t.oco_group) from trigger_orders t
        where t.oco_group is not null and t.triggered_at is not null and exists (
            select from trigger_orders o
            where o.client_id = t.client_id and o.oco_group = t.oco_group and o.status = 'Active'
              and o.created_at <= t.triggered_at)""",
    "trigger {} is over and is still waited for": """
        select t.id from trigger_orders t
        where t.status <> 'Active'
          and (num_nonnulls(t.fires_above, t.fires_below, t.remind_at) > 0
               or exists (select from trigger_looks l where l.trigger_id = t.id))
        union all
        select trigger_id from trigger_looks l
        where not exists (select from trigger_orders t where t.id = l.trigger_id)
        union all
        select id from trigger_orders
        where confirm_until is not null and (status <> 'Triggered' or mode <> 'confirm')""",
    "trigger {} fired on a price that nobody published": """
        select t.id from trigger_orders t
        where t.triggered_at is not null and t.trigger_type in ('Price', 'NAV')
          and not exists (
            select from navs n
            where (n.product_id, n.date, n.nav) = (t.product_id, t.observed_on, t.observed_value)
              and n.observed_at <= t.triggered_at and not n.suspect
            union all
            select from nav_corrections n
            where (n.product_id, n.date, n.nav) = (t.product_id, t.observed_on, t.observed_value))""",
    "trigger {} fired outside its validity": """
        select id from trigger_orders where triggered_at < valid_from or triggered_at >= valid_until""",
    "trigger {} fired, and its client was told another number of times than once": """
        select l.rule_id from automation_execution_logs l
        where l.rule_kind = 'trigger'
          and (select count(*) from notification_logs n
               where n.source_id = l.id and n.event = 'Trigger Order Activated' and n.channel = 'In-App') <> 1""",
}
