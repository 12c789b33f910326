//! A trial in which the engine's work is counted instead of its goodput.

use anyhow::{Context, Result, ensure};

use super::protocol::Done;
use super::trial::{self, Case, Conditions};
use crate::measure::{CommitWork, Measurement, Written};
use crate::subject::engine::Store;

/// What the engines count themselves, before the clients of a trial come.
pub struct Counting {
    before: Option<Written>,
}

impl Counting {
    /// Reads the engine's counters.
    pub fn begin(store: &mut dyn Store) -> Result<Counting> {
        let before = store.written().context("The server does not count")?;
        Ok(Counting { before })
    }

    /// What was done since: by the engine's counters, or by those of the workers.
    pub fn end(self, store: &mut dyn Store, workers: &[Done]) -> Result<Written> {
        let mut written = match self.before {
            Some(before) => store
                .written()
                .context("The server does not count")?
                .context("The server no longer counts")?
                .since(&before),
            None => Written::default(),
        };
        for worker in workers {
            written.merge(worker.written.as_ref().unwrap_or(&Written::default()));
        }
        Ok(written)
    }
}

/// Makes one trial by the very same means as the timed ones, and counts what its commits cost. There
/// is no warm-up: whatever is done counts.
///
/// # Errors
/// Whatever kept it from running to its end, an audit that failed, or a stretch without a commit.
pub fn count(conditions: &Conditions<'_>, case: &Case<'_>) -> Result<CommitWork> {
    let conditions = Conditions {
        warm_up_seconds: 0.0,
        ..*conditions
    };
    let (measurement, counted) = trial::make(&conditions, case, true)?;
    if let Some(failed) = measurement.audit.failed().next() {
        anyhow::bail!("Its audit failed: {failed}");
    }
    let commits = acknowledged(&measurement);
    ensure!(commits > 0, "Nothing was committed");
    Ok(CommitWork {
        point: case.point.clone(),
        commits,
        statements: counted.statements,
        written: counted.written,
    })
}

/// Without a warm-up every acknowledged operation is either in time or late.
fn acknowledged(measurement: &Measurement) -> u64 {
    measurement.committed + measurement.late
}
