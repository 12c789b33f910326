//! stub
use std::path::{Path, PathBuf};
/// stub
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// x
    pub run_file: PathBuf,
    /// x
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
}
/// stub
pub fn report(run_file: &Path, out: &Path) -> anyhow::Result<()> {
    crate::report::write(&crate::measure::store::read(run_file)?, out)?;
    Ok(())
}
