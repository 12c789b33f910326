use rusqlite::{Connection, OpenFlags};

use super::*;

/// A connection that counts, on a new file with one row in a table.
struct Counted {
    vfs: CountingVfs,
    connection: Connection,
    _directory: tempfile::TempDir,
}

impl Counted {
    fn new(name: &str, journal_mode: &str, synchronous: &str) -> Counted {
        let vfs = CountingVfs::register(CString::new(name).unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("contend.db");
        let connection =
            Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs.name()).unwrap();
        connection
            .pragma_update(None, "journal_mode", journal_mode)
            .unwrap();
        connection
            .pragma_update(None, "synchronous", synchronous)
            .unwrap();
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, journal_mode, "the shared memory is handed on");
        connection
            .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (0)")
            .unwrap();
        Counted {
            vfs,
            connection,
            _directory: directory,
        }
    }

    /// What so many commits of one changed page did.
    fn commits(&self, count: u32) -> Written {
        let before = self.vfs.written();
        for _ in 0..count {
            self.connection
                .execute_batch("UPDATE t SET a = a + 1")
                .unwrap();
        }
        self.vfs.written().since(&before)
    }
}

fn syncs(written: &Written, kind: FileKind) -> u64 {
    written
        .files
        .get(&kind)
        .map_or(0, |file| file.syncs.unwrap())
}

#[test]
fn a_rollback_journal_costs_four_syncs_and_with_extra_five() {
    for (name, synchronous, directory) in [("full", "full", 1), ("extra", "extra", 2)] {
        let written = Counted::new(name, "delete", synchronous).commits(10);
        assert_eq!(syncs(&written, FileKind::Journal), 2 * 10, "{name}");
        assert_eq!(syncs(&written, FileKind::Database), 10, "{name}");
        assert_eq!(
            syncs(&written, FileKind::Directory),
            directory * 10,
            "{name}"
        );
        assert_eq!(written.syncs(), Some((3 + directory) * 10), "{name}");
        assert_eq!(written.checkpoints, 0);
    }
}

#[test]
fn a_write_ahead_log_costs_one_sync_and_with_normal_none() {
    for (name, synchronous, syncs) in [("wal-full", "full", 10), ("wal-normal", "normal", 0)] {
        let written = Counted::new(name, "wal", synchronous).commits(10);
        assert_eq!(written.syncs(), Some(syncs), "{name}");
        // A frame is a header of 24 bytes and a page, and is written in two calls.
        let log = written.files[&FileKind::Wal];
        assert_eq!((log.writes, log.bytes), (2 * 10, (24 + 4_096) * 10));
        assert_eq!(written.files.len(), 1, "nothing but the log is touched");
    }
}

#[test]
fn a_checkpoint_is_counted_with_its_syncs_of_log_and_database() {
    let counted = Counted::new("checkpoint", "wal", "normal");
    let before = counted.vfs.written();
    let checkpoint = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let busy: i64 = counted
        .connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], checkpoint)
        .unwrap();
    assert_eq!(busy, 0);
    let written = counted.vfs.written().since(&before);
    assert_eq!(written.checkpoints, 1);
    assert_eq!(syncs(&written, FileKind::Wal), 1);
    assert_eq!(syncs(&written, FileKind::Database), 1);
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_and_no_crash() {
    let vfs = CountingVfs::register(c"nowhere".to_owned()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("contend.db");
    let opened = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs.name());
    let code = opened.unwrap_err().sqlite_error_code();
    assert_eq!(code, Some(ffi::ErrorCode::CannotOpen));
}

#[test]
fn the_same_file_is_locked_against_connections_that_do_not_count() {
    let counted = Counted::new("locked", "delete", "full");
    let other = Connection::open(counted.connection.path().unwrap()).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    counted.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    assert_eq!(
        refused.sqlite_error_code(),
        Some(ffi::ErrorCode::DatabaseBusy)
    );
}
