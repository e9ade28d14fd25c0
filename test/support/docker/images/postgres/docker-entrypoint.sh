#!/bin/bash
# An empty data directory is made a cluster, with the database and the scripts of /docker-entrypoint-initdb.d, by a server
# that listens on its socket only; then the command is run.
set -euo pipefail

if [[ ${1:0:1} == - ]]; then set -- postgres "$@"; fi
if [[ $1 == postgres && $(id -u) == 0 ]]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [[ $1 == postgres && ! -s $PGDATA/PG_VERSION ]]; then
  : "${POSTGRES_PASSWORD:?is not set, and the superuser needs a password}"
  export POSTGRES_USER=${POSTGRES_USER:-postgres}
  export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
  mkdir -p "$PGDATA"
  # Word splitting is wanted: the variable holds options.
  # shellcheck disable=SC2086
  initdb --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all %s\n' "$("$@" -C password_encryption)" >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait --options "-c listen_addresses='' $(printf '%q ' "${@:2}")" start
  export PGHOST=/var/run/postgresql PGUSER=$POSTGRES_USER PGPASSWORD=$POSTGRES_PASSWORD
  if [[ $POSTGRES_DB != postgres ]]; then createdb "$POSTGRES_DB"; fi
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) if [[ -x $script ]]; then "$script"; else . "$script"; fi ;;
      *.sql) psql --no-psqlrc --set ON_ERROR_STOP=1 --dbname "$POSTGRES_DB" --file "$script" ;;
    esac
  done
  pg_ctl --wait --mode fast stop
  unset PGHOST PGUSER PGPASSWORD
fi

exec "$@"
