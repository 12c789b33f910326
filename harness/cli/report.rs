//! `contend report`: makes the report of a run file again.

use std::path::Path;

use anyhow::Result;

use crate::measure::store;
use crate::report;

/// Reads `run_file` and writes its report into the directory `out`, naming each file on stdout.
///
/// # Errors
/// If the run file is not exactly what was written, or the report cannot be written.
pub fn report(run_file: &Path, out: &Path) -> Result<()> {
    let run = store::read(run_file)?;
    for path in report::write(&run, out)? {
        println!("{}", path.display());
    }
    Ok(())
}
