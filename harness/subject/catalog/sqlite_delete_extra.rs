//! SQLite with a rollback journal, made as durable as it can be.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// SQLite with a rollback journal, made as durable as it can be.
pub static SUBJECT: Subject = Subject {
    name: "sqlite-delete-extra",
    summary: "SQLite with a rollback journal whose deletion is synced too, synchronous=EXTRA.",
    tier: Tier::PowerLoss,
    colour: "#d55e00",
    part: Part::Variant,
    settings: Settings::Sqlite {
        journal_mode: "delete",
        synchronous: "extra",
    },
};
