//! What a killed writer left beside an SQLite file.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The first bytes of a rollback journal (sqlite.org/fileformat2.html#the_rollback_journal).
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// The rollback journal of a file.
pub fn journal(file: &Path) -> PathBuf {
    beside(file, "-journal")
}

/// The write-ahead log of a file.
pub fn wal(file: &Path) -> PathBuf {
    beside(file, "-wal")
}

/// Whether a transaction that had begun to write is not finished: its journal is still there, or
/// frames of it stand in the write-ahead log behind the last commit.
///
/// # Errors
/// If what is there cannot be read.
pub fn unfinished(file: &Path) -> Result<bool> {
    Ok(read(&journal(file))?.starts_with(&JOURNAL_MAGIC)
        || frames_behind_last_commit(&read(&wal(file))?) > 0)
}

/// How many frames of a write-ahead log belong to no commit
/// (sqlite.org/fileformat2.html#the_write_ahead_log). Frames from before the log was last begun anew
/// have other salts.
fn frames_behind_last_commit(wal: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let number = |at: usize| {
        let bytes = wal.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let (Some(page), Some(salts)) = (number(8), wal.get(16..24)) else {
        return 0;
    };
    let mut behind = 0;
    let mut at = HEADER;
    while wal.get(at + 8..at + 16) == Some(salts) {
        // The size of the database in pages, which only the last frame of a commit has.
        match number(at + 4) {
            Some(0) | None => behind += 1,
            Some(_) => behind = 0,
        }
        at += FRAME_HEADER + page as usize;
    }
    behind
}

/// A file's content; nothing if there is no such file.
fn read(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other.with_context(|| format!("Cannot read {}", path.display())),
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn an_open_transaction_that_has_written_is_seen_and_a_finished_one_is_not() {
        for mode in ["delete", "wal"] {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("contend.db");
            let connection = Connection::open(&file).unwrap();
            connection
                .pragma_update(None, "journal_mode", mode)
                .unwrap();
            connection
                .execute_batch("PRAGMA cache_size = 2; CREATE TABLE t (a)")
                .unwrap();
            assert!(!unfinished(&file).unwrap(), "{mode}");
            let fill = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                        WHERE i < 100) SELECT zeroblob(1000) FROM n";
            connection.execute_batch("BEGIN").unwrap();
            connection.execute_batch(fill).unwrap();
            assert!(unfinished(&file).unwrap(), "{mode}");
            connection.execute_batch("COMMIT").unwrap();
            assert!(!unfinished(&file).unwrap(), "{mode}");
        }
    }
}
