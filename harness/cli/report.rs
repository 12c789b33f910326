//! `contend report`: makes the report of a run file again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::compare::not_comparable;
use super::since::Since;
use crate::compare::NotComparable;
use crate::measure::store;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  contend report reports/run.json
      the report of the latest run, beside it
  contend report reports/runs/0123456789abcdef.json --out /tmp/older
      the report of an older run, elsewhere
  contend report reports/run.json --base baseline/run.json
      with a section on what changed since that run";

/// What `contend report` takes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run file
    run_file: PathBuf,

    #[command(flatten)]
    since: Since,

    /// Write the report here [default: beside the run file]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Reads a run file and writes its report, naming each file on stdout.
///
/// # Errors
/// If a run file is not exactly what was written, or the report cannot be written.
pub fn report(arguments: &Arguments) -> Result<ExitCode> {
    let run = store::read(&arguments.run_file)?;
    let beside = arguments
        .run_file
        .parent()
        .map(PathBuf::from)
        .unwrap_or_default();
    let changes = match arguments.since.changes(&run) {
        Err(error) => match error.downcast::<NotComparable>() {
            Ok(differences) => return Ok(not_comparable(&differences)),
            Err(error) => return Err(error),
        },
        Ok(changes) => changes,
    };
    let out = arguments.out.as_ref().unwrap_or(&beside);
    for path in report::write_since(&run, changes.as_ref(), out)? {
        super::print(&path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
