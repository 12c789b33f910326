//! What a commit costs its engine: syncs, writes and bytes, counted apart from the timed trials.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Point;

/// What was counted at one point, in a trial of its own whose goodput nobody looks at.
///
/// Counted is everything between the first operation and the acknowledgement of the last one, and
/// it belongs to all the commits of that time, so no figure per commit suffers from a beginning or
/// an end that was cut off. There is no warm-up. The trial was audited like every other and passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitWork {
    /// Where it was counted.
    pub point: Point,
    /// Operations acknowledged, all of them.
    pub commits: u64,
    /// Statements that the clients sent for them: those of failed attempts, too, with `BEGIN`,
    /// `COMMIT` and `ROLLBACK`.
    pub statements: u64,
    /// What the engine did for them.
    pub written: Written,
}

impl CommitWork {
    /// With fewer commits than this, what the first of them costs, such as making the log and having its
    /// directory synced, shows in all of them: a slower machine would seem to sync more.
    pub const ENOUGH_COMMITS: u64 = 100;
}

/// What an engine did to its files in some stretch of time.
///
/// SQLite's is counted between the library and its operating-system layer, in every process that
/// used the file. What that layer does unasked is not in it: the index of a write-ahead log, which
/// is shared memory and never synced. PostgreSQL's is what the server counts of its write-ahead
/// log, whoever caused it: its data files are written later, by its checkpointer, and neither they
/// nor the making of new log segments are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// By kind of file; kinds that were not touched are left out.
    pub files: BTreeMap<FileKind, FileWork>,
    /// Checkpoints: on SQLite those that copied pages from the log into the database, on
    /// PostgreSQL those that were asked for or fell due.
    pub checkpoints: u64,
    /// Images of whole pages in the log, which PostgreSQL writes at the first change of a page after
    /// a checkpoint; `None` for SQLite, whose log holds nothing else.
    pub full_page_images: Option<u64>,
}

/// The kind of a file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// The database itself.
    Database,
    /// A rollback journal.
    Journal,
    /// A write-ahead log.
    Wal,
    /// The directory of the database, synced so that a file made or removed in it stays so.
    Directory,
    /// A temporary file.
    Temporary,
}

/// What was done to files of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileWork {
    /// How often one was synced (fsync, fdatasync or what the system has instead); `None` where
    /// each write waits for the disk by itself and the engine counts no syncs: PostgreSQL with
    /// `wal_sync_method` `open_sync` or `open_datasync`.
    pub syncs: Option<u64>,
    /// How often one was written to.
    pub writes: u64,
    /// Bytes. On SQLite those handed over to be written. On PostgreSQL those of the log's records
    /// (`wal_bytes`): the server writes whole pages of 8 KiB, the last one again with each sync, so
    /// more goes to the disk.
    pub bytes: u64,
}

impl CommitWork {
    /// A count per commit; `None` without a commit.
    pub fn per_commit(&self, count: u64) -> Option<f64> {
        (self.commits > 0).then(|| count as f64 / self.commits as f64)
    }
}

impl Written {
    /// Syncs of all files; `None` if those of any kind are not told.
    pub fn syncs(&self) -> Option<u64> {
        self.files.values().map(|file| file.syncs).sum()
    }

    /// Writes to all files.
    pub fn writes(&self) -> u64 {
        self.files.values().map(|file| file.writes).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// Adds what was done elsewhere.
    pub fn merge(&mut self, other: &Written) {
        for (kind, theirs) in &other.files {
            self.files
                .entry(*kind)
                .and_modify(|mine| mine.combine(theirs, u64::saturating_add))
                .or_insert(*theirs);
        }
        self.checkpoints += other.checkpoints;
        self.full_page_images = match (self.full_page_images, other.full_page_images) {
            (Some(mine), Some(theirs)) => Some(mine + theirs),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// What was done after `earlier`, which the same counters said.
    pub fn since(&self, earlier: &Written) -> Written {
        let before = |kind| earlier.files.get(kind);
        let mut files = self.files.clone();
        for (kind, file) in &mut files {
            if let Some(before) = before(kind) {
                file.combine(before, u64::saturating_sub);
            }
        }
        files.retain(|_, file| *file != FileWork::NONE && *file != FileWork::default());
        Written {
            files,
            checkpoints: self.checkpoints.saturating_sub(earlier.checkpoints),
            full_page_images: self
                .full_page_images
                .map(|now| now.saturating_sub(earlier.full_page_images.unwrap_or(0))),
        }
    }
}

impl FileWork {
    /// Nothing was done, and syncs would have been told.
    const NONE: FileWork = FileWork {
        syncs: Some(0),
        writes: 0,
        bytes: 0,
    };

    fn combine(&mut self, other: &FileWork, how: fn(u64, u64) -> u64) {
        self.syncs = self
            .syncs
            .zip(other.syncs)
            .map(|(mine, theirs)| how(mine, theirs));
        self.writes = how(self.writes, other.writes);
        self.bytes = how(self.bytes, other.bytes);
    }
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FileKind::Database => "database",
            FileKind::Journal => "journal",
            FileKind::Wal => "log",
            FileKind::Directory => "directory",
            FileKind::Temporary => "temporary file",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(syncs: Option<u64>, writes: u64, bytes: u64) -> FileWork {
        FileWork {
            syncs,
            writes,
            bytes,
        }
    }

    fn written(files: &[(FileKind, FileWork)]) -> Written {
        Written {
            files: files.iter().copied().collect(),
            ..Written::default()
        }
    }

    #[test]
    fn what_several_workers_did_adds_up() {
        let mut all = written(&[(FileKind::Wal, file(Some(3), 6, 600))]);
        all.merge(&written(&[
            (FileKind::Wal, file(Some(1), 2, 200)),
            (FileKind::Database, file(Some(1), 5, 500)),
        ]));
        assert_eq!(all.files[&FileKind::Wal], file(Some(4), 8, 800));
        assert_eq!(
            (all.syncs(), all.writes(), all.bytes()),
            (Some(5), 13, 1_300)
        );
    }

    #[test]
    fn what_was_done_before_does_not_count_and_what_was_not_touched_is_left_out() {
        let before = written(&[
            (FileKind::Wal, file(Some(3), 6, 600)),
            (FileKind::Journal, file(Some(9), 9, 900)),
        ]);
        let after = written(&[
            (FileKind::Wal, file(Some(4), 8, 800)),
            (FileKind::Journal, file(Some(9), 9, 900)),
        ]);
        assert_eq!(
            after.since(&before),
            written(&[(FileKind::Wal, file(Some(1), 2, 200))])
        );
    }

    #[test]
    fn syncs_that_are_not_told_are_not_nothing() {
        let log = written(&[(FileKind::Wal, file(None, 8, 800))]);
        assert_eq!(log.syncs(), None);
        assert_eq!(log.since(&Written::default()).syncs(), None);
    }
}
