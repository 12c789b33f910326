//! SQLite with a write-ahead log that is synced at checkpoints only.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// SQLite with a write-ahead log that is synced at checkpoints only.
pub static SUBJECT: Subject = Subject {
    name: "sqlite-wal-normal",
    summary: "SQLite with a write-ahead log, synced at checkpoints only: synchronous=NORMAL, what most guides advise.",
    tier: Tier::ProcessCrash,
    colour: "#56b4e9",
    part: Part::Variant,
    settings: Settings::Sqlite {
        journal_mode: "wal",
        synchronous: "normal",
    },
};
