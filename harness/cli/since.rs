//! What changed since another run, for a section of a report.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::compare::no_base;
use super::list::{self, List};
use super::past;
use crate::compare::{self, Asked, Basis};
use crate::measure::{Run, store};
use crate::report;

/// The run compared with, and how: as `contend compare` does.
#[derive(Args)]
pub struct Since {
    /// Say what changed since this run
    #[arg(long, value_name = "RUN_FILE")]
    base: Option<PathBuf>,

    /// With --base, ask the past runs in this folder, and in runs/ in it: how much runs differ anyway
    #[arg(long, value_name = "DIR", requires = "base")]
    history: Option<PathBuf>,

    /// With --base, what decides whether there is a regression: counts, ratios, times
    #[arg(long, value_name = "NAMES", default_value = "counts,ratios", value_parser = list::bases)]
    gate: List<Basis>,

    /// With --base, the smallest change that counts, in per cent; of shares, a tenth of it in percentage
    /// points
    #[arg(long, value_name = "P", default_value_t = 5.0, value_parser = list::floor)]
    floor: f64,
}

impl Since {
    /// What changed; `None` if there is nothing to compare with.
    ///
    /// # Errors
    /// If the other run or the past ones cannot be read, or the two cannot be compared.
    pub fn changes(&self, run: &Run) -> Result<Option<report::Changes>> {
        let Some(base) = &self.base else {
            return Ok(None);
        };
        let asked = Asked {
            gate: self.gate.0.clone(),
            floor: self.floor / 100.0,
        };
        ensure!(base.exists(), no_base(base));
        let base = store::read(base)?;
        let past = self.history.as_deref();
        let past = past.map(|folder| past::asked(folder, false)).transpose()?;
        // A report stays the same, however many runs come after it.
        let past = past.flatten().map(|mut past| {
            past.runs.retain(|other| other.started <= run.started);
            // Whatever else comes to lie there, such as this report's own files.
            past.skipped = 0;
            past
        });
        let changes = compare::compare_among(&base, run, past.as_ref(), &asked)?;
        Ok(Some(compare::section(&changes)))
    }
}
