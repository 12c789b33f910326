//! `contend doctor`: what a run would use, and what is wrong with this machine as a laboratory.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::{bench, setting};
use crate::doctor::{Wish, examine};
use crate::lab::Interrupt;
use crate::suite::progress::tell;

const HELP: &str = "\
Exit codes:
  0  contend bench could run with these options, whatever is warned of
  1  it could not; what stands in the way is said at the end

Nothing is started, fetched, pulled or left behind. It takes about three seconds.

Examples:
  contend doctor
      this machine, and what contend bench would use on it
  contend doctor --dir /mnt/data --postgres postgres://user:password@db.example.org/postgres
      another disk, and a server that is there already
  contend doctor --json
      the same for a program";

/// What `contend doctor` takes.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    place: setting::Place,

    #[command(flatten)]
    server: setting::Server,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Examines the machine and prints what was found.
///
/// # Errors
/// If the command line names no server, a signal came, or stdout cannot be written.
pub fn doctor(arguments: &Arguments) -> Result<ExitCode> {
    let wanted = arguments.server.wanted()?;
    let interrupt = Interrupt::install()?;
    let wish = Wish {
        directory: arguments.place.dir.as_deref(),
        allow_memory: arguments.place.allow_memory,
        wanted: &wanted,
        image: &arguments.server.postgres_image,
        offline: arguments.server.offline,
        plan: &bench::usual_plan()?,
    };
    let examination = examine(&wish, &interrupt)?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&examination).context("Cannot make JSON")?;
        super::print(&json)?;
    } else {
        super::print(examination.text().trim_end())?;
    }
    if examination.ready {
        return Ok(ExitCode::SUCCESS);
    }
    tell(
        "error: With these options contend bench could not run: what stands in its way is said on stdout.",
    );
    Ok(ExitCode::FAILURE)
}
