-- Prices that are trusted or not yet, the feeds they come from, and what evaluating trigger orders needs.
-- Everything can be run again.

alter table products
    add column if not exists category      text,
    add column if not exists status_reason text,
    add column if not exists merged_into   text references products (id);
-- products.category: the regulator's category, as the feed names it.
-- products.status_reason: why the product is Closed or Merged, and who said so.
create index if not exists products_of_isin on products (isin) where isin is not null;
create index if not exists products_not_active on products (id) where status <> 'Active';

-- A NAV that moved implausibly far is suspect until a person or the NAVs that follow it confirm it. Orders are allotted
-- at what was published; conditions look at what is not suspect.
alter table navs
    add column if not exists suspect      boolean not null default false,
    add column if not exists confirmed_by text;
-- navs.confirmed_by: who said that a NAV that had been suspect is right; `feed` where later NAVs did.
create index if not exists navs_suspect on navs (product_id, date) where suspect;

create table if not exists nav_corrections (
    product_id   text          not null,
    date         date          not null,
    version      integer       not null,
    nav          numeric(18,4) not null,
    observed_at  timestamptz   not null,
    source       text          not null,
    corrected_at timestamptz   not null,
    constraint nav_corrections_pkey primary key (product_id, date, version)
);
comment on table nav_corrections is 'What a NAV was before it was corrected; version 1 is what was published first.';

create table if not exists nav_feeds (
    source        text        primary key,
    etag          text,
    last_modified text,
    rows          integer     not null,
    newest        date        not null,
    read_at       timestamptz not null
);
comment on table nav_feeds is 'The last whole reading of each feed: what a conditional request asks with, and how long a file is.';

create table if not exists watched_prices (
    product_id text          primary key,
    nav        numeric(18,4),
    date       date,
    due_at     timestamptz,
    ahead      timestamptz,
    trailed    boolean       not null default false,
    named      boolean       not null default false,
    constraint watched_prices_whole check ((nav is null) = (date is null))
);
comment on table watched_prices is 'Each product''s price as trigger orders last saw it: what the next one is compared with.';
comment on column watched_prices.due_at is 'When a newer price is to be looked at; null where there is none.';
comment on column watched_prices.ahead is 'When the latest of its prices is known: later than now only where history is played.';
comment on column watched_prices.named is 'Whether any Custom tree ever named it.';
comment on column watched_prices.trailed is 'Whether any trigger''s level ever followed this price.';
create index if not exists watched_prices_due on watched_prices (due_at) where due_at is not null;
insert into watched_prices (product_id, due_at, ahead)
select product_id, min(observed_at), max(observed_at) from navs group by product_id
on conflict (product_id) do nothing;

alter table trigger_orders
    drop column if exists last_value,
    drop column if exists last_value_at,
    add column if not exists fires_above  numeric,
    add column if not exists fires_below  numeric,
    add column if not exists watches      text[]  not null default '{}',
    add column if not exists follows      boolean not null default false,
    add column if not exists observed_on  date,
    add column if not exists trails_from  date,
    add column if not exists remind_at    timestamptz,
    add column if not exists confirm_until timestamptz,
    add column if not exists decided_by   text;
alter table trigger_orders drop column if exists observed_at;
comment on column trigger_orders.fires_above is 'While it rests: a price of its product at or above this must be looked at. Null: it does not rest on a price.';
comment on column trigger_orders.fires_below is 'The same, at or below.';
comment on column trigger_orders.watches is 'The products whose prices a Custom tree names.';
comment on column trigger_orders.follows is 'Whether it follows the value of the client''s holdings: Portfolio Value, Goal Progress, or a tree with one of them.';
comment on column trigger_orders.trails_from is 'The first date whose price can be the best one of a level that trails.';
comment on column trigger_orders.observed_value is 'What was observed when it fired, not the level.';
comment on column trigger_orders.valid_until is 'Exclusive.';
comment on column trigger_orders.remind_at is 'When its expiry is announced; null once it has been.';
create index if not exists trigger_orders_above on trigger_orders (product_id, fires_above) where fires_above is not null;
create index if not exists trigger_orders_below on trigger_orders (product_id, fires_below) where fires_below is not null;
create index if not exists trigger_orders_trailing on trigger_orders (product_id)
    where status = 'Active' and trailing_percent is not null;
create index if not exists trigger_orders_watching on trigger_orders using gin (watches)
    where status = 'Active' and watches <> '{}';
create index if not exists trigger_orders_following on trigger_orders (client_id) where status = 'Active' and follows;
create index if not exists trigger_orders_to_remind on trigger_orders (remind_at) where remind_at is not null;
create index if not exists trigger_orders_to_confirm on trigger_orders (confirm_until) where confirm_until is not null;
do $$
begin
    if not exists (select from pg_constraint where conname = 'trigger_orders_rests_while_active') then
        alter table trigger_orders add constraint trigger_orders_rests_while_active
            check (status = 'Active' or num_nonnulls(fires_above, fires_below, remind_at) = 0);
    end if;
end
$$;
create index if not exists holdings_of_product on holdings (product_id, client_id);

create table if not exists trigger_looks (
    trigger_id  uuid        primary key,
    look_at     timestamptz not null,
    previous    numeric,
    previous_on date,
    observed    numeric,
    observed_on date
);
comment on table trigger_looks is 'Triggers to be looked at one by one: new ones, those that a price has reached, those whose moment has come or that were kept from firing.';
comment on column trigger_looks.observed is 'The price that reached the trigger''s level, and the one before it.';
create index if not exists trigger_looks_due on trigger_looks (look_at);
create index if not exists trigger_orders_of_target on trigger_orders (target_product_id)
    where status = 'Active' and target_product_id is not null;
