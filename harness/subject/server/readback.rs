//! What a live server says of itself, and whether it is fit for a run.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;

use super::SPARE_CONNECTIONS;
use super::ServerError;
use super::admin::Admin;

/// The oldest version that the suite's statements run on.
const OLDEST: u32 = 140_000;

/// The settings that decide what a commit costs and how a lock is waited for.
const SETTINGS: &[&str] = &[
    "autovacuum",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "commit_delay",
    "commit_siblings",
    "data_checksums",
    "data_sync_retry",
    "deadlock_timeout",
    "default_transaction_isolation",
    "effective_cache_size",
    "effective_io_concurrency",
    "fsync",
    "full_page_writes",
    "huge_pages",
    "huge_pages_status",
    "idle_in_transaction_session_timeout",
    "io_method",
    "jit",
    "lock_timeout",
    "max_connections",
    "max_wal_size",
    "max_worker_processes",
    "min_wal_size",
    "shared_buffers",
    "ssl",
    "statement_timeout",
    "synchronous_commit",
    "synchronous_standby_names",
    "track_commit_timestamp",
    "wal_buffers",
    "wal_compression",
    "wal_init_zero",
    "wal_level",
    "wal_recycle",
    "wal_segment_size",
    "wal_sync_method",
    "wal_writer_delay",
    "work_mem",
];

/// What is read back.
pub(super) struct Readback {
    pub(super) version: String,
    pub(super) version_number: u32,
    pub(super) banner: String,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) changed_settings: BTreeMap<String, String>,
    /// What the server was built without.
    pub(super) built_without: Vec<String>,
    /// Whether the connection that asks is encrypted.
    pub(super) encrypted: bool,
}

/// Reads it all, and refuses what is not PostgreSQL or too old.
pub(super) async fn read(admin: &mut Admin) -> Result<Readback, ServerError> {
    let (banner, version, number) = admin
        .query(async |connection| {
            sqlx::query_as::<_, (String, String, String)>(
                "SELECT version(), current_setting('server_version'), \
                 current_setting('server_version_num')",
            )
            .fetch_one(connection)
            .await
        })
        .await?;
    let version_number = check_version(&admin.server(), &banner, &version, &number)?;
    let (settings, changed_settings, encrypted) = admin.query(read_settings).await?;
    let built_without = admin.query(read_build).await?;
    Ok(Readback {
        version,
        version_number,
        banner,
        settings,
        changed_settings,
        built_without,
        encrypted,
    })
}

/// The version as a number, if the suite can work with it.
fn check_version(
    server: &str,
    banner: &str,
    version: &str,
    number: &str,
) -> Result<u32, ServerError> {
    // Other engines speak the protocol and pretend a version; their banner is honest.
    if !banner.starts_with("PostgreSQL ") {
        return Err(ServerError::NotPostgres {
            server: server.to_owned(),
            reason: banner.chars().take(80).collect(),
        });
    }
    match number.parse() {
        Ok(number) if number >= OLDEST => Ok(number),
        _ => Err(ServerError::TooOld {
            server: server.to_owned(),
            version: version.to_owned(),
        }),
    }
}

type Settings = BTreeMap<String, String>;

async fn read_settings(
    connection: &mut PgConnection,
) -> Result<(Settings, Settings, bool), sqlx::Error> {
    let settings: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, current_setting(name) FROM pg_catalog.pg_settings WHERE name = ANY($1)",
    )
    .bind(SETTINGS)
    .fetch_all(&mut *connection)
    .await?;
    // What this session set itself (source client, session) is no property of the server. Custom texts
    // (a dot in the name) and commands may hold secrets.
    let changed: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, current_setting(name) FROM pg_catalog.pg_settings \
         WHERE source NOT IN ('default', 'override', 'client', 'session') \
         AND setting IS DISTINCT FROM boot_val \
         AND name !~ '(director|_dir$|_dirs$|path|file|^port$|_port$|address|conninfo|command|socket|host)' \
         AND NOT (name LIKE '%.%' AND vartype = 'string')",
    )
    .fetch_all(&mut *connection)
    .await?;
    let encrypted: Option<bool> =
        sqlx::query_scalar("SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
            .fetch_optional(&mut *connection)
            .await?;
    Ok((
        settings.into_iter().collect(),
        changed.into_iter().collect(),
        encrypted.unwrap_or(false),
    ))
}

/// Features that a server may be built without, each with what shows it to any user: ICU adds its collations when
/// a cluster is made, a library for TLS has a name, and what compresses or reads asynchronously is a value that a
/// setting may have. JIT can be told from its setting being off only where that is on.
/// (postgresql.org/docs/18: catalog-pg-collation, runtime-config-preset, functions-info, view-pg-settings)
const BUILD: &str = "SELECT feature FROM (VALUES \
     (1, 'ICU', EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu')), \
     (2, 'TLS', current_setting('ssl_library') <> ''), \
     (3, 'JIT', NOT current_setting('jit')::boolean OR pg_catalog.pg_jit_available()), \
     (4, 'LZ4', (SELECT 'lz4' = ANY(enumvals) FROM pg_catalog.pg_settings \
         WHERE name = 'default_toast_compression')), \
     (5, 'Zstandard', (SELECT 'zstd' = ANY(enumvals) FROM pg_catalog.pg_settings \
         WHERE name = 'wal_compression' AND vartype = 'enum')), \
     (6, 'io_uring', (SELECT 'io_uring' = ANY(enumvals) FROM pg_catalog.pg_settings \
         WHERE name = 'io_method'))) features(number, feature, has) \
     WHERE NOT has ORDER BY number";

/// What the server was built without. A version that does not know a feature does not lack it.
async fn read_build(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(BUILD).fetch_all(connection).await
}

/// Refuses a user that may not create databases, and a server with too few free connections.
pub(super) async fn check_fitness(admin: &mut Admin, needed: u32) -> Result<(), ServerError> {
    let (may_create, user_limit, max, reserved, used) = admin
        .query(async |connection| {
            sqlx::query_as::<_, (bool, i32, i32, i32, i64)>(
                "SELECT r.rolcreatedb OR r.rolsuper, r.rolconnlimit, \
                 current_setting('max_connections')::int, \
                 current_setting('superuser_reserved_connections')::int \
                 + coalesce(current_setting('reserved_connections', true), '0')::int, \
                 (SELECT count(*) FROM pg_catalog.pg_stat_activity \
                  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) \
                 FROM pg_catalog.pg_roles r WHERE r.rolname = current_user",
            )
            .fetch_one(connection)
            .await
        })
        .await?;
    if !may_create {
        return Err(ServerError::NoCreateDb {
            server: admin.server(),
            user: admin.user().to_owned(),
        });
    }
    let max = i64::from(max);
    // The suite's own connection is among those that the run needs.
    let mut free = max - i64::from(reserved) - used;
    let mut reason = "raise max_connections";
    if user_limit >= 0 && i64::from(user_limit) < free {
        free = i64::from(user_limit);
        reason = "raise the user's CONNECTION LIMIT";
    }
    if free >= i64::from(needed) {
        return Ok(());
    }
    let clients = free - i64::from(SPARE_CONNECTIONS);
    let advice = if clients > 0 {
        format!("run with fewer clients, e.g. --clients {clients}, or {reason}")
    } else {
        format!("end other sessions, or {reason}")
    };
    Err(ServerError::TooFewConnections {
        server: admin.server(),
        free: free.max(0),
        max,
        needed,
        advice,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(banner: &str, version: &str, number: &str) -> Result<u32, String> {
        check_version("The server at h:1", banner, version, number)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn version_14_is_the_oldest() {
        assert_eq!(
            check("PostgreSQL 14.0 on x86_64", "14.0", "140000"),
            Ok(140_000)
        );
        let error = check("PostgreSQL 13.22 on x86_64", "13.22", "130022").unwrap_err();
        assert!(
            error.contains("13.22") && error.contains("14 or newer"),
            "{error}"
        );
    }

    #[test]
    fn another_engine_that_speaks_the_protocol_is_not_postgres() {
        let error = check("CockroachDB CCL v23.1", "15.0.0", "150000").unwrap_err();
        assert!(error.contains("CockroachDB"), "{error}");
    }
}
