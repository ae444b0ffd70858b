# Runs roger/embedded/roles.sql as superuser. The passwords come from files and appear on no command line.
set -eu
PGPASSWORD="$(cat /run/secrets/superuser_password)"
export PGPASSWORD
exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --command '\set migrate_password `cat /run/secrets/migrate_password`' \
  --command '\set app_password `cat /run/secrets/app_password`' \
  --command '\set backup_password `cat /run/secrets/backup_password`' \
  --file /roger/roles.sql
