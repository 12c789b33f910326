//! Counts what SQLite has its operating-system layer do: a VFS (sqlite.org/vfs.html) that stands
//! before the default one, hands every call on, and keeps count of syncs, writes and bytes.
//!
//! Directories are synced inside the layer below, out of sight, and are counted where os_unix.c of
//! SQLite 3.51.3 says that it does so: in the first `xSync` of each journal and write-ahead log that
//! was opened with `SQLITE_OPEN_CREATE` (`unixOpen`, `unixSync`), and in each `xDelete` that asks
//! for it (`unixDelete`). A test compares the counts with those of the kernel.
//!
//! Not seen is what goes through shared memory: the index of a write-ahead log, which is never
//! synced, and writes into a mapped database file, of which there are none with `mmap_size` 0.

mod file;
mod vfs;

use std::ffi::{CStr, CString, c_int};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rusqlite::ffi;

use crate::measure::{FileKind, FileWork, Written};
use crate::subject::session::DbError;

/// The name under which this process knows its counting VFS.
const NAME: &CStr = c"contend-counting";

/// Every kind of file, in the order of its discriminants.
const KINDS: [FileKind; 5] = [
    FileKind::Database,
    FileKind::Journal,
    FileKind::Wal,
    FileKind::Directory,
    FileKind::Temporary,
];

/// A VFS that counts, registered with SQLite until the process ends.
#[derive(Debug)]
pub struct CountingVfs {
    name: &'static CStr,
    counters: &'static Counters,
}

/// Counters of everything done through one counting VFS, by whichever thread.
#[derive(Debug, Default)]
struct Counters {
    files: [FileCounters; KINDS.len()],
    checkpoints: AtomicU64,
}

#[derive(Debug, Default)]
struct FileCounters {
    syncs: AtomicU64,
    writes: AtomicU64,
    bytes: AtomicU64,
}

impl CountingVfs {
    /// The one of this process; made on first use.
    ///
    /// # Errors
    /// If SQLite has no VFS to stand before, or no memory for another.
    pub fn of_process() -> Result<&'static CountingVfs, DbError> {
        static VFS: OnceLock<Result<CountingVfs, DbError>> = OnceLock::new();
        VFS.get_or_init(|| CountingVfs::register(NAME.to_owned()))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Registers one under a name that no other VFS of this process has.
    fn register(name: CString) -> Result<CountingVfs, DbError> {
        let name: &'static CStr = Box::leak(name.into_boxed_c_str());
        let counters: &'static Counters = Box::leak(Box::default());
        vfs::register(name, counters)?;
        Ok(CountingVfs { name, counters })
    }

    /// What connections are opened with.
    pub fn name(&self) -> &'static CStr {
        self.name
    }

    /// What was done through it so far. A count that another thread makes right now may be missing.
    pub fn written(&self) -> Written {
        let files = KINDS.into_iter().zip(&self.counters.files);
        Written {
            files: files.map(|(kind, file)| (kind, file.read())).collect(),
            checkpoints: self.counters.checkpoints.load(Relaxed),
            full_page_images: None,
        }
    }
}

impl Counters {
    fn of(&self, kind: FileKind) -> &FileCounters {
        &self.files[kind as usize]
    }
}

impl FileCounters {
    fn sync(&self) {
        self.syncs.fetch_add(1, Relaxed);
    }

    fn write(&self, bytes: c_int) {
        self.writes.fetch_add(1, Relaxed);
        self.bytes
            .fetch_add(u64::try_from(bytes).unwrap_or(0), Relaxed);
    }

    fn read(&self) -> FileWork {
        FileWork {
            syncs: Some(self.syncs.load(Relaxed)),
            writes: self.writes.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

/// The kind of file that `xOpen` is asked for with these flags.
fn kind_of(flags: c_int) -> FileKind {
    for (flag, kind) in [
        (ffi::SQLITE_OPEN_MAIN_DB, FileKind::Database),
        (ffi::SQLITE_OPEN_MAIN_JOURNAL, FileKind::Journal),
        (ffi::SQLITE_OPEN_SUPER_JOURNAL, FileKind::Journal),
        (ffi::SQLITE_OPEN_WAL, FileKind::Wal),
    ] {
        if flags & flag != 0 {
            return kind;
        }
    }
    FileKind::Temporary
}

#[cfg(test)]
mod tests;
