# shellcheck shell=bash disable=SC2034,SC2154 # build.sh reads and sets these
# PostgreSQL, as the suite expects it of the official image.

# The packages would make a cluster of their own.
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"

# libnss-wrapper gives initdb a user name where the container runs as a user that /etc/passwd lacks.
step 'Installing PostgreSQL' install_packages postgresql libnss-wrapper

bin=$(echo "$root"/usr/lib/postgresql/*/bin)
[[ -x $bin/postgres ]] || fail "the packages of $suite brought no PostgreSQL"
major=$(basename "$(dirname "$bin")")

# The official image keeps its data there, and moved it with version 18.
if ((major >= 18)); then
    volume=/var/lib/postgresql data=/var/lib/postgresql/$major/docker
else
    volume=/var/lib/postgresql/data data=/var/lib/postgresql/data
fi
# /run, not /var/run: that is a link to /run, which from outside is this machine's.
rm -rf "$root/var/lib/postgresql" "$root/run/postgresql"
# Of the container's user postgres, so that it can run without ever being root; other users may write.
owner=$(inside id -u postgres) group=$(inside id -g postgres)
install -d -m 1777 -o "$owner" -g "$group" \
    "$root/var/lib/postgresql" "$root$data" "$root/run/postgresql"
install -m 755 "$here/postgres.entrypoint.sh" "$root/usr/local/bin/contend-postgres"

name=contend-postgres:$major
# No STOPSIGNAL: docker import refuses it before Docker 23.
changes=(
    "ENV PG_MAJOR=$major"
    "ENV PGDATA=$data"
    "ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    'ENTRYPOINT ["contend-postgres"]'
    'CMD ["postgres"]'
    'EXPOSE 5432'
    "VOLUME $volume"
)
message="PostgreSQL $major from Debian $suite"
