//! What SQLite does out of the box.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// What SQLite does out of the box.
pub static SUBJECT: Subject = Subject {
    name: "sqlite-delete-full",
    summary: "SQLite as it comes: a rollback journal that is deleted at each commit, synchronous=FULL.",
    tier: Tier::PowerLossButLast,
    colour: "#e69f00",
    part: Part::Variant,
    settings: Settings::Sqlite {
        journal_mode: "delete",
        synchronous: "full",
    },
};
