-- The platform's own tables, each created only where the host platform does not have it already.
-- Money numeric(18,2), units numeric(20,4), NAV numeric(18,4), percents numeric(9,4); instants are timestamptz.
-- Nothing here touches a table of the host's but to add the indexes that the engine needs on orders and lots.
-- Safe to run again, by `automation migrate` or by hand with psql.

create table if not exists users (
    id          text primary key,
    name        text        not null,
    email       text,
    role        text        not null,
    active      boolean     not null default true,
    created_at  timestamptz not null default now(),
    constraint users_role_known check (role in ('client', 'rm', 'supervisor', 'operations', 'admin'))
);

create table if not exists clients (
    id             text          primary key,
    user_id        text          references users (id),
    rm_user_id     text          references users (id),
    name           text          not null,
    email          text,
    phone          text,
    push_endpoint  text,
    time_zone      text          not null default 'Asia/Kolkata',
    currency       char(3)       not null default 'INR',
    cash_balance   numeric(18,2) not null default 0,
    kyc_status     text          not null default 'Pending',
    status         text          not null default 'Active',
    created_at     timestamptz   not null default now(),
    constraint clients_cash_not_negative check (cash_balance >= 0),
    constraint clients_kyc_known check (kyc_status in ('Pending', 'Verified', 'Rejected', 'Expired')),
    constraint clients_status_known check (status in ('Active', 'Suspended', 'Closed'))
);
-- clients.cash_balance: always the sum of the client's cash_journal.
-- clients.time_zone: IANA name; every schedule of the client's rules is local to it.

create table if not exists products (
    id                    text          primary key,
    name                  text          not null,
    isin                  text,
    amc                   text          not null,
    asset_class           text          not null,
    currency              char(3)       not null default 'INR',
    min_purchase          numeric(18,2) not null default 0.01,
    purchase_multiple     numeric(18,2) not null default 0.01,
    min_redemption        numeric(18,2) not null default 0.01,
    open_for_subscription boolean       not null default true,
    exit_load_percent     numeric(9,4)  not null default 0,
    exit_load_days        integer       not null default 0,
    lock_in_days          integer       not null default 0,
    cut_off_time          time          not null default '15:00',
    time_zone             text          not null default 'Asia/Kolkata',
    calendar              text          not null default 'XBOM',
    settlement_days       smallint      not null default 2,
    status                text          not null default 'Active',
    created_at            timestamptz   not null default now(),
    constraint products_minimums_positive
        check (min_purchase > 0 and purchase_multiple > 0 and min_redemption > 0),
    constraint products_exit_load_percent check (exit_load_percent >= 0 and exit_load_percent < 100),
    constraint products_days_not_negative
        check (exit_load_days >= 0 and lock_in_days >= 0 and settlement_days >= 0),
    constraint products_status_known check (status in ('Active', 'Closed', 'Merged'))
);
-- products.settlement_days: business days from the NAV date to settlement.
-- products.time_zone: zone of cut_off_time and of NAV dates.

create table if not exists navs (
    product_id  text          not null,
    date        date          not null,
    nav         numeric(18,4) not null,
    observed_at timestamptz   not null,
    source      text          not null,
    constraint navs_pkey primary key (product_id, date),
    constraint navs_product_known foreign key (product_id) references products (id),
    constraint navs_positive check (nav > 0)
);
-- navs.observed_at: when we came to know it: nothing decided earlier may use it.

create table if not exists goals (
    id            text          primary key,
    client_id     text          not null references clients (id),
    name          text          not null,
    target_amount numeric(18,2) not null,
    target_date   date,
    created_at    timestamptz   not null default now(),
    constraint goals_target_positive check (target_amount > 0)
);

create table if not exists goal_products (
    goal_id       text         not null references goals (id) on delete cascade,
    product_id    text         not null references products (id),
    share_percent numeric(9,4) not null default 100,
    constraint goal_products_pkey primary key (goal_id, product_id),
    constraint goal_products_share check (share_percent > 0 and share_percent <= 100)
);
-- goal_products: which share of the client's holding of a product counts toward the goal.

create table if not exists holdings (
    client_id  text          not null references clients (id),
    product_id text          not null references products (id),
    units      numeric(20,4) not null,
    cost       numeric(18,2) not null,
    constraint holdings_pkey primary key (client_id, product_id),
    constraint holdings_not_negative check (units >= 0 and cost >= 0)
);
-- holdings: one row per client and product: always the sum of its lots.

create table if not exists lots (
    id          uuid          primary key,
    client_id   text          not null,
    product_id  text          not null,
    order_id    uuid,
    acquired_on date          not null,
    units       numeric(20,4) not null,
    units_left  numeric(20,4) not null,
    nav         numeric(18,4) not null,
    cost        numeric(18,2) not null,
    constraint lots_holding_known foreign key (client_id, product_id)
        references holdings (client_id, product_id),
    constraint lots_units check (units > 0 and units_left >= 0 and units_left <= units),
    constraint lots_nav_positive check (nav > 0)
);
-- lots.cost: what the units that were allotted cost; what is left of them costs pro rata.
create index if not exists lots_of_holding on lots (client_id, product_id, acquired_on) where units_left > 0;

create table if not exists orders (
    id                uuid          primary key,
    origin            text          not null,
    rule_id           uuid,
    execution_id      uuid,
    leg               smallint      not null default 0,
    client_id         text          not null,
    order_type        text          not null,
    product_id        text          not null,
    target_product_id text,
    amount            numeric(18,2),
    units             numeric(20,4),
    all_units         boolean       not null default false,
    status            text          not null default 'Pending',
    reason            text,
    created_at        timestamptz   not null,
    trade_date        date          not null,
    submitting_at     timestamptz,
    submitted_at      timestamptz,
    absences          smallint      not null default 0,
    next_look_at      timestamptz,
    nav               numeric(18,4),
    nav_date          date,
    executed_units    numeric(20,4),
    executed_amount   numeric(18,2),
    exit_load         numeric(18,2),
    target_nav        numeric(18,4),
    target_units      numeric(20,4),
    executed_at       timestamptz,
    settles_on        date,
    settled_at        timestamptz,
    constraint orders_origin_known check (origin in ('auto_invest', 'rebalancing', 'trigger', 'manual')),
    constraint orders_type_known check (order_type in ('Purchase', 'Redemption', 'Switch')),
    constraint orders_status_known check (status in ('Pending', 'Submitting', 'Submitted', 'Executed',
        'Settled', 'Failed', 'Unknown', 'Held', 'Cancelled', 'Reversed')),
    constraint orders_switch_has_target check ((order_type = 'Switch') = (target_product_id is not null)),
    constraint orders_size check (num_nonnulls(amount, units) = case when all_units then 0 else 1 end),
    constraint orders_size_positive check (amount > 0 and units > 0),
    constraint orders_executed_whole check (status not in ('Executed', 'Settled')
        or (nav > 0 and nav_date is not null and executed_units > 0 and executed_amount > 0))
);
-- orders: id is a pure function of rule, occurrence and leg (shown as ORD-…, sent to the gateway as client_order_id): the same intent can never become two rows.
-- orders.trade_date: local business date that the order is made on or for.
-- orders.absences: how many look-ups in a row found nothing at the gateway under our id.
-- orders.executed_amount: money that left cash (Purchase), was paid out after load (Redemption), or moved (Switch).
create index if not exists orders_pending on orders (id) where status = 'Pending';
create index if not exists orders_of_execution on orders (execution_id);
create index if not exists orders_to_look_up on orders (next_look_at)
    where status in ('Submitting', 'Submitted', 'Unknown');
create index if not exists orders_to_settle on orders (settles_on) where status = 'Executed';
create index if not exists orders_live_of_client on orders (client_id)
    where status in ('Pending', 'Submitting', 'Submitted', 'Unknown', 'Held');

create table if not exists cash_journal (
    id         uuid          primary key,
    client_id  text          not null,
    at         timestamptz   not null,
    amount     numeric(18,2) not null,
    kind       text          not null,
    order_id   uuid,
    constraint cash_journal_amount_moves check (amount <> 0),
    constraint cash_journal_kind_known check (kind in ('Deposit', 'Withdrawal', 'Purchase', 'Redemption')),
    constraint cash_journal_once_per_order unique (order_id)
);
-- cash_journal: every movement of cash: clients.cash_balance is its sum.

create table if not exists market_holidays (
    calendar text not null,
    date     date not null,
    kind     text not null,
    name     text,
    constraint market_holidays_pkey primary key (calendar, date),
    constraint market_holidays_kind_known check (kind in ('closed', 'session'))
);
-- market_holidays: exceptions to Monday to Friday: weekdays that are closed, weekend days with a session. Data that an operator may correct.
