-- Removes what automation made, with all of its rules, logs and runs: there is no way back but a backup.
-- The platform's own tables (users, clients, products, navs, …, orders, lots, cash_journal) and their rows stay, without
-- the API's policies.
--
--     psql "$DATABASE_URL" -v confirm=yes -f infra/migrations/rollback.sql
--
-- All in one transaction: what fails, or what somebody else's table still refers to, changes nothing.
\set ON_ERROR_STOP on
\if :{?confirm}
\else
    \set confirm no
\endif
begin;
select set_config('automation.confirm', :'confirm', true) \g /dev/null
do $$
begin
    if current_setting('automation.confirm') <> 'yes' then
        raise exception 'nothing was done: this removes every automation table'
            using hint = 'run it with: psql -v confirm=yes -f rollback.sql';
    end if;
end
$$;
set local lock_timeout = '5s';
-- The same lock as `automation migrate` takes.
select pg_advisory_xact_lock(5208114796310277) \g /dev/null
drop table if exists
    auto_invest_skips,
    auto_invest_rules,
    rebalancing_looks,
    rebalancing_executions,
    rebalancing_rules,
    trigger_looks,
    trigger_orders,
    watched_prices,
    nav_corrections,
    nav_feeds,
    notification_preferences,
    notification_settings,
    notification_channels,
    notification_logs,
    goal_milestones,
    goal_looks,
    in_app_notifications,
    automation_execution_logs,
    automation_runs,
    automation_controls,
    automation_allowances,
    automation_requests,
    automation_audit,
    paper_orders,
    automation_migrations;
drop function if exists automation_allocation_total(jsonb);
drop function if exists automation_audit_refuse();
drop function if exists automation_audit_end();
drop function if exists automation_secure(regclass, text, text);
-- The platform's tables lose the policies of the API; a host's own row security stays. The role automation_api stays as
-- well, for other databases of the server may have it; it has no right in this one any more.
do $$
declare
    policy record;
begin
    for policy in
        select c.oid::regclass as secured, exists (
                   select from pg_policy o
                   where o.polrelid = c.oid and o.polname = 'automation_open' and o.polroles = '{0}') as ours
        from pg_policy p
        join pg_class c on c.oid = p.polrelid
        where p.polname = 'automation_scope' and pg_table_is_visible(c.oid)
    loop
        execute format('drop policy automation_scope on %s', policy.secured);
        execute format('drop policy if exists automation_open on %s', policy.secured);
        if policy.ours then
            execute format(
                'alter table %s disable row level security, no force row level security', policy.secured);
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'automation_api') then
        execute format('revoke all on all tables in schema %I from automation_api', current_schema());
        execute format('revoke all on schema %I from automation_api', current_schema());
    end if;
end
$$;
commit;
