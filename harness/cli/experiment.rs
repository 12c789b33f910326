//! `contend experiment`: the questions of the source documents, one by one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::list::{self, List};
use super::setting;
use crate::claim;
use crate::experiment::{self, Experiment, Lab};
use crate::lab::{Interrupt, Interrupted, Scratch, sentence};
use crate::report::experiments;
use crate::subject::server::{Server, Wanted};
use crate::suite::progress::Progress;

const EXAMPLES: &str = "\
Examples:
  contend experiment list
      every experiment, its question, and about how long it takes
  contend experiment run lost-update payment
      two of them: every step with what came back, and what that says of the documents' claims
  contend experiment run all --json > found.json
      every one, for a program";

/// What `contend experiment` takes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the experiments
    List,
    /// Make experiments and say what they found
    #[command(after_help = EXAMPLES)]
    Run(Box<Run>),
}

/// What `contend experiment run` takes.
#[derive(Args)]
struct Run {
    /// Their names, or all
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,

    #[command(flatten)]
    place: setting::Place,

    #[command(flatten)]
    server: setting::Server,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How many clients the server must hold beside its own.
const CLIENTS: u32 = 8;

/// Lists or makes experiments.
///
/// # Errors
/// One sentence.
pub fn experiment(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.command {
        Command::List => list(),
        Command::Run(run) => make(run),
    }
}

fn list() -> Result<ExitCode> {
    for experiment in experiment::ALL {
        super::print(&format!(
            "{}  (about {} s; claims {})\n    {}",
            experiment.name(),
            experiment.seconds().ceil(),
            experiment.claims().join(", "),
            experiment.question()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn make(run: &Run) -> Result<ExitCode> {
    let List(experiments) = match run.names.as_slice() {
        [all] if all == "all" => List(experiment::ALL.to_vec()),
        names => list::experiments(&names.join(",")).map_err(super::Misunderstood)?,
    };
    let wanted = run.server.wanted()?;
    let interrupt = Interrupt::install()?;
    let directory = run.place.choose()?;
    let scratch = Scratch::claim(&directory)?;
    let mut progress = Progress::new(experiments.len());
    let needed = experiments
        .iter()
        .any(|experiment| experiment.on_postgres());
    let provided = needed.then(|| {
        let server = &run.server;
        server.provide(&wanted, CLIENTS, &scratch, &interrupt, &mut progress)
    });
    let server = match provided.transpose() {
        Ok(server) => server,
        // Who names a server wants that one, and nobody wants to go on after Ctrl-C.
        Err(error) if wanted != Wanted::Auto || error.is::<Interrupted>() => return Err(error),
        Err(error) => {
            progress.say(&format!(
                "warning: Nothing is tried on PostgreSQL. {}",
                sentence(&error)
            ));
            None
        }
    };
    let found = found(
        &experiments,
        &scratch,
        server.as_ref(),
        &interrupt,
        &mut progress,
    );
    progress.finish();
    // Nothing of ours is left before the results are told.
    drop(server);
    drop(scratch);
    tell(&found?, run.json)
}

fn found(
    experiments: &[&'static dyn Experiment],
    scratch: &Scratch,
    server: Option<&Server>,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<Vec<crate::measure::Experiment>> {
    let lab = Lab::new(scratch.path(), server, interrupt);
    progress.start();
    experiments
        .iter()
        .map(|experiment| {
            progress.show(experiment.name());
            let found = experiment::run(*experiment, &lab)?;
            progress.trial_done();
            Ok(found)
        })
        .collect()
}

/// Prints what was found. A part that could not be made is no success.
fn tell(found: &[crate::measure::Experiment], json: bool) -> Result<ExitCode> {
    if json {
        super::print(&serde_json::to_string_pretty(found).context("Cannot make JSON")?)?;
    } else {
        for experiment in found {
            super::print(&experiments::text(experiment))?;
        }
        for claim in claim::ALL {
            let made = |name| found.iter().any(|experiment| experiment.name == name);
            if claim.experiment.is_some_and(made) {
                super::print(&experiments::verdict(claim, &claim.of(found)))?;
            }
        }
    }
    Ok(
        match found
            .iter()
            .all(|experiment| experiment.failures.is_empty())
        {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(super::FLAWED),
        },
    )
}
