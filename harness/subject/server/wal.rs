//! What a server counts of its write-ahead log.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;

use super::{Database, Server, ServerError};
use crate::measure::{FileKind, FileWork, Written};

/// How long to wait for sessions to end and for what was committed to reach the disk: three times
/// the longest that asynchronous commits may take at the default `wal_writer_delay` of 200 ms, and
/// a margin for a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether that is so.
const GLANCE: Duration = Duration::from_millis(5);

/// How old what a server before 15 says may be: its collector hears from a session and writes its
/// file at most twice a second (PGSTAT_STAT_INTERVAL in pgstat.c).
const STALE: Duration = Duration::from_millis(600);

/// Whether nobody but the caller is in a database, and everything in the log is on the disk. A
/// session that has gone has handed in its counts before.
const QUIET: &str = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity \
     WHERE datname = $1 AND COALESCE(backend_type, 'client backend') = 'client backend') \
     AND pg_catalog.pg_current_wal_flush_lsn() >= pg_catalog.pg_current_wal_insert_lsn()";

/// Syncs, writes, bytes, images of pages, checkpoints.
type Counts = (Option<i64>, i64, i64, i64, i64);

impl Server {
    /// What the server has counted of its log since it was made, after every session in `database`
    /// has ended.
    ///
    /// # Errors
    /// If the server does not tell, or no longer answers.
    pub(crate) fn written(&self, database: &Database) -> Result<Written, ServerError> {
        let version = self.info().version_number;
        let (syncs, writes, bytes, images, checkpoints) = self.with_admin(async |admin| {
            admin
                .query(async |connection| read(connection, version, &database.name).await)
                .await
        })?;
        // A counter that was reset meanwhile may go back, but not below nothing.
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let log = FileWork {
            syncs: syncs.map(count),
            writes: count(writes),
            bytes: count(bytes),
        };
        Ok(Written {
            files: [(FileKind::Wal, log)].into(),
            checkpoints: count(checkpoints),
            full_page_images: Some(count(images)),
        })
    }
}

async fn read(
    connection: &mut PgConnection,
    version: u32,
    database: &str,
) -> Result<Counts, sqlx::Error> {
    let give_up = Instant::now() + PATIENCE;
    while !sqlx::query_scalar::<_, bool>(QUIET)
        .bind(database)
        .fetch_one(&mut *connection)
        .await?
        && Instant::now() < give_up
    {
        tokio::time::sleep(GLANCE).await;
    }
    // This very session made the database, which is logged, too. Each statement is a transaction
    // of its own, so it sees what was handed in until it began.
    if has_next_flush(version) {
        sqlx::query("SELECT pg_catalog.pg_stat_force_next_flush()")
            .execute(&mut *connection)
            .await?;
        // The WAL writer hands in right after it has written.
        tokio::time::sleep(GLANCE).await;
    } else {
        tokio::time::sleep(STALE).await;
        sqlx::query("SELECT 1").execute(&mut *connection).await?;
        tokio::time::sleep(STALE).await;
    }
    sqlx::query_as(query(version)).fetch_one(connection).await
}

/// Whether a session can be told to hand in its counts at the end of its transaction.
fn has_next_flush(version: u32) -> bool {
    version >= 150_000
}

/// The query for [`Counts`] of a server of this version (`server_version_num`).
///
/// In 14 to 17 `pg_stat_wal` has them all. 18 moved writes and syncs to `pg_stat_io`, where context
/// `normal` is what `wal_write` and `wal_sync` were, and `init` the making of new segments, which
/// they left out. 17 moved the checkpoints from `pg_stat_bgwriter` to `pg_stat_checkpointer`. Syncs
/// are 0 where `wal_sync_method` opens the log so that each write waits for the disk.
/// (postgresql.org/docs/18/monitoring-stats.html, and the same page of the versions before)
fn query(version: u32) -> &'static str {
    match version {
        180_000.. => {
            "SELECT CASE WHEN current_setting('wal_sync_method') NOT LIKE 'open%' THEN io.syncs END, \
             io.writes, wal.wal_bytes::bigint, wal.wal_fpi, c.num_timed + c.num_requested \
             FROM pg_catalog.pg_stat_wal wal, pg_catalog.pg_stat_checkpointer c, \
             (SELECT COALESCE(SUM(fsyncs), 0)::bigint AS syncs, COALESCE(SUM(writes), 0)::bigint AS writes \
             FROM pg_catalog.pg_stat_io WHERE object = 'wal' AND context = 'normal') io"
        }
        170_000.. => {
            "SELECT CASE WHEN current_setting('wal_sync_method') NOT LIKE 'open%' THEN wal.wal_sync END, \
             wal.wal_write, wal.wal_bytes::bigint, wal.wal_fpi, c.num_timed + c.num_requested \
             FROM pg_catalog.pg_stat_wal wal, pg_catalog.pg_stat_checkpointer c"
        }
        _ => {
            "SELECT CASE WHEN current_setting('wal_sync_method') NOT LIKE 'open%' THEN wal.wal_sync END, \
             wal.wal_write, wal.wal_bytes::bigint, wal.wal_fpi, c.checkpoints_timed + c.checkpoints_req \
             FROM pg_catalog.pg_stat_wal wal, pg_catalog.pg_stat_bgwriter c"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: [u32; 6] = [140_020, 150_018, 160_011, 170_007, 180_000, 190_000];

    #[test]
    fn syncs_and_writes_come_from_pg_stat_wal_up_to_17_and_from_pg_stat_io_since() {
        for version in VERSIONS {
            let query = query(version);
            let moved = version >= 180_000;
            assert_eq!(query.contains("wal.wal_sync "), !moved, "{version}");
            assert_eq!(query.contains("wal.wal_write,"), !moved, "{version}");
            assert_eq!(query.contains("pg_stat_io"), moved, "{version}");
        }
    }

    #[test]
    fn bytes_and_images_of_pages_stayed_in_pg_stat_wal() {
        for version in VERSIONS {
            assert!(query(version).contains("wal.wal_bytes::bigint, wal.wal_fpi"));
        }
    }

    #[test]
    fn checkpoints_moved_in_17() {
        for version in VERSIONS {
            let moved = version >= 170_000;
            let query = query(version);
            assert_eq!(query.contains("pg_stat_checkpointer"), moved, "{version}");
            assert_eq!(query.contains("pg_stat_bgwriter"), !moved, "{version}");
        }
    }

    #[test]
    fn new_segments_are_left_out_of_pg_stat_io_as_they_were_of_pg_stat_wal() {
        assert!(query(180_000).contains("object = 'wal' AND context = 'normal'"));
    }

    #[test]
    fn only_a_server_before_15_is_waited_for() {
        assert!(!has_next_flush(140_020) && has_next_flush(150_000) && has_next_flush(180_000));
    }
}
