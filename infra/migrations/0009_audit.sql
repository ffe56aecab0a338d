-- What people did: append-only, each entry chained to the one before it by its hash. Everything can be run again.
-- What a hash is taken over is written in docs/operations.md; `automation audit verify` walks the chain.

create table if not exists automation_audit (
    number        bigint      primary key,
    at            timestamptz not null,
    by            text        not null,
    action        text        not null,
    object_kind   text        not null,
    object_id     text        not null,
    client_id     text,
    details       jsonb       not null,
    previous_hash text        not null,
    hash          text        not null,
    constraint automation_audit_numbered check (number > 0),
    constraint automation_audit_signed check (by <> ''),
    constraint automation_audit_hashed check (hash ~ '^[0-9a-f]{64}$' and previous_hash ~ '^[0-9a-f]{64}$')
);
comment on table automation_audit is 'Who did what to which object, from 1 without a gap. Refers to nothing: it outlives what it tells of.';
comment on column automation_audit.by is 'The signature of who did it: the roles and the user of a token, as in rm:u17, or cli: and the user of an operating system.';
comment on column automation_audit.details is 'What was asked and what it changed. No names, addresses or numbers of people; no fractions but as text.';
create index if not exists automation_audit_of_object on automation_audit (object_id, number);
create index if not exists automation_audit_by on automation_audit (by, number);
create index if not exists automation_audit_of_client on automation_audit (client_id, number) where client_id is not null;
create index if not exists automation_audit_at on automation_audit using brin (at);

create or replace function automation_audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'automation_audit is append-only: % is refused', lower(tg_op)
        using errcode = 'insufficient_privilege', hint = 'what was wrong is told by a further entry';
end
$$;
create or replace trigger automation_audit_append_only before update or delete or truncate on automation_audit
    for each statement execute function automation_audit_refuse();
-- Also where a session says that it replays what another database has done.
alter table automation_audit enable always trigger automation_audit_append_only;
