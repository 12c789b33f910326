#!/usr/bin/env bash
# Makes the image of the app, contend-app.
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: build.sh [--airgap] [--binary PATH] [--tag NAME:TAG]

Makes the Docker image of the app, `contend serve`, for just up and for contend's own containers.

  --airgap        from no container registry: the program is compiled on this machine, and runs on
                  contend-debian:<this machine's suite>, which docker/airgap/build.sh makes
  --binary PATH   with --airgap: this program instead of compiling one
  --tag NAME:TAG  the image's name; default contend-app:latest
  --help          this text

Without --airgap it is compiled in rust:1.95-slim-trixie and runs on debian:trixie-slim; other images by
the environment: CONTEND_APP_BUILDER and CONTEND_APP_BASE. Prints the image's name.
EOF
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

airgap='' binary='' tag=contend-app:latest
while (($#)); do
    case $1 in
    --binary | --tag)
        (($# > 1)) || fail "$1 needs a value (see --help)"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --airgap) airgap=yes && shift ;;
    --help | -h) usage && exit ;;
    *) fail "unknown argument $1 (see --help)" ;;
    esac
done
[[ -z $binary || -n $airgap ]] || fail '--binary needs --airgap: else the program is compiled in a container'
[[ -z $binary || -x $binary ]] || fail "$binary is no program"

command -v docker >/dev/null || fail 'docker is needed: apt install docker.io'
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
prebuilt=$root/docker/app/prebuilt/contend
# What is found there would be taken for the program.
trap 'rm -f "$prebuilt"' EXIT
rm -f "$prebuilt"

if [[ -n $airgap ]]; then
    base=$("$root/docker/airgap/build.sh" debian)
    builder=$base
    if [[ -z $binary ]]; then
        (cd "$root" && cargo build --release >&2)
        binary=${CARGO_TARGET_DIR:-$root/target}/release/contend
    fi
    install -m 755 "$binary" "$prebuilt"
    # Half of it is for debuggers.
    ! command -v strip >/dev/null || strip "$prebuilt"
else
    builder=${CONTEND_APP_BUILDER:-rust:1.95-slim-trixie}
    base=${CONTEND_APP_BASE:-debian:trixie-slim}
fi

docker build --file "$root/docker/app/Dockerfile" --tag "$tag" \
    --build-arg "BUILDER=$builder" --build-arg "BASE=$base" "$root" >&2

# A program from a newer system does not start on an older one, and it is better to hear it here.
docker run --rm "$tag" --version >&2 || fail "the program does not run on $base (see above)"
echo "$tag"
