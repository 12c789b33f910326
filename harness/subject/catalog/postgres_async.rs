//! PostgreSQL that acknowledges commits before they are on disk.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// PostgreSQL that acknowledges commits before they are on disk.
pub static SUBJECT: Subject = Subject {
    name: "postgres-async",
    summary: "PostgreSQL with synchronous_commit=off: a commit is acknowledged before its log is written.",
    tier: Tier::Nothing,
    colour: "#cc79a7",
    part: Part::Variant,
    settings: Settings::Postgres {
        synchronous_commit: "off",
        deadlock_timeout: None,
    },
};
