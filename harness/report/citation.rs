//! How a run is cited: its id, which is made from its content, its date, and what measured it.

use crate::measure::Run;

/// What stands behind every citation: `contend run 0123456789abcdef (2026-01-01), contend 0.1.0`.
pub fn source(run: &Run) -> String {
    format!(
        "contend run {} ({}), contend {}",
        run.id,
        date(run),
        run.build.version
    )
}

/// The day on which the run began, in UTC.
pub fn date(run: &Run) -> &str {
    run.started.split('T').next().unwrap_or(&run.started)
}
