-- The three roles of Roger, what they own and what they may see. Run as superuser inside the database it is
-- about, as often as you like: by the embedded server at each start, by docker-compose.yml through psql.
-- Variables, in psql's own notation: migrate_password, app_password, backup_password.
--
-- roger_migrate  owns every table and function. BYPASSRLS, since an owner under FORCEd policies sees nothing,
--                and a data migration would change no row without a word.
-- roger_app      what web, workers and stream connect as. Owns nothing, bypasses nothing.
-- roger_backup   reads everything, writes nothing.

do $$
begin
  if not exists (select from pg_roles where rolname = 'roger_migrate') then create role roger_migrate; end if;
  if not exists (select from pg_roles where rolname = 'roger_app') then create role roger_app; end if;
  if not exists (select from pg_roles where rolname = 'roger_backup') then create role roger_backup; end if;
end $$;

alter role roger_migrate with login nosuperuser createdb nocreaterole noreplication bypassrls password :'migrate_password';
alter role roger_app with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'app_password';
alter role roger_backup with login nosuperuser nocreatedb nocreaterole noreplication bypassrls password :'backup_password';
grant pg_read_all_data to roger_backup;

-- A process that hangs or is cut off must not hold its locks for ever: idle inside a transaction, it loses them after a
-- minute; if nobody is there any more, its statement ends within ten seconds.
alter role roger_app set idle_in_transaction_session_timeout = '60s';
alter role roger_app set client_connection_check_interval = '10s';

-- template1 stays the superuser's; new databases copy from it all that follows but the ownership.
do $$
begin
  if current_database() <> 'template1' then
    execute format('alter database %I owner to roger_migrate', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to roger_app, roger_backup', current_database());
  end if;
end $$;

revoke create on schema public from public;
grant create, usage on schema public to roger_migrate;
grant usage on schema public to roger_app, roger_backup;

-- Keys live apart from the data, so that a backup of the data can leave them out.
create schema if not exists keystore authorization roger_migrate;
grant usage on schema keystore to roger_app, roger_backup;

alter default privileges for role roger_migrate in schema public, keystore
  grant select, insert, update, delete on tables to roger_app;
alter default privileges for role roger_migrate in schema public, keystore
  grant usage, select on sequences to roger_app;
alter default privileges for role roger_migrate in schema public, keystore
  grant select on tables to roger_backup;
alter default privileges for role roger_migrate in schema public, keystore
  grant select on sequences to roger_backup;

-- PostgreSQL lets everybody execute a new function; ours are for the application alone.
alter default privileges for role roger_migrate revoke execute on functions from public;
alter default privileges for role roger_migrate grant execute on functions to roger_app;
