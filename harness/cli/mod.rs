//! The command line. Each subcommand is a file.

pub mod ab;
pub mod adr;
pub mod bench;
pub mod compare;
pub mod crosscheck;
pub mod doctor;
pub mod experiment;
#[cfg(feature = "gate-trial")]
mod gate_trial;
pub mod lengths;
mod list;
mod past;
pub mod report;
mod results;
pub mod serve;
mod setting;
mod since;
mod variant;
pub mod verify;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};

use crate::lab::{Interrupted, environment, sentence};
use crate::load;
use crate::subject::server::{UnknownServer, redact};
use crate::suite::progress::tell;

/// When several app instances share one SQLite file, what breaks, at what load, and what does
/// PostgreSQL do with the very same work?
#[derive(Parser)]
#[command(name = "contend", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything asked for was done
  1    it could not be done; one sentence on stderr says why and what to do
  2    the command line was not understood
  3    compare, ab: something that decides became worse, or with --strict is not known
  4    measured, but trials or parts of experiments failed, or an audit did not pass; the
       report says which; compare: the runs cannot be compared
  5    crosscheck: measured, and the harness misses a target; the table says which
  130  interrupted by Ctrl-C (143 by SIGTERM); what was finished is kept";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  contend schema > run.schema.json
      for a validator, or for who reads run files with another program
  contend schema changes
      the same of changes.json, which contend compare writes";

/// The command line was not understood.
const USAGE: u8 = 2;

/// Something that decides became worse.
const REGRESSED: u8 = 3;

/// Two runs did not measure the same thing.
const NOT_COMPARABLE: u8 = 4;

/// Measured, but not everything can be compared.
const FLAWED: u8 = 4;

/// The harness misses a target of the crosscheck.
const MISSED: u8 = 5;

/// What was typed makes no sense; why, in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misunderstood(String);

#[derive(Subcommand)]
enum Command {
    /// Measure two variants in turns, and say what changed from one to the other
    Ab(Box<ab::Arguments>),
    /// Write a decision record from a run: what its data favours, driver by driver
    Adr(adr::Arguments),
    /// Measure SQLite and PostgreSQL on this machine and write the report
    Bench(Box<bench::Arguments>),
    /// Say what changed from one run to another, and whether it is worse
    Compare(compare::Arguments),
    /// Hold the harness itself against pgbench and a bare loop on SQLite's C interface
    Crosscheck(Box<crosscheck::Arguments>),
    /// Say what `bench` would use here, and what is wrong with this machine as a laboratory
    Doctor(doctor::Arguments),
    /// Put the source documents' claims to the test, step by step
    Experiment(experiment::Arguments),
    /// Measure how often comparisons are wrong, and what they see
    #[cfg(feature = "gate-trial")]
    GateTrial(gate_trial::Arguments),
    /// Measure from which length of a trial on its figures no longer move
    Lengths(Box<lengths::Arguments>),
    /// Write the report of a run again, without measuring
    Report(report::Arguments),
    /// Print the JSON Schema of run files, or of what `compare` writes
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema {
        /// Of which file
        #[arg(value_enum, default_value_t = Schema::Run)]
        of: Schema,
    },
    /// Say whether a report was made from a run, and neither was changed
    Verify(verify::Arguments),
    /// Serve HTTP as one instance of the app that shares a database with others
    Serve(Box<serve::Arguments>),
    /// Say which build this is, for `ab`
    #[command(hide = true)]
    Identity,
    /// Hold clients of a trial; started by `bench`, speaks on stdin and stdout
    #[command(hide = true)]
    Worker,
    /// Loop on SQLite's C interface; started by `crosscheck`, speaks on stdin and stdout
    #[command(hide = true)]
    Bare,
    /// Write to an SQLite file until killed; started by `experiment`, speaks on stdin and stdout
    #[command(hide = true)]
    CrashWriter,
    /// Act in an experiment; started by `experiment`, speaks on stdin and stdout
    #[command(hide = true)]
    Actor,
}

/// A file that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Schema {
    /// A run, such as reports/run.json
    Run,
    /// What `contend compare` found
    Changes,
}

impl Schema {
    fn json(self) -> String {
        match self {
            Schema::Run => crate::measure::schema::json(),
            Schema::Changes => crate::compare::changes::schema(),
        }
    }
}

/// Parses the command line of this process and does what it says.
pub fn main() -> ExitCode {
    environment::forget_postgres();
    let result = match parse().command {
        Command::Ab(arguments) => ab::ab(&arguments),
        Command::Adr(arguments) => adr::adr(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Compare(arguments) => compare::compare_runs(&arguments),
        Command::Crosscheck(arguments) => crosscheck::crosscheck(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Experiment(arguments) => experiment::experiment(&arguments),
        #[cfg(feature = "gate-trial")]
        Command::GateTrial(arguments) => gate_trial::gate_trial(&arguments),
        Command::Lengths(arguments) => lengths::lengths(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Schema { of } => print(&of.json()).map(|()| ExitCode::SUCCESS),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Identity => variant::Identity::own()
            .and_then(|own| print(&serde_json::to_string(&own)?).map(|()| ExitCode::SUCCESS)),
        // The parent hears from the worker itself what went wrong.
        Command::Worker => return served(load::worker::serve()),
        Command::Bare => return served(load::bare::serve()),
        Command::CrashWriter => return served(crate::experiment::crash::writer::serve()),
        Command::Actor => return served(crate::experiment::serve_actor()),
    };
    result.unwrap_or_else(|error| {
        tell(&format!("error: {}", sentence(&error)));
        match error.downcast_ref::<Interrupted>() {
            Some(interrupted) => ExitCode::from(interrupted.exit_code() as u8),
            None if error.is::<UnknownServer>() || error.is::<Misunderstood>() => {
                ExitCode::from(USAGE)
            }
            None => ExitCode::FAILURE,
        }
    })
}

/// The exit code of a process that speaks on stdin and stdout.
fn served(result: Result<()>) -> ExitCode {
    result.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// The command line of this process. What cannot be understood is told and ends the process.
fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        // The message repeats what was typed, and that may hold a password.
        let redacted = std::env::args_os().map(|argument| redact(&argument.to_string_lossy()));
        Cli::try_parse_from(redacted).err().unwrap_or(error).exit()
    })
}

/// Prints a line on stdout, with colours only on a terminal that wants them. A reader that has seen
/// enough, such as `head`, is no error.
fn print(line: &str) -> Result<()> {
    match writeln!(anstream::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("Cannot write to stdout")
        }
        _ => Ok(()),
    }
}
