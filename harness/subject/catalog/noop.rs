//! No database: measures the harness itself.

use crate::measure::Tier;
use crate::subject::{Part, Settings, Subject};

/// No database: measures the harness itself.
pub static SUBJECT: Subject = Subject {
    name: "noop",
    summary: "No database: every call succeeds at once, so what is left is the harness itself.",
    tier: Tier::None,
    colour: "#777777",
    part: Part::Harness,
    settings: Settings::Noop,
};
