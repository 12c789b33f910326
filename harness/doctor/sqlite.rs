//! The SQLite library that would be measured.

use serde::Serialize;

use crate::subject::engine::sqlite;

/// How the compile options begin that decide what a commit costs, how a lock is waited for, and
/// how large a file or a cache gets (sqlite.org/compile.html).
const DECISIVE: &[&str] = &[
    "COMPILER",
    "DEFAULT_CACHE_SIZE",
    "DEFAULT_JOURNAL_SIZE_LIMIT",
    "DEFAULT_MMAP_SIZE",
    "DEFAULT_PAGE_SIZE",
    "DEFAULT_SYNCHRONOUS",
    "DEFAULT_WAL_AUTOCHECKPOINT",
    "DEFAULT_WAL_SYNCHRONOUS",
    "DISABLE_DIRSYNC",
    "ENABLE_ATOMIC_WRITE",
    "ENABLE_BATCH_ATOMIC_WRITE",
    "ENABLE_SETLK_TIMEOUT",
    "HAVE_USLEEP",
    "TEMP_STORE",
    "THREADSAFE",
];

/// The SQLite library.
#[derive(Debug, Serialize)]
pub struct Sqlite {
    /// Its version and the check-in it was built from.
    pub version: String,
    /// The options it was compiled with, of those that decide what is measured.
    pub compile_options: Vec<String>,
}

impl Sqlite {
    /// That of this build.
    pub(super) fn here() -> Sqlite {
        let mut options = sqlite::compile_options().unwrap_or_default();
        options.retain(|option| is_decisive(option));
        Sqlite {
            version: sqlite::library_version(),
            compile_options: options,
        }
    }
}

fn is_decisive(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or(option);
    DECISIVE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_tells_how_it_syncs_and_whether_threads_may_share_it() {
        let options = Sqlite::here().compile_options;
        let has = |name: &str| options.iter().any(|option| option.starts_with(name));
        assert!(
            has("DEFAULT_SYNCHRONOUS=") && has("THREADSAFE="),
            "{options:?}"
        );
        assert!(!is_decisive("ENABLE_FTS5"));
    }
}
