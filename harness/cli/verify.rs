//! `contend verify`: whether a report was made from a run, and both were left as they were.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::since::Since;
use crate::measure::store;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  contend verify reports/run.json reports/index.html
      whether that page was made from that run, and neither was changed
  contend verify reports/run.json
      whether the run file is as it was written; compare the id with the one that was cited
  contend verify reports/run.json reports/index.html --base baseline/run.json --history reports
      a page that was made with `contend report` and these options
  contend verify reports/run.json reports/*.csv reports/adr.md
      the other files of the report as well

Exit codes:
  0  unchanged
  1  changed, or it cannot be told; one sentence on stderr says what differs or what to do";

/// What `contend verify` takes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run file
    run_file: PathBuf,

    /// Files of its report: the page, whatever its name, and others by theirs
    #[arg(value_name = "REPORT")]
    reports: Vec<PathBuf>,

    #[command(flatten)]
    since: Since,
}

/// Reads a run file, makes its report again and compares, naming on stdout what is unchanged.
///
/// # Errors
/// If the run file or a file of the report is not what was written; the error names the first
/// difference.
pub fn verify(arguments: &Arguments) -> Result<ExitCode> {
    let run = store::read(&arguments.run_file)?;
    let changes = arguments.since.changes(&run)?;
    super::print(&format!(
        "{} is run {}, as it was written.",
        arguments.run_file.display(),
        run.id
    ))?;
    for path in &arguments.reports {
        let content =
            std::fs::read(path).with_context(|| format!("Cannot read {}", path.display()))?;
        report::verify::verify(&run, changes.as_ref(), path, &content)?;
        super::print(&format!(
            "{} was made from it by contend {}, and is unchanged.",
            path.display(),
            env!("CARGO_PKG_VERSION")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
