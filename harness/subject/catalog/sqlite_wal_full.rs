//! SQLite with a write-ahead log that is synced at each commit.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// SQLite with a write-ahead log that is synced at each commit.
pub static SUBJECT: Subject = Subject {
    name: "sqlite-wal-full",
    summary: "SQLite with a write-ahead log, synced at each commit: synchronous=FULL.",
    tier: Tier::PowerLoss,
    colour: "#0072b2",
    part: Part::Main,
    settings: Settings::Sqlite {
        journal_mode: "wal",
        synchronous: "full",
    },
};
