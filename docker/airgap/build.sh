#!/usr/bin/env bash
# Makes images from Debian packages, for machines that reach no container registry.
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: build.sh [IMAGE...] [--tag NAME:TAG] [--suite SUITE] [--mirror URL] [--force]

Makes Docker images from Debian packages: debootstrap makes a root file system, docker import makes it
an image. No container registry is asked. Takes about a minute and a half, needs root.

  IMAGE           which ones; default all of them:
                    debian    contend-debian:<suite>, what the app's image is built on
                    nginx     contend-nginx:<suite>, the load balancer
                    postgres  contend-postgres:<major version>
  --tag NAME:TAG  the image's name, if only one is made
  --suite SUITE   the Debian release, which decides the versions (bookworm: PostgreSQL 15, trixie:
                  17); default this machine's, if it runs Debian, else trixie
  --mirror URL    the Debian mirror; default the one that apt uses here, else
                  http://deb.debian.org/debian
  --force         make them even if they are there and were made by this very recipe
  --help          this text

Prints the images' names, one a line, in the order in which they were asked for. Behind a proxy set
http_proxy.
EOF
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

all=(debian nginx postgres)
wanted=() tag='' suite='' mirror='' force=''
while (($#)); do
    case $1 in
    --tag | --suite | --mirror)
        (($# > 1)) || fail "$1 needs a value (see --help)"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --force) force=yes && shift ;;
    --help | -h) usage && exit ;;
    debian | nginx | postgres) wanted+=("$1") && shift ;;
    *) fail "unknown argument $1 (see --help)" ;;
    esac
done
((${#wanted[@]})) || wanted=("${all[@]}")
[[ -z $tag ]] || ((${#wanted[@]} == 1)) || fail '--tag names one image, so say which (see --help)'

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# What this machine runs decides what is taken from its apt, too.
# shellcheck disable=SC1091 # the file is the machine's, not ours
release() { (. /etc/os-release && [[ ${ID-} == debian ]] && echo "${VERSION_CODENAME-}") 2>/dev/null; }
suite=${suite:-$(release || true)}
suite=${suite:-trixie}

# Only Debian's own archive counts: another vendor's packages may come from apt as well.
configured_mirror() {
    # shellcheck disable=SC2016 # apt expands these, not the shell
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' \
        'Identifier: Packages' 2>/dev/null |
        awk -v suite="$suite" '$1 == "Debian" && $2 == suite && $3 == "main" { print $4; exit }'
}
mirror=${mirror:-$(configured_mirror || true)}
mirror=${mirror:-http://deb.debian.org/debian}

# Each image has its recipe in a file of its own, which a change of another leaves alone.
recipe() {
    cat "$here/build.sh" "$here/$1".* - <<<"$suite $mirror" | sha256sum | cut -c1-16
}

# The name of the image that this very recipe made, if there is one. Not of those that were built on it
# and have its labels, too.
made() {
    docker image ls --filter "label=org.contend.recipe=$(recipe "$1")" \
        --format '{{.Repository}}:{{.Tag}}' "${tag:-contend-$1}" | grep -v '<none>' | head -n 1
}

command -v docker >/dev/null || fail 'docker is needed: apt install docker.io'
docker version >/dev/null || fail 'the Docker daemon does not answer (see above)'

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
log=$work/log

step() {
    echo "$1 ..." >&2
    shift
    "$@" >>"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "$1 failed (its last lines are above)"
    }
}

inside() { LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

install_packages() { inside apt-get install --yes --no-install-recommends "$@"; }

# Makes the root file system that all images begin with, once.
make_base() {
    [[ ! -d $work/base ]] || return 0
    command -v debootstrap >/dev/null || fail 'debootstrap is needed: apt install debootstrap'
    ((EUID == 0)) || fail 'debootstrap needs root: run with sudo'
    step "Making a $suite root file system from $mirror" \
        debootstrap --variant=minbase "$suite" "$work/base" "$mirror"
    # No package starts what it installs: it would run outside, on this machine.
    printf '#!/bin/sh\nexit 101\n' >"$work/base/usr/sbin/policy-rc.d"
    chmod 755 "$work/base/usr/sbin/policy-rc.d"
}

# What no container reads: package lists, manuals, translations, logs of the installation. The
# packages' licences stay.
slim() {
    rm -rf "$root"/var/{cache/apt,cache/debconf,lib/apt/lists,log}/* \
        "$root"/usr/share/{info,man,locale}/* "$root/usr/sbin/policy-rc.d"
    find "$root/usr/share/doc" ! -type d ! -name copyright -delete
    find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete
}

import() {
    local -a options=()
    for change in "LABEL org.contend.recipe=$(recipe "$1")" 'ENV LANG=C.UTF-8' "${changes[@]}"; do
        options+=(--change "$change")
    done
    tar --create --numeric-owner --directory "$root" . |
        docker import "${options[@]}" --message "$message" - "$name"
}

# A recipe fills "$root" and says what else the image is: its name, how Docker should run it, a message.
make() {
    make_base
    root=$work/$1 name='' changes=() message=''
    cp --archive "$work/base" "$root"
    # shellcheck disable=SC1090 # one of the files beside this one
    . "$here/$1.sh"
    slim
    name=${tag:-$name}
    step "Importing $name" import "$1"
    rm -rf --one-file-system "$root"
}

for image in "${wanted[@]}"; do
    if [[ -n $force ]] || ! name=$(made "$image"); then
        make "$image"
    fi
    echo "$name"
done
