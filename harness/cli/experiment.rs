//! `contend experiment`: the questions of the source documents, one by one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::list::{self, List};
use super::setting;
use crate::claim;
use crate::experiment::{self, Lab};
use crate::lab::{Interrupt, Interrupted, Scratch, sentence};
use crate::measure::experiment::Extent;
use crate::report::experiments;
use crate::subject::server::Wanted;
use crate::suite::experiments::Asked;
use crate::suite::progress::Progress;

const EXAMPLES: &str = "\
Examples:
  contend experiment list
      every experiment, its question, and about how long it takes
  contend experiment run lost-update payment
      two of them: every step with what came back, and what that says of the documents' claims
  contend experiment run all --json > found.json
      every one, for a program
  contend experiment run crash --full
      at the documents' own sizes instead of in its short form";

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

    /// Make them in full, at the documents' own sizes, instead of in their short form
    #[arg(long)]
    full: bool,

    #[command(flatten)]
    place: setting::Place,

    #[command(flatten)]
    server: setting::Server,

    #[command(flatten)]
    system: setting::System,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

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
        let seconds = |extent| experiment.seconds(extent).unwrap_or(0.0).ceil();
        let (short, full) = (seconds(Extent::Short), seconds(Extent::Full));
        let full = match full > short {
            true => format!(", in full {full} s"),
            false => String::new(),
        };
        let claims = match experiment.claims() {
            [] => String::new(),
            claims => format!("; claims {}", claims.join(", ")),
        };
        let run = match experiment.by_default() {
            true => "",
            false => "; not in a default run",
        };
        super::print(&format!(
            "{}  (about {short} s{full}{claims}{run})\n    {}",
            experiment.name(),
            experiment.question()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn make(run: &Run) -> Result<ExitCode> {
    let List(experiments) =
        list::experiments(&run.names.join(",")).map_err(super::Misunderstood)?;
    let wanted = run.server.wanted()?;
    let interrupt = Interrupt::install()?;
    let directory = run.place.choose()?;
    let scratch = Scratch::claim(&directory)?;
    let extent = match run.full {
        true => Extent::Full,
        false => Extent::Short,
    };
    let asked = Asked {
        extent,
        experiments,
    };
    let mut progress = Progress::new(asked.expected());
    let provided = asked.on_postgres().then(|| {
        let server = &run.server;
        server.provide(
            &wanted,
            asked.clients(),
            &scratch,
            &interrupt,
            &mut progress,
        )
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
    let containers = asked.over_http().then(|| {
        let system = &run.system;
        system.provide(&scratch, server.as_ref(), &interrupt)
    });
    let containers = match containers.transpose() {
        Ok(containers) => containers,
        Err(error) => {
            progress.say(&format!(
                "note: The app runs as local processes, not in containers. {}",
                sentence(&error)
            ));
            None
        }
    };
    let executable = std::env::current_exe().context("Cannot find the program's own file")?;
    let lab = Lab::new(
        extent,
        &executable,
        scratch.path(),
        server.as_ref(),
        containers.as_ref(),
        &interrupt,
        rand::random::<u32>().into(),
    );
    let mut found = Vec::new();
    progress.start();
    let result = asked.each(&lab, &mut progress, |made, _| found.push(made));
    progress.finish();
    // Nothing of ours is left before the results are told.
    drop(containers);
    drop(server);
    drop(scratch);
    // What was found until somebody interrupted it is told, too.
    let code = tell(&found, run.json)?;
    result.map(|()| code)
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
            let made = |name: &&str| found.iter().any(|experiment| experiment.name == *name);
            if claim.experiments.iter().any(made) {
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
