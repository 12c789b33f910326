//! Every journal mode with every level of `synchronous`, and what an acknowledged commit survives.
//!
//! By sqlite.org/pragma.html#pragma_synchronous, the source of SQLite 3.51.3 (pager.c,
//! `pager_end_transaction` and `zeroJournalHdr`) and the syncs that this experiment counts: a commit
//! with a rollback journal is made by putting the journal out of action, and the last commit survives
//! a loss of power only if that is synced.
//!
//! | | NORMAL | FULL | EXTRA |
//! |---|---|---|---|
//! | DELETE: the file is removed | not synced | not synced | the directory is synced |
//! | TRUNCATE: cut to nothing | not synced | synced | synced |
//! | PERSIST: its header is zeroed | synced | synced | synced |
//!
//! With NORMAL the documentation leaves a very small chance that a loss of power corrupts a database with a
//! rollback journal on an old file system. A write-ahead log is synced at each commit, but not with NORMAL, where a checkpoint does it.

use crate::measure::Tier;
use crate::subject::catalog;
use crate::subject::{Part, Settings, Subject};

const fn subject(
    name: &'static str,
    summary: &'static str,
    tier: Tier,
    colour: &'static str,
    journal_mode: &'static str,
    synchronous: &'static str,
) -> Subject {
    Subject {
        name,
        summary,
        tier,
        colour,
        part: Part::Variant,
        settings: Settings::Sqlite {
            journal_mode,
            synchronous,
        },
    }
}

static DELETE_NORMAL: Subject = subject(
    "sqlite-delete-normal",
    "SQLite with a rollback journal that is deleted at each commit, synchronous=NORMAL.",
    Tier::PowerLossButLast,
    "#f0e442",
    "delete",
    "normal",
);

static TRUNCATE_NORMAL: Subject = subject(
    "sqlite-truncate-normal",
    "SQLite with a rollback journal that is truncated at each commit, synchronous=NORMAL.",
    Tier::PowerLossButLast,
    "#f0e442",
    "truncate",
    "normal",
);

static TRUNCATE_FULL: Subject = subject(
    "sqlite-truncate-full",
    "SQLite with a rollback journal that is truncated at each commit, synchronous=FULL.",
    Tier::PowerLoss,
    "#d55e00",
    "truncate",
    "full",
);

static TRUNCATE_EXTRA: Subject = subject(
    "sqlite-truncate-extra",
    "SQLite with a rollback journal that is truncated at each commit, synchronous=EXTRA.",
    Tier::PowerLoss,
    "#d55e00",
    "truncate",
    "extra",
);

static PERSIST_NORMAL: Subject = subject(
    "sqlite-persist-normal",
    "SQLite with a rollback journal whose header is zeroed at each commit, synchronous=NORMAL.",
    Tier::PowerLoss,
    "#cc79a7",
    "persist",
    "normal",
);

static PERSIST_FULL: Subject = subject(
    "sqlite-persist-full",
    "SQLite with a rollback journal whose header is zeroed at each commit, synchronous=FULL.",
    Tier::PowerLoss,
    "#cc79a7",
    "persist",
    "full",
);

static PERSIST_EXTRA: Subject = subject(
    "sqlite-persist-extra",
    "SQLite with a rollback journal whose header is zeroed at each commit, synchronous=EXTRA.",
    Tier::PowerLoss,
    "#cc79a7",
    "persist",
    "extra",
);

static WAL_EXTRA: Subject = subject(
    "sqlite-wal-extra",
    "SQLite with a write-ahead log, synchronous=EXTRA.",
    Tier::PowerLoss,
    "#0072b2",
    "wal",
    "extra",
);

/// The subjects of the experiment: those of the catalog, and its own.
pub fn all() -> impl Iterator<Item = &'static Subject> {
    let own = [
        &DELETE_NORMAL,
        &TRUNCATE_NORMAL,
        &TRUNCATE_FULL,
        &TRUNCATE_EXTRA,
        &PERSIST_NORMAL,
        &PERSIST_FULL,
        &PERSIST_EXTRA,
        &WAL_EXTRA,
    ];
    let known = catalog::ALL.iter().copied();
    known
        .filter(|subject| matches!(subject.settings, Settings::Sqlite { .. }))
        .chain(own)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::measure::Discipline;
    use crate::subject::engine::sqlite::{self, SqliteStore, read_back};
    use crate::subject::engine::{Manner, Store, Target, deviations};

    #[test]
    fn every_journal_mode_and_level_is_there_once_and_reads_back_as_asked() {
        let mut seen = BTreeSet::new();
        for subject in all() {
            let Settings::Sqlite {
                journal_mode,
                synchronous,
            } = subject.settings
            else {
                panic!("{subject:?}")
            };
            let directory = tempfile::tempdir().unwrap();
            let store = SqliteStore::new(directory.path(), journal_mode, synchronous);
            let Target::Sqlite(target) = store.target(Discipline::Careful) else {
                panic!("not SQLite")
            };
            let found = read_back(&sqlite::open(&target).unwrap()).unwrap();
            let asserted = subject.asserted(&Manner::of(Discipline::Careful));
            assert_eq!(deviations(&asserted, &found), [""; 0], "{}", subject.name);
            assert_eq!(subject.name, format!("sqlite-{journal_mode}-{synchronous}"));
            seen.insert(subject.name);
        }
        assert_eq!(seen.len(), 12);
    }
}
