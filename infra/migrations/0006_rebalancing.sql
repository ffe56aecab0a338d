-- What looking at drift and carrying out a rebalancing need. Everything can be run again.

alter table watched_prices add column if not exists drift_due_at timestamptz;
comment on column watched_prices.drift_due_at is 'When the portfolios that hold it are to be measured anew; null where its price is no other than when they were.';
create index if not exists watched_prices_drift_due on watched_prices (drift_due_at) where drift_due_at is not null;
update watched_prices set drift_due_at = due_at where drift_due_at is null and due_at is not null;

alter table rebalancing_rules
    add column if not exists first_occurrence date,
    add column if not exists execution_count  integer not null default 0;
create index if not exists rebalancing_rules_drifting on rebalancing_rules (client_id)
    where status = 'Active' and trigger_on_drift and strategy <> 'Time-Based';

create index if not exists rebalancing_rules_parked on rebalancing_rules (updated_at)
    where status = 'Paused' and status_reason = 'internal_error';

create table if not exists rebalancing_looks (
    rule_id uuid        primary key,
    look_at timestamptz not null
);
comment on table rebalancing_looks is 'Rules whose client''s portfolio has drifted as far as they ask, to be decided one by one.';
create index if not exists rebalancing_looks_due on rebalancing_looks (look_at);

alter table rebalancing_executions
    add column if not exists look_at timestamptz,
    add column if not exists rounds  smallint not null default 1,
    add column if not exists navs    jsonb    not null default '{}',
    add column if not exists unspent numeric(18,2) not null default 0;
comment on column rebalancing_executions.unspent is 'Money that the rule''s redemptions brought, up to this one''s end, and no purchase has spent.';
comment on column rebalancing_executions.actions is 'The planned trades by leg, each with its order''s id once it is placed and how it ended.';
comment on column rebalancing_executions.navs is 'The prices that the plan was made with.';
comment on column rebalancing_executions.look_at is 'While Executing: when one of its orders has moved on, and the next legs are to be placed.';
create index if not exists rebalancing_executions_to_look on rebalancing_executions (look_at) where look_at is not null;
create index if not exists rebalancing_executions_of_rule on rebalancing_executions (rule_id, created_at);
-- At most one automatic rebalancing per client and day.
create unique index if not exists rebalancing_executions_one_a_day
    on rebalancing_executions (client_id, (occurrence::date)) where initiator <> 'manual' and status <> 'Skipped';
create index if not exists rebalancing_executions_of_client on rebalancing_executions (client_id, occurrence);
