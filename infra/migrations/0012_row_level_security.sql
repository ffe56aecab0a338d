-- The second wall of the HTTP API: its transactions run as the role automation_api, which sees and writes the rows of
-- those clients alone that the transaction's settings name. Jobs, and the roles of the host platform, go on unhindered.
-- Everything can be run again.

-- Roles belong to the whole server: another of its databases may have made it, or be making it now.
do $$
begin
    if not exists (select from pg_roles where rolname = 'automation_api') then
        create role automation_api nologin;
    end if;
exception
    when duplicate_object or unique_violation then
        null;
    when insufficient_privilege then
        raise exception 'the role automation_api is missing, and % may not create roles', current_user
            using errcode = 'insufficient_privilege', hint = format(
                'let an administrator run: create role automation_api nologin; '
                'grant automation_api to %I with inherit false, set true', current_user);
end
$$;

-- Who migrates may become that role, but has nothing of it by itself: policies count for whoever inherits.
do $$
declare
    remedy constant text := format(
        'let an administrator run: grant automation_api to %I with inherit false, set true', current_user);
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        return;
    end if;
    if not pg_has_role('automation_api', 'set') then
        begin
            grant automation_api to current_user with inherit false, set true;
        exception
            when unique_violation then
                null;
            when insufficient_privilege then
                raise exception '% may not become the role automation_api', current_user
                    using errcode = 'insufficient_privilege', hint = remedy;
        end;
    end if;
    if pg_has_role('automation_api', 'usage') then
        raise exception '% inherits the role automation_api: its jobs would see nothing', current_user
            using errcode = 'insufficient_privilege', hint = remedy;
    end if;
end
$$;

-- Lets the API see the rows of a table for which `visible` holds, and write those for which `writable` does; also for
-- the tables of later files. Without a setting nobody's rows are seen: an unset one is null, or empty once it was set.
-- Where the host has row security of its own, its policies and whom they count for stay as they are.
create or replace function automation_secure(secured regclass, visible text, writable text default null) returns void
    language plpgsql as $$
declare
    everyone constant text := '(select current_setting(''app.everyone'', true) = ''true'')';
    hosts boolean;
begin
    select c.relrowsecurity and not exists (
               select from pg_policy p where p.polrelid = c.oid and p.polname = 'automation_open' and p.polroles = '{0}')
    into hosts
    from pg_class c where c.oid = secured;
    execute format('drop policy if exists automation_open on %s', secured);
    execute format('drop policy if exists automation_scope on %s', secured);
    execute format('create policy automation_open on %s to %s using (true) with check (true)',
        secured, case when hosts then 'automation_api' else 'public' end);
    execute format('create policy automation_scope on %s as restrictive to automation_api using (%s or %s) with check (%s%s)',
        secured, everyone, visible, everyone, case writable when '' then '' else ' or ' || coalesce(writable, visible) end);
    execute format('alter table %s enable row level security', secured);
    if not hosts then
        execute format('alter table %s force row level security', secured);
    end if;
    execute format('grant select, insert, update on %s to automation_api', secured);
end
$$;
comment on function automation_secure is 'Puts a table under the policies of the HTTP API; every table with a client_id needs it.';

do $$
declare
    own     constant text := '(select nullif(current_setting(''app.own'', true), ''''))';
    managed constant text := '(select nullif(current_setting(''app.managed'', true), ''''))';
    each    text;
begin
    perform automation_secure('clients', format('user_id = %s or rm_user_id = %s', own, managed));
    perform automation_secure('users', format(
        'id in (%s, %s) or exists (select from clients c where users.id in (c.user_id, c.rm_user_id))', own, managed), '');

    -- What is under the policy of clients decides for what is a client's.
    foreach each in array array[
        'goals', 'holdings', 'lots', 'orders', 'cash_journal', 'paper_orders', 'auto_invest_rules', 'rebalancing_rules',
        'rebalancing_executions', 'trigger_orders', 'notification_preferences', 'notification_logs',
        'in_app_notifications', 'automation_execution_logs'] loop
        perform automation_secure(
            each::regclass, format('exists (select from clients c where c.id = %I.client_id)', each));
    end loop;

    -- And that for what is a rule's or a goal's.
    perform automation_secure('goal_products', 'exists (select from goals g where g.id = goal_products.goal_id)');
    perform automation_secure(
        'auto_invest_skips', 'exists (select from auto_invest_rules r where r.id = auto_invest_skips.rule_id)');
    perform automation_secure(
        'rebalancing_looks', 'exists (select from rebalancing_rules r where r.id = rebalancing_looks.rule_id)');
    perform automation_secure(
        'trigger_looks', 'exists (select from trigger_orders t where t.id = trigger_looks.trigger_id)');

    -- A switch stops whom it does not name as well: what is for all is seen by all, and set by those who see everyone.
    perform automation_secure('automation_controls', $policy$
        case scope
            when 'client' then exists (select from clients c where c.id = automation_controls.scope_id)
            when 'rule' then exists (select from auto_invest_rules r where r.id = automation_controls.scope_id::uuid)
                or exists (select from trigger_orders t where t.id = automation_controls.scope_id::uuid)
                or exists (select from rebalancing_rules r where r.id = automation_controls.scope_id::uuid)
            else true
        end$policy$, '');

    -- Whoever changes something adds to the trail, but reads of it what is about its own clients.
    perform automation_secure(
        'automation_audit', 'exists (select from clients c where c.id = automation_audit.client_id)', 'true');
    -- Terms of products are for all, and written by those who see everyone.
    perform automation_secure('products', 'true', '');

    perform automation_secure('automation_requests', format('caller = %s', own));
    perform automation_secure('automation_allowances', format('subject = %s', own));
end
$$;

do $$
begin
    execute format('grant usage on schema %I to automation_api', current_schema());
end
$$;
revoke update on automation_audit from automation_api;
grant delete on
    auto_invest_skips, rebalancing_looks, trigger_looks, notification_preferences, goals, goal_products,
    automation_requests
    to automation_api;
-- What is nobody's: to be read, and what engines keep of prices and runs.
grant select on navs, market_holidays, nav_corrections, nav_feeds to automation_api;
grant select, insert, update on watched_prices, automation_runs to automation_api;
revoke select, insert, update on users from automation_api;
grant select (id) on users to automation_api;
grant execute on function automation_allocation_total(jsonb) to automation_api;

-- The end of the audit trail, which the next entry continues, whoever that one was about.
create or replace function automation_audit_end() returns table (number bigint, hash text)
    language sql stable security definer set search_path from current as
    'select a.number, a.hash from automation_audit a order by a.number desc limit 1';
revoke execute on function automation_audit_end() from public;
grant execute on function automation_audit_end() to automation_api;
