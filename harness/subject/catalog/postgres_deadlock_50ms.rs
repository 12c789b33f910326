//! PostgreSQL that looks for deadlocks sooner than it does out of the box.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// PostgreSQL that looks for deadlocks sooner than it does out of the box.
pub static SUBJECT: Subject = Subject {
    name: "postgres-deadlock-50ms",
    summary: "PostgreSQL with deadlock_timeout=50ms: a lock is waited for 50 ms before it looks for a deadlock, instead of 1 s.",
    tier: Tier::PowerLoss,
    colour: "#8c5a3c",
    part: Part::Deadlocks,
    settings: Settings::Postgres {
        synchronous_commit: "on",
        deadlock_timeout: Some("50ms"),
    },
};
