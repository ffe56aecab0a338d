-- What delivering messages needs: whose they are, what was said, under which lease, and how each channel is doing.
-- Everything can be run again.

alter table notification_logs add column if not exists user_id text;
alter table notification_logs add column if not exists address text;
alter table notification_logs add column if not exists title text;
alter table notification_logs add column if not exists body text;
alter table notification_logs add column if not exists lease_until timestamptz;
comment on column notification_logs.user_id is 'The user who wants to be told besides the client; null where it is the client''s own.';
comment on column notification_logs.recipient is 'Who is told: the key of the client, or user: and that of a user.';
comment on column notification_logs.address is 'Where it was sent to: an e-mail address, a phone number or the endpoint of a device.';
comment on column notification_logs.body is 'What was said, once it was sent; what is in the app is in in_app_notifications.';
comment on column notification_logs.lease_until is 'Until when a worker that marked it Sending may still be at it; afterwards nobody knows whether it was sent.';

-- Whoever tells a client has just read it, as with the log itself; a reference would lock the client meanwhile, whom
-- jobs that trade lock as well.
alter table in_app_notifications drop constraint if exists in_app_notifications_client_id_fkey;

drop index if exists notification_logs_pending;
create index if not exists notification_logs_waiting on notification_logs (channel, deliver_at) where status = 'Pending';
create index if not exists notification_logs_troubled on notification_logs (created_at)
    where status in ('Failed', 'Unknown');
create index if not exists notification_logs_sending on notification_logs (lease_until) where status = 'Sending';

create table if not exists notification_settings (
    client_id  text        primary key references clients (id),
    locale     text        not null default 'en_IN',
    digest     text        not null default 'off',
    digest_at  time        not null default '08:00',
    digest_day smallint    not null default 1,
    updated_at timestamptz not null,
    constraint notification_settings_digest_known check (digest in ('off', 'daily', 'weekly')),
    constraint notification_settings_digest_day check (digest_day between 0 and 6)
);
comment on table notification_settings is 'How a client is told: its language, and whether e-mails that can wait come as one, daily or weekly.';
comment on column notification_settings.digest_day is 'The day of a weekly digest; 0 is Sunday.';

create table if not exists notification_channels (
    channel     text        primary key,
    tokens      numeric     not null,
    refilled_at timestamptz not null,
    failures    integer     not null default 0,
    open_until  timestamptz,
    reason      text,
    constraint notification_channels_known check (channel in ('Email', 'SMS', 'Push'))
);
comment on table notification_channels is 'What all workers share of a channel: how many messages may go now, and until when it is left alone after failures in a row.';

do $$
begin
    perform automation_secure(
        'notification_settings', 'exists (select from clients c where c.id = notification_settings.client_id)');
end
$$;
grant select on notification_channels to automation_api;

-- What comes up, and what has been said of it already.
alter table auto_invest_rules add column if not exists reminded_for timestamp;
comment on column auto_invest_rules.reminded_for is 'The occurrence that its client was last reminded of.';

alter table rebalancing_executions add column if not exists chased boolean not null default false;
comment on column rebalancing_executions.chased is 'Whether somebody was told again that it waits to be confirmed.';

create table if not exists goal_milestones (
    goal_id    text        not null references goals (id) on delete cascade,
    percent    smallint    not null,
    reached_at timestamptz not null,
    constraint goal_milestones_pkey primary key (goal_id, percent),
    constraint goal_milestones_known check (percent in (25, 50, 75, 100))
);
comment on table goal_milestones is 'Each is reached once in a goal''s life.';
create table if not exists goal_looks (
    goal_id    text        primary key references goals (id) on delete cascade,
    looked_at  timestamptz not null
);
create index if not exists goal_looks_oldest on goal_looks (looked_at);
do $$
begin
    perform automation_secure(
        'goal_milestones', 'exists (select from goals g where g.id = goal_milestones.goal_id)');
    perform automation_secure('goal_looks', 'exists (select from goals g where g.id = goal_looks.goal_id)');
end
$$;
grant delete on goal_milestones, goal_looks to automation_api;
