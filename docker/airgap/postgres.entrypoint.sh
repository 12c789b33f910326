#!/bin/sh
# Runs PostgreSQL in a container, as the suite expects it of the official image: POSTGRES_PASSWORD,
# POSTGRES_USER and POSTGRES_DB make a cluster in PGDATA if there is none, with scram passwords.
set -eu

# Anything but a server (a shell, psql) runs as it is. `-c work_mem=8MB` alone means a server with it.
case ${1-} in
-*) set -- postgres "$@" ;;
esac
[ "${1-}" = postgres ] || exec "$@"

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# Runs in a subshell, so that neither umask nor LD_PRELOAD reaches the server.
make_cluster() (
    if [ -z "${POSTGRES_PASSWORD-}" ]; then
        echo 'Give the superuser a password: docker run --env POSTGRES_PASSWORD=...' >&2
        exit 1
    fi
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    umask 077
    # The tools ask for the name of a user that may exist outside only (docker run --user).
    if ! getent passwd "$(id -u)" >/dev/null; then
        NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
        echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
        echo "postgres:x:$(id -g):" >"$NSS_WRAPPER_GROUP"
        export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    fi
    secret=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$secret"
    initdb --pgdata "$PGDATA" --username "$user" --pwfile "$secret" \
        --auth scram-sha-256 --encoding UTF8
    rm -f "$secret"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    if [ "$database" != postgres ]; then
        echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres >/dev/null
    fi
)

mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
# Not `|| make_cluster`: there the shell would go on after a failure inside.
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    make_cluster
fi

# Who may connect from outside knows the password; the server itself does not need it.
unset POSTGRES_PASSWORD
exec "$@"
