-- How loud a preference is, and what lists of messages, notifications and goals are found by. Everything can be
-- run again.

alter table notification_preferences add column if not exists level text not null default 'on';
comment on column notification_preferences.level is 'on; silent: in the app alone; off: as not enabled.';
do $$
begin
    if not exists (select from pg_constraint where conname = 'notification_preferences_level_known') then
        alter table notification_preferences
            add constraint notification_preferences_level_known check (level in ('on', 'silent', 'off'));
    end if;
end
$$;

create index if not exists notification_logs_of_client on notification_logs (client_id, id);
create index if not exists in_app_notifications_of_client on in_app_notifications (client_id, id);
create index if not exists goals_of_client on goals (client_id);
