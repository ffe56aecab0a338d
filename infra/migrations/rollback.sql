-- Removes what automation made, with all of its rules, logs and runs: there is no way back but a backup.
-- The platform's own tables (users, clients, products, navs, …, orders, lots, cash_journal) and their rows stay.
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
    notification_logs,
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
commit;
