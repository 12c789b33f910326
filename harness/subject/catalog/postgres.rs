//! PostgreSQL as it comes.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// PostgreSQL as it comes.
pub static SUBJECT: Subject = Subject {
    name: "postgres",
    summary: "PostgreSQL as it comes: a commit is acknowledged when its log is on disk.",
    tier: Tier::PowerLoss,
    colour: "#009e73",
    part: Part::Main,
    settings: Settings::Postgres {
        synchronous_commit: "on",
        deadlock_timeout: None,
    },
};
