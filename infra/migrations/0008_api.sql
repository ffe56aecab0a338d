-- What the HTTP API keeps: how often somebody may start work by hand, and the answers to requests that may come again.
-- Everything can be run again.

create table if not exists automation_allowances (
    name        text        not null,
    subject     text        not null,
    tokens      numeric     not null,
    refilled_at timestamptz not null,
    day         date        not null,
    used        integer     not null,
    constraint automation_allowances_pkey primary key (name, subject),
    constraint automation_allowances_not_negative check (tokens >= 0 and used >= 0)
);
comment on table automation_allowances is 'Token buckets: what a subject may still do at once, and how often it did it on one UTC day.';

create table if not exists automation_requests (
    caller      text        not null,
    key         text        not null,
    fingerprint text        not null,
    status      smallint,
    headers     jsonb,
    body        text,
    created_at  timestamptz not null,
    constraint automation_requests_pkey primary key (caller, key),
    constraint automation_requests_answered check (num_nulls(status, headers, body) in (0, 3))
);
comment on table automation_requests is 'Requests with an Idempotency-Key: without a status one is in flight, or its process died with nobody knowing how far it came.';
create index if not exists automation_requests_old on automation_requests (created_at);

create index if not exists clients_of_user on clients (user_id) where user_id is not null;
create index if not exists clients_of_manager on clients (rm_user_id) where rm_user_id is not null;
