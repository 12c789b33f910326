#!/usr/bin/env bash
# Makes a PostgreSQL image from Debian packages, for machines that reach no container registry.
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: build.sh [--tag NAME:TAG] [--suite SUITE] [--mirror URL] [--force]

Makes a Docker image with PostgreSQL from Debian packages: debootstrap makes a root file system,
docker import makes it an image. No container registry is asked. Takes about a minute, needs root.

  --tag NAME:TAG  the image's name; default contend-postgres:<major version>
  --suite SUITE   the Debian release, which decides the version of PostgreSQL (bookworm: 15,
                  trixie: 17); default this machine's, if it runs Debian, else trixie
  --mirror URL    the Debian mirror; default the one that apt uses here, else
                  http://deb.debian.org/debian
  --force         make it even if the image is there and was made by this very recipe
  --help          this text

Prints the image's name. Behind a proxy set http_proxy.
EOF
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

tag='' suite='' mirror='' force=''
while (($#)); do
    case $1 in
    --tag | --suite | --mirror)
        (($# > 1)) || fail "$1 needs a value (see --help)"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
    --force) force=yes && shift ;;
    --help | -h) usage && exit ;;
    *) fail "unknown argument $1 (see --help)" ;;
    esac
done

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

recipe=$(cat "$here/build.sh" "$here/entrypoint.sh" - <<<"$suite $mirror" | sha256sum | cut -c1-16)

made_by_this_recipe() {
    docker image ls --quiet --filter "label=org.contend.recipe=$recipe" ${tag:+"$tag"} | grep -q .
}

command -v docker >/dev/null || fail 'docker is needed: apt install docker.io'
docker version >/dev/null || fail 'the Docker daemon does not answer (see above)'
if [[ -z $force ]] && made_by_this_recipe; then
    docker image ls --filter "label=org.contend.recipe=$recipe" --format '{{.Repository}}:{{.Tag}}' \
        ${tag:+"$tag"} | head -n 1
    exit
fi
command -v debootstrap >/dev/null || fail 'debootstrap is needed: apt install debootstrap'
((EUID == 0)) || fail 'debootstrap needs root: run with sudo'

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
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

step "Making a $suite root file system from $mirror" \
    debootstrap --variant=minbase "$suite" "$root" "$mirror"

# The packages would make a cluster of their own and start it.
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# libnss-wrapper gives initdb a user name where the container runs as a user that /etc/passwd lacks.
step 'Installing PostgreSQL' \
    inside apt-get install --yes --no-install-recommends postgresql libnss-wrapper

bin=$(echo "$root"/usr/lib/postgresql/*/bin)
[[ -x $bin/postgres ]] || fail "the packages of $suite brought no PostgreSQL"
major=$(basename "$(dirname "$bin")")
tag=${tag:-contend-postgres:$major}

# The official image keeps its data there, and moved it with version 18.
if ((major >= 18)); then
    volume=/var/lib/postgresql data=/var/lib/postgresql/$major/docker
else
    volume=/var/lib/postgresql/data data=/var/lib/postgresql/data
fi
# /run, not /var/run: that is a link to /run, which from outside is this machine's.
rm -rf "$root/var/lib/postgresql" "$root/run/postgresql"
install -d -m 1777 "$root/var/lib/postgresql" "$root$data" "$root/run/postgresql"
install -m 755 "$here/entrypoint.sh" "$root/usr/local/bin/contend-postgres"
rm -rf "$root"/var/{cache/apt,lib/apt/lists,log}/* "$root"/usr/share/{man,locale}/* \
    "$root/usr/sbin/policy-rc.d"

# No STOPSIGNAL: docker import refuses it before Docker 23.
import() {
    tar --create --numeric-owner --directory "$root" . | docker import \
        --change "LABEL org.contend.recipe=$recipe" \
        --change "ENV PG_MAJOR=$major" \
        --change "ENV PGDATA=$data" \
        --change 'ENV LANG=C.UTF-8' \
        --change "ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        --change 'ENTRYPOINT ["contend-postgres"]' \
        --change 'CMD ["postgres"]' \
        --change 'EXPOSE 5432' \
        --change "VOLUME $volume" \
        --message "PostgreSQL $major from Debian $suite" - "$tag"
}
step "Importing $tag" import
echo "$tag"
