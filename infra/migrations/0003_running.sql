-- What running needs besides the eight tables: runs, controls, and the paper gateway's own book.

create table if not exists automation_runs (
    id           uuid        primary key,
    job          text        not null,
    started_by   text        not null,
    scheduled_for timestamptz,
    started_at   timestamptz not null,
    finished_at  timestamptz,
    status       text        not null default 'Running',
    counts       jsonb       not null default '{}',
    work_left    boolean     not null default false,
    error        text,
    constraint automation_runs_status_known check (status in ('Running', 'Succeeded', 'Failed')),
    constraint automation_runs_finished check ((status = 'Running') = (finished_at is null))
);
create index if not exists automation_runs_latest on automation_runs (job, started_at desc);

create table if not exists automation_controls (
    id         uuid        primary key,
    scope      text        not null,
    scope_id   text,
    mode       text        not null,
    until      timestamptz,
    reason     text        not null,
    created_by text        not null,
    created_at timestamptz not null,
    lifted_at  timestamptz,
    lifted_by  text,
    constraint automation_controls_scope_known check (scope in ('global', 'job', 'client', 'rule')),
    constraint automation_controls_scope_named check ((scope = 'global') = (scope_id is null)),
    constraint automation_controls_mode_known check (mode in ('stop_buys', 'stop_all'))
);
comment on table automation_controls is 'Kill switches: who stopped what, why and until when. Never deleted, only lifted.';
create index if not exists automation_controls_standing on automation_controls (scope, scope_id) where lifted_at is null;

create table if not exists paper_orders (
    client_order_id uuid        primary key,
    client_id       text        not null,
    order_type      text        not null,
    product_id      text        not null,
    target_product_id text,
    amount          numeric(18,2),
    units           numeric(20,4),
    all_units       boolean     not null,
    nav_date        date        not null,
    filled_nav      numeric(18,4),
    filled_on       date,
    filled_units    numeric(20,4),
    filled_amount   numeric(18,2),
    exit_load       numeric(18,2),
    target_nav      numeric(18,4),
    target_units    numeric(20,4),
    accepted_at     timestamptz not null
);
comment on table paper_orders is 'The paper gateway''s own book: at most one accepted order per client_order_id. What was redeemed is kept, so that it is never reckoned twice.';
