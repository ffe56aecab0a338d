-- A client is rebalanced automatically at most once on any local date, whatever the occurrence that called for it is
-- named: one that was late, or whose day was closed, runs on another date than its name. Everything can be run again.

alter table rebalancing_executions add column if not exists made_on date;
update rebalancing_executions e
set made_on = (e.created_at at time zone c.time_zone)::date
from clients c
where c.id = e.client_id and e.made_on is null;
alter table rebalancing_executions alter column made_on set not null;
comment on column rebalancing_executions.made_on is 'The client''s local date on which it was made.';
drop index if exists rebalancing_executions_one_a_day;
create unique index rebalancing_executions_one_a_day on rebalancing_executions (client_id, made_on)
    where initiator <> 'manual' and status <> 'Skipped';
drop index if exists rebalancing_executions_of_client;
create index rebalancing_executions_of_client on rebalancing_executions (client_id, made_on);
