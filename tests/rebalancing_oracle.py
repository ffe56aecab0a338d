"""What must hold of rebalancings whatever happened before. Nothing here calls the product."""

from __future__ import annotations

from typing import Final

VIOLATIONS: Final = {
    "client {} has more than one rebalancing that is not over": """
        select client_id from rebalancing_executions where status in ('Pending', 'Confirmed', 'Executing')
        group by 1 having count(*) > 1""",
    "client {} was rebalanced automatically more than once in a day": """
        select e.client_id from rebalancing_executions e join clients c on c.id = e.client_id
        where e.initiator <> 'manual'
        group by e.client_id, (e.created_at at time zone c.time_zone)::date having count(*) > 1""",
    "rebalancing {} and its log do not agree": """
        select coalesce(e.id, l.id)
        from rebalancing_executions e
        full join (select * from automation_execution_logs
                   where rule_kind = 'rebalancing'
                     and (status <> 'Skipped' or id in (select id from rebalancing_executions))) l on l.id = e.id
        where (l.rule_id, l.client_id, l.occurrence, l.status)
              is distinct from (e.rule_id, e.client_id, e.occurrence,
                                case when e.status in ('Cancelled', 'Expired') then 'Skipped'
                                     when e.status = 'Failed' then 'Failed' else 'Success' end)""",
    "rebalancing {} does not name its orders": """
        select coalesce(e.id, o.execution_id)
        from (select id, unnest(order_ids) as order_id from rebalancing_executions) e
        full join (select * from orders where origin = 'rebalancing') o on o.id = e.order_id
        where e.id is distinct from o.execution_id""",
    "a leg of rebalancing {} and its order do not agree": """
        select e.id from rebalancing_executions e
        cross join jsonb_to_recordset(e.actions) as a (leg int, order_type text, product_id text,
                                                       target_product_id text, order_id uuid, status text,
                                                       all_units boolean, amount numeric)
        left join orders o on o.id = a.order_id
        where (a.order_id is null) <> (a.status in ('Planned', 'Skipped') or e.status not in
                                       ('Executing', 'Executed', 'Adjusted', 'Failed'))
           or (a.order_id is not null and (o.execution_id, o.leg, o.order_type, o.product_id, o.target_product_id,
                                           o.client_id, o.all_units, o.amount)
               is distinct from (e.id, a.leg, a.order_type, a.product_id, a.target_product_id, e.client_id,
                                 a.all_units, a.amount))""",
    "a leg of rebalancing {} is not what its order came to": """
        select e.id from rebalancing_executions e
        cross join jsonb_to_recordset(e.actions) as a (order_id uuid, status text, executed_amount numeric)
        join orders o on o.id = a.order_id
        where case a.status when 'Executed' then o.status not in ('Executed', 'Settled')
                                                 or o.executed_amount is distinct from a.executed_amount
                            when 'Failed' then o.status not in ('Failed', 'Cancelled')
                                               and not (o.status = 'Held' and e.decided_by is not null)
                            else e.status <> 'Executing' end""",
    "rebalancing {} is over and a leg of it is not, or it waits for nothing": """
        select id from rebalancing_executions e
        where (e.status = 'Executing') <> (look_at is not null or exists (
            select from jsonb_to_recordset(e.actions) as a (status text)
            where a.status in ('Planned', 'Placed') and e.status <> 'Pending'
              and e.status not in ('Cancelled', 'Expired')))""",
    "the end of rebalancing {} is not the truth": """
        select e.id from rebalancing_executions e
        cross join lateral (
            select count(*) filter (where status = 'Executed') as done, count(*) as legs
            from jsonb_to_recordset(e.actions) as a (status text)) a
        where case e.status
              when 'Executed' then done < legs or legs = 0 or e.skipped_actions <> '[]'
              when 'Adjusted' then done = 0 or (done = legs and e.skipped_actions = '[]')
              when 'Failed' then done > 0
              when 'Executing' then false
              else e.order_ids <> '{}' end""",
    "a purchase of rebalancing {} was placed before its redemption was executed": """
        select e.id from rebalancing_executions e
        cross join jsonb_to_recordset(e.actions) as a (order_id uuid, funded_by jsonb)
        cross join jsonb_array_elements(a.funded_by) as source
        join orders bought on bought.id = a.order_id
        left join orders sold on sold.execution_id = e.id and sold.leg = (source ->> 0)::int
        where sold.status is null or sold.status not in ('Executed', 'Settled')
           or sold.executed_at > bought.created_at""",
    "rebalancing {} spends more than its redemptions brought and the cash that it planned": """
        select e.id from rebalancing_executions e
        cross join lateral (
            select coalesce(sum(o.executed_amount) filter (where o.order_type = 'Redemption'), 0) as came,
                   coalesce(sum(o.amount) filter (where o.order_type = 'Purchase'
                                                    and o.status not in ('Failed', 'Cancelled')), 0) as spent
            from orders o where o.execution_id = e.id) o
        cross join lateral (
            select coalesce(sum(a.amount - (select coalesce(sum((each ->> 1)::numeric), 0)
                                            from jsonb_array_elements(a.funded_by) each)), 0) as from_cash
            from jsonb_to_recordset(e.actions) as a (order_type text, amount numeric, funded_by jsonb, status text)
            where a.order_type = 'Purchase') a
        where o.spent > o.came + greatest(a.from_cash, 0)""",
    "rebalancing {} is over and still to be looked at, or still to expire": """
        select id from rebalancing_executions
        where (look_at is not null and status <> 'Executing') or (expires_at is not null) <> (status in
              ('Pending', 'Expired'))""",
    "nobody is named who decided about {}": """
        select id from rebalancing_executions
        where (status = 'Cancelled' and (decided_by is null or decided_why is null))
           or (status in ('Pending', 'Expired') and decided_by is not null)""",
    "the client was not told the end of rebalancing {}": """
        select e.id from rebalancing_executions e
        where e.status in ('Executed', 'Adjusted', 'Failed', 'Expired')
          and (select count(*) from notification_logs n where n.source_id = e.id and n.channel = 'In-App'
               and n.event in ('Rebalancing Executed', 'Order Failed', 'Portfolio Alert')) <> 1""",
    "an occurrence of rule {} was due and has no execution": """
        select id from rebalancing_rules
        where next_occurrence is not null and exists (
            select from automation_execution_logs l
            where l.rule_id = rebalancing_rules.id and l.occurrence >= next_occurrence
              and l.details -> 'facts' ->> 'initiator' = 'schedule')""",
    "rule {} counts other executions than it has": """
        select r.id from rebalancing_rules r
        where r.execution_count <> (select count(*) from rebalancing_executions e where e.rule_id = r.id)""",
}
