#!/usr/bin/env bash
# Starts and stops the app's containers with Docker Compose: compose.yaml and compose.postgres.yaml say which.
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: compose.sh up PROFILE | down | logs [ARGUMENT...] | COMMAND [ARGUMENT...]

  up PROFILE   starts four instances of the app behind a load balancer, all on one SQLite file (sqlite) or
               on PostgreSQL (postgres), and prints where they answer; makes the app's image if missing
  down         removes the containers, their network and their data
  logs         shows what the containers wrote, e.g. logs app-1 or logs --follow
  COMMAND      any other command of Docker Compose, such as ps or stop

The environment chooses, among others:
  CONTEND_PORT            the port on 127.0.0.1; default 8080
  DISCIPLINE              how careful the apps are: naive (default), careful, document-as-written,
                          document-as-intended
  CONTEND_APP_IMAGE       default contend-app
  CONTEND_NGINX_IMAGE     default nginx:alpine
  CONTEND_POSTGRES_IMAGE  default postgres:18
Where those cannot be pulled, images that docker/airgap/build.sh made are taken.
EOF
}

fail() {
    echo "compose.sh: $*" >&2
    exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case ${1-} in
--help | -h | '') usage && exit ;;
up)
    case ${2-} in
    sqlite | postgres) (($# == 2)) || fail "up takes one of sqlite and postgres, not also ${*:3}" ;;
    *) fail "no profile ${2-}: up sqlite, or up postgres" ;;
    esac
    ;;
esac

export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-contend}

command -v docker >/dev/null || fail 'docker is needed: apt install docker.io'
if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
elif command -v docker-compose >/dev/null; then
    compose=(docker-compose)
else
    fail 'Docker Compose is needed: apt install docker-compose, or docker-compose-plugin'
fi
compose+=(--file "$here/compose.yaml")
# Anything else than `up sqlite` is for whatever is there, and this has all services.
[[ $* == 'up sqlite' ]] || compose+=(--file "$here/compose.postgres.yaml")
# PostgreSQL may be left from an `up postgres` before: `down` knows of it.
export COMPOSE_IGNORE_ORPHANS=true

have() { docker image inspect "$1" >/dev/null 2>&1; }

# The name of an image that is here now: the public one, else the newest of those made without a registry.
find_image() {
    local public=$1 airgap=$2 found
    if have "$public" || docker pull "$public" >&2; then
        echo "$public"
    elif found=$(docker image ls "$airgap" --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | head -n 1); then
        echo "$public cannot be pulled; taking $found" >&2
        echo "$found"
    else
        fail "$public cannot be pulled (see above); docker/airgap/build.sh makes images without a registry"
    fi
}

# The app's image is made from this very checkout.
make_app() {
    local base
    base=$(find_image debian:trixie-slim contend-debian)
    if [[ $base == contend-debian:* ]]; then
        "$here/app/build.sh" --airgap --tag "$CONTEND_APP_IMAGE" >&2
    else
        "$here/app/build.sh" --tag "$CONTEND_APP_IMAGE" >&2
    fi
}

up() {
    export CONTEND_APP_IMAGE=${CONTEND_APP_IMAGE:-contend-app}
    have "$CONTEND_APP_IMAGE" || make_app
    CONTEND_NGINX_IMAGE=${CONTEND_NGINX_IMAGE:-$(find_image nginx:alpine contend-nginx)}
    export CONTEND_NGINX_IMAGE
    if [[ $1 == postgres ]]; then
        CONTEND_POSTGRES_IMAGE=${CONTEND_POSTGRES_IMAGE:-$(find_image postgres:18 contend-postgres)}
        export CONTEND_POSTGRES_IMAGE
    fi

    "${compose[@]}" up --detach >&2 || fail 'not all of it started; what is there says why: just logs'
    # Apps that were there before may have new addresses now, and nginx asks for them only once.
    "${compose[@]}" kill --signal HUP nginx >/dev/null 2>&1
    echo "http://$("${compose[@]}" port nginx 8080)"
}

case $1 in
up) up "$2" ;;
down) "${compose[@]}" down --volumes ;;
logs) "${compose[@]}" logs --no-color "${@:2}" ;;
*) "${compose[@]}" "$@" ;;
esac
