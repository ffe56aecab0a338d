-- The eight automation tables. Foreign keys protect what people write (rules); rows that only the engine writes
-- from rows it has locked (executions, notifications) carry none, for each costs a third of the nightly rate.

create or replace function automation_allocation_total(allocations jsonb) returns numeric
    language sql immutable strict parallel safe
    return (select sum((part ->> 'percent')::numeric) from jsonb_array_elements(allocations) part);

create table if not exists auto_invest_rules (
    id                   uuid          primary key,
    version              integer       not null default 1,
    client_id            text          not null references clients (id),
    name                 text          not null,
    plan                 text          not null default 'SIP',
    product_id           text          references products (id),
    source_product_id    text          references products (id),
    allocations          jsonb,
    amount               numeric(18,2) not null,
    frequency            text          not null,
    day_of_month         smallint,
    day_of_week          smallint,
    at_time              time          not null default '10:00',
    roll                 text          not null default 'following',
    start_date           date          not null,
    end_date             date,
    trigger_type         text          not null default 'Date',
    trigger_config       jsonb         not null default '{}',
    goal_id              text          references goals (id),
    instalments          integer,
    max_total_amount     numeric(18,2),
    max_per_execution    numeric(18,2),
    min_balance_required numeric(18,2) not null default 0,
    step_up_percent      numeric(9,4),
    step_up_amount       numeric(18,2),
    step_up_every_months smallint,
    step_up_cap          numeric(18,2),
    cash_policy          text          not null default 'skip',
    missed               text          not null default 'latest',
    failure_limit        smallint      not null default 3,
    enabled              boolean       not null default true,
    status               text          not null default 'Active',
    status_reason        text,
    paused_until         timestamptz,
    execution_count      integer       not null default 0,
    total_invested       numeric(18,2) not null default 0,
    consecutive_failures smallint      not null default 0,
    first_occurrence     date          not null,
    next_occurrence      timestamp,
    next_run_at          timestamptz,
    attempts             integer       not null default 0,
    last_look            jsonb,
    created_by           text,
    created_at           timestamptz   not null,
    updated_at           timestamptz   not null,
    constraint auto_invest_rules_plan_known check (plan in ('SIP', 'STP', 'SWP')),
    constraint auto_invest_rules_product_or_basket check (num_nonnulls(product_id, allocations) = 1),
    constraint auto_invest_rules_basket_buys check (allocations is null or plan = 'SIP'),
    constraint auto_invest_rules_basket_is_whole check (automation_allocation_total(allocations) = 100),
    constraint auto_invest_rules_source check (
        (plan = 'STP') = (source_product_id is not null) and source_product_id <> product_id),
    constraint auto_invest_rules_amount_positive check (amount > 0),
    constraint auto_invest_rules_frequency_known check (frequency in
        ('Daily', 'Weekly', 'Fortnightly', 'Monthly', 'Quarterly', 'Half-Yearly', 'Yearly')),
    constraint auto_invest_rules_day_of_month check (day_of_month between 1 and 31),
    constraint auto_invest_rules_day_of_week check (day_of_week between 0 and 6),
    constraint auto_invest_rules_roll_known check (roll in
        ('following', 'modified_following', 'preceding', 'skip')),
    constraint auto_invest_rules_dates_in_order check (end_date >= start_date),
    constraint auto_invest_rules_trigger_known check (trigger_type in
        ('Date', 'Goal Progress', 'Portfolio Drift', 'Market Condition')),
    constraint auto_invest_rules_goal check (trigger_type <> 'Goal Progress' or goal_id is not null),
    constraint auto_invest_rules_instalments_positive check (instalments > 0),
    constraint auto_invest_rules_limits_positive
        check (max_total_amount > 0 and max_per_execution > 0),
    constraint auto_invest_rules_floor_not_negative check (min_balance_required >= 0),
    constraint auto_invest_rules_step_up check (
        case when step_up_every_months is null then num_nonnulls(step_up_percent, step_up_amount, step_up_cap) = 0
             else step_up_every_months in (6, 12) and num_nonnulls(step_up_percent, step_up_amount) = 1 end),
    constraint auto_invest_rules_step_up_positive check (
        step_up_percent > 0 and step_up_amount > 0 and step_up_cap > 0),
    constraint auto_invest_rules_cash_policy_known check (cash_policy in ('skip', 'partial', 'retry')),
    constraint auto_invest_rules_missed_known check (missed in ('latest', 'all', 'none')),
    constraint auto_invest_rules_failure_limit_positive check (failure_limit > 0),
    constraint auto_invest_rules_status_known check (status in ('Active', 'Paused', 'Cancelled', 'Completed')),
    constraint auto_invest_rules_paused_until check (paused_until is null or status = 'Paused'),
    constraint auto_invest_rules_cancel_reason check (status <> 'Cancelled' or status_reason is not null),
    constraint auto_invest_rules_totals check (
        execution_count >= 0 and total_invested >= 0 and total_invested <= max_total_amount
        and execution_count <= instalments),
    constraint auto_invest_rules_next check (
        (next_occurrence is null) = (next_run_at is null)
        and (status in ('Active', 'Paused') or next_run_at is null))
) with (fillfactor = 85);
comment on table auto_invest_rules is 'SIP buys product or basket, STP switches from source_product_id, SWP redeems product. Schedules are local to the client''s zone.';
comment on column auto_invest_rules.next_occurrence is 'Nominal local name of the occurrence that is looked at next; the execution row carries it.';
comment on column auto_invest_rules.next_run_at is 'When that is; null when nothing will come.';
comment on column auto_invest_rules.attempts is 'Tries already made at next_occurrence under the cash policy retry.';
comment on column auto_invest_rules.last_look is 'The last look that ended without an execution: inputs, guards, reason.';
comment on column auto_invest_rules.failure_limit is 'Failures in a row after which the rule pauses itself.';
create index if not exists auto_invest_rules_due on auto_invest_rules (next_run_at) where next_run_at is not null;
create index if not exists auto_invest_rules_resuming on auto_invest_rules (paused_until) where paused_until is not null;
create index if not exists auto_invest_rules_of_client on auto_invest_rules (client_id);

create table if not exists auto_invest_skips (
    id         uuid        primary key,
    rule_id    uuid        not null references auto_invest_rules (id),
    from_date  date        not null,
    to_date    date        not null,
    reason     text,
    created_by text,
    created_at timestamptz not null,
    constraint auto_invest_skips_in_order check (to_date >= from_date)
);
comment on table auto_invest_skips is 'Nominal local dates, both included, whose occurrences the client wants skipped.';
create index if not exists auto_invest_skips_of_rule on auto_invest_skips (rule_id, to_date);

create table if not exists rebalancing_rules (
    id                    uuid         primary key,
    version               integer      not null default 1,
    client_id             text         not null references clients (id),
    name                  text         not null,
    strategy              text         not null,
    target_by             text         not null default 'product',
    target_allocation     jsonb        not null,
    threshold_percent     numeric(9,4),
    relative_band_percent numeric(9,4),
    min_drift_percent     numeric(9,4),
    trigger_on_drift      boolean      not null default true,
    trigger_on_schedule   boolean      not null default true,
    frequency             text,
    day_of_month          smallint,
    day_of_week           smallint,
    at_time               time         not null default '10:00',
    roll                  text         not null default 'following',
    start_date            date         not null,
    end_date              date,
    rebalance_to          text         not null default 'target',
    mode                  text         not null default 'full',
    rebalance_amount      numeric(18,2),
    preferred_products    text[]       not null default '{}',
    do_not_trade          text[]       not null default '{}',
    cash_buffer           numeric(18,2) not null default 0,
    tax_aware             boolean      not null default false,
    cooldown_days         integer      not null default 0,
    execute_automatically boolean      not null default false,
    require_confirmation  boolean      not null default true,
    confirm_within_hours  integer      not null default 24,
    enabled               boolean      not null default true,
    status                text         not null default 'Active',
    status_reason         text,
    paused_until          timestamptz,
    next_occurrence       timestamp,
    next_run_at           timestamptz,
    last_executed_at      timestamptz,
    last_look             jsonb,
    created_by            text,
    created_at            timestamptz  not null,
    updated_at            timestamptz  not null,
    constraint rebalancing_rules_strategy_known check (strategy in
        ('Threshold-Based', 'Time-Based', 'Drift-Based', 'Hybrid')),
    constraint rebalancing_rules_target_by_known check (target_by in ('product', 'asset_class', 'mixed')),
    constraint rebalancing_rules_threshold check (strategy = 'Time-Based' or threshold_percent > 0),
    constraint rebalancing_rules_percents check (threshold_percent > 0
        and relative_band_percent > 0 and min_drift_percent >= 0),
    constraint rebalancing_rules_calendar check (
        strategy in ('Threshold-Based', 'Drift-Based') or frequency is not null),
    constraint rebalancing_rules_frequency_known check (frequency in
        ('Daily', 'Weekly', 'Fortnightly', 'Monthly', 'Quarterly', 'Half-Yearly', 'Yearly')),
    constraint rebalancing_rules_day_of_month check (day_of_month between 1 and 31),
    constraint rebalancing_rules_day_of_week check (day_of_week between 0 and 6),
    constraint rebalancing_rules_roll_known check (roll in
        ('following', 'modified_following', 'preceding', 'skip')),
    constraint rebalancing_rules_dates_in_order check (end_date >= start_date),
    constraint rebalancing_rules_to_known check (rebalance_to in ('target', 'band')),
    constraint rebalancing_rules_mode_known check (mode in ('full', 'buy_only', 'sell_only')),
    constraint rebalancing_rules_amounts check (rebalance_amount > 0 and cash_buffer >= 0),
    constraint rebalancing_rules_periods check (cooldown_days >= 0 and confirm_within_hours > 0),
    constraint rebalancing_rules_status_known check (status in ('Active', 'Paused', 'Cancelled', 'Completed')),
    constraint rebalancing_rules_paused_until check (paused_until is null or status = 'Paused'),
    constraint rebalancing_rules_next check ((next_occurrence is null) = (next_run_at is null))
);
comment on column rebalancing_rules.target_allocation is 'Percents by product, asset class and `cash`, summing to exactly 100.';
create index if not exists rebalancing_rules_due on rebalancing_rules (next_run_at) where next_run_at is not null;
create index if not exists rebalancing_rules_of_client on rebalancing_rules (client_id);

create table if not exists rebalancing_executions (
    id              uuid        primary key,
    rule_id         uuid        not null references rebalancing_rules (id),
    rule_version    integer     not null,
    client_id       text        not null references clients (id),
    initiator       text        not null,
    occurrence      timestamp   not null,
    status          text        not null,
    reason          text,
    max_drift       numeric(9,4),
    portfolio_drift numeric(9,4),
    weights         jsonb       not null default '{}',
    actions         jsonb       not null default '[]',
    skipped_actions jsonb       not null default '[]',
    order_ids       uuid[]      not null default '{}',
    turnover        numeric(9,4),
    decided_by      text,
    decided_why     text,
    expires_at      timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint rebalancing_executions_initiator_known check (initiator in ('drift', 'schedule', 'manual')),
    constraint rebalancing_executions_status_known check (status in ('Pending', 'Confirmed', 'Executing',
        'Executed', 'Adjusted', 'Failed', 'Cancelled', 'Expired', 'Skipped')),
    constraint rebalancing_executions_once unique (rule_id, occurrence, initiator)
);
create unique index if not exists rebalancing_executions_one_live on rebalancing_executions (client_id)
    where status in ('Pending', 'Confirmed', 'Executing');
create index if not exists rebalancing_executions_expiring on rebalancing_executions (expires_at)
    where status = 'Pending';

create table if not exists trigger_orders (
    id                uuid          primary key,
    version           integer       not null default 1,
    client_id         text          not null references clients (id),
    name              text          not null,
    trigger_type      text          not null,
    trigger_condition text,
    trigger_value     numeric(18,4),
    tolerance         numeric(18,4),
    trailing_percent  numeric(9,4),
    best_value        numeric(18,4),
    condition_tree    jsonb,
    trigger_at        timestamptz,
    goal_id           text          references goals (id),
    mode              text          not null default 'execute',
    order_type        text          not null,
    product_id        text          not null references products (id),
    target_product_id text          references products (id),
    amount            numeric(18,2),
    units             numeric(20,4),
    all_units         boolean       not null default false,
    on_shortfall      text          not null default 'reduce',
    oco_group         text,
    valid_from        timestamptz   not null,
    valid_until       timestamptz,
    max_data_age      smallint      not null default 3,
    last_value        numeric(18,4),
    last_value_at     timestamptz,
    observed_value    numeric(18,4),
    observed_at       timestamptz,
    triggered_at      timestamptz,
    order_id          uuid,
    enabled           boolean       not null default true,
    status            text          not null default 'Active',
    status_reason     text,
    last_look         jsonb,
    created_by        text,
    created_at        timestamptz   not null,
    updated_at        timestamptz   not null,
    constraint trigger_orders_type_known check (trigger_type in
        ('Price', 'NAV', 'Portfolio Value', 'Goal Progress', 'Date', 'Custom')),
    constraint trigger_orders_condition_known check (trigger_condition in
        ('Greater Than', 'Less Than', 'Equals', 'Crosses Above', 'Crosses Below')),
    constraint trigger_orders_condition_whole check (case
        when trigger_type = 'Date' then trigger_at is not null
        when trigger_type = 'Custom' then condition_tree is not null
        when trailing_percent is not null then num_nonnulls(trigger_condition, trigger_value) = 0
        else num_nonnulls(trigger_condition, trigger_value) = 2 end),
    constraint trigger_orders_goal check (trigger_type <> 'Goal Progress' or goal_id is not null),
    constraint trigger_orders_trailing check (trailing_percent > 0 and trailing_percent < 100),
    constraint trigger_orders_mode_known check (mode in ('execute', 'confirm', 'notify')),
    constraint trigger_orders_order_type_known check (order_type in ('Purchase', 'Redemption', 'Switch')),
    constraint trigger_orders_switch_has_target check ((order_type = 'Switch') = (target_product_id is not null)),
    constraint trigger_orders_size check (num_nonnulls(amount, units) = case when all_units then 0 else 1 end),
    constraint trigger_orders_size_positive check (amount > 0 and units > 0),
    constraint trigger_orders_purchase_by_amount check (order_type <> 'Purchase' or amount is not null),
    constraint trigger_orders_shortfall_known check (on_shortfall in ('reduce', 'reject')),
    constraint trigger_orders_validity_in_order check (valid_until > valid_from),
    constraint trigger_orders_status_known check (status in
        ('Active', 'Triggered', 'Executed', 'Failed', 'Cancelled', 'Expired', 'Disabled'))
);
create index if not exists trigger_orders_of_client on trigger_orders (client_id);
create index if not exists trigger_orders_of_product on trigger_orders (product_id) where status = 'Active';
create index if not exists trigger_orders_expiring on trigger_orders (valid_until) where status = 'Active';
create index if not exists trigger_orders_of_group on trigger_orders (client_id, oco_group) where oco_group is not null;

create table if not exists notification_preferences (
    id          uuid        primary key,
    client_id   text        not null references clients (id),
    user_id     text        references users (id),
    event       text        not null,
    channels    text[]      not null,
    enabled     boolean     not null default true,
    quiet_start time,
    quiet_end   time,
    min_amount  numeric(18,2),
    schemes     text[],
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    constraint notification_preferences_channels_known
        check (channels <@ array['Email', 'SMS', 'Push', 'In-App']),
    constraint notification_preferences_quiet_whole check (num_nonnulls(quiet_start, quiet_end) in (0, 2)),
    constraint notification_preferences_min_amount check (min_amount >= 0),
    constraint notification_preferences_once unique nulls not distinct (client_id, user_id, event)
);

create table if not exists notification_logs (
    id          uuid        primary key,
    event       text        not null,
    source_id   uuid        not null,
    client_id   text        not null,
    channel     text        not null,
    recipient   text        not null,
    payload     jsonb       not null default '{}',
    status      text        not null default 'Pending',
    reason      text,
    attempts    smallint    not null default 0,
    deliver_at  timestamptz not null,
    sent_at     timestamptz,
    provider_id text,
    created_at  timestamptz not null,
    constraint notification_logs_event_known check (event in ('Order Submitted', 'Order Executed', 'Order Failed',
        'Order Settled', 'Auto-Invest Executed', 'Auto-Invest Failed', 'Auto-Invest Reminder',
        'Rebalancing Triggered', 'Rebalancing Executed', 'Trigger Order Activated', 'Trigger Order Expiring',
        'Goal Milestone Reached', 'Portfolio Alert', 'Market Update')),
    constraint notification_logs_channel_known check (channel in ('Email', 'SMS', 'Push', 'In-App')),
    constraint notification_logs_status_known check (status in
        ('Pending', 'Sending', 'Sent', 'Failed', 'Suppressed', 'Unknown')),
    constraint notification_logs_once unique (event, source_id, channel, recipient)
);
comment on table notification_logs is 'Written in the transaction of the fact it tells; a job delivers what is Pending at deliver_at.';
create index if not exists notification_logs_pending on notification_logs (deliver_at) where status = 'Pending';

create table if not exists in_app_notifications (
    id         uuid        primary key,
    client_id  text        not null references clients (id),
    user_id    text        references users (id),
    event      text        not null,
    title      text        not null,
    body       text        not null,
    payload    jsonb       not null default '{}',
    read_at    timestamptz,
    created_at timestamptz not null
);
create index if not exists in_app_notifications_unread on in_app_notifications (client_id, id) where read_at is null;

create table if not exists automation_execution_logs (
    id           uuid        primary key,
    rule_kind    text        not null,
    rule_id      uuid        not null,
    rule_version integer     not null,
    client_id    text        not null,
    occurrence   timestamp   not null,
    due_at       timestamptz not null,
    executed_at  timestamptz not null,
    status       text        not null,
    reason       text,
    amount       numeric(18,2),
    run_id       uuid        not null,
    details      jsonb       not null,
    constraint automation_execution_logs_once unique (rule_id, occurrence),
    constraint automation_execution_logs_kind_known check (rule_kind in ('auto_invest', 'rebalancing', 'trigger')),
    constraint automation_execution_logs_status_known check (status in ('Success', 'Failed', 'Skipped')),
    constraint automation_execution_logs_reason check ((status = 'Success') = (reason is null)),
    constraint automation_execution_logs_amount check (amount > 0 and (status <> 'Skipped' or amount is null))
);
comment on table automation_execution_logs is 'Exactly one row per due occurrence.';
comment on column automation_execution_logs.occurrence is 'Nominal local date and time in the client''s zone: the occurrence''s name.';
comment on column automation_execution_logs.details is 'Every input of the decision, the guards in order, and what was decided: enough to decide again.';
create index if not exists automation_execution_logs_of_client on automation_execution_logs (client_id, executed_at);
