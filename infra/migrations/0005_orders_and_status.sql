-- When a later price may stand in for one that does not come, and what a status reads without scanning tables.
-- Everything can be run again.

alter table paper_orders add column if not exists stands_in_from timestamptz;
comment on column paper_orders.stands_in_from is 'From when the next NAV may stand in for that of nav_date, should it still be missing: a missing NAV is no holiday.';
update paper_orders p set stands_in_from = (p.nav_date + 5)::timestamp at time zone 'UTC'
from orders o
where o.id = p.client_order_id and p.stands_in_from is null
  and o.status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held');

-- Partial, so that a rule that is Active, as nearly all are, pays for neither when it is moved on.
create index if not exists auto_invest_rules_set_aside on auto_invest_rules (updated_at)
    where status = 'Paused' and status_reason in ('repeated_failures', 'internal_error');
create index if not exists auto_invest_rules_not_active on auto_invest_rules (status) where status <> 'Active';

-- Rows come in the order of their time: a range of blocks is enough to find a day, and costs an insert nothing.
create index if not exists automation_execution_logs_recent on automation_execution_logs using brin (executed_at);
create index if not exists orders_recent on orders using brin (created_at);
