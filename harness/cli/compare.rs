//! `contend compare`: what changed from one run to another, and whether it is worse.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};

use super::list::{self, List};
use super::{NOT_COMPARABLE, REGRESSED, past, results};
use crate::compare::{
    Asked, Basis, Changes, NOTHING_DECIDES, NotComparable, PastRuns, compare_among, junit,
    markdown, terminal,
};
use crate::measure::Run;
use crate::measure::store::{self, ReadError};
use crate::suite::progress::tell;

const AFTER_HELP: &str = "\
Every figure that both runs have is regressed, improved, without a difference (~) or inconclusive, and \
stands on one of three things:

  counts  no clock measured them: audits, losses, syncs and statements per commit, errors, attempts,
          verdicts on claims. What a commit costs and what is lost holds on every machine, and how
          often clients are in each other's way on one about as fast
  ratios  goodput and latency beside what the other subjects did in the same rounds: what slowed the
          machine down cancels
  times   goodput and latency by themselves. They differ between two runs of the very same thing by
          what the machine did that day, on a noisy one by a fifth

So counts and ratios decide the exit code, and times are shown beside them. But runs of the same thing \
differ most in 99th percentiles, in fairness, and where commits wait for a disk in goodput over all points, \
whatever those stand on: from one run to another they are shown, and decide only with --history, of 5 runs besides the two. Times and ratios of fewer \
than 6 rounds are inconclusive, and so is what varies too much to have seen a change by a fifth, or may have \
changed by one. A change counts if it is told from chance over all figures that stand on the same thing (one false \
alarm in a hundred comparisons for each of the three, however many figures, if nothing varied but rounds; whole \
runs do, too), and from --floor on. A lost update, or any audit that fails and did not before, is a regression whatever the noise. So is a claim of the documents that was supported and is contradicted, \
whatever it says of a database: what rests on it is to be looked at.

Runs of the same points with the same settings can be compared. What differs otherwise (machine, \
versions) is warned of.

With --history two things are learnt from past runs of the same thing, figure by figure. From 5 of them on, how much runs differ anyway, from the median difference of successive ones: what differs no more than that has not changed, and the rest says how large that noise is. From 10 runs on, base and new among them, where levels begin (E-divisive with random orders; Matteson and James, 2014): whether the new run is on a level that began with an earlier one, shows a step that the next run has to confirm, or one run was a spike. With 10 past runs or more, times are worth deciding by: --gate counts,ratios,times.

Exit codes:
  0  no regression; inconclusive is no regression, unless --strict is given
  1  it could not be done, for example because there is no base yet: see --first-run-ok
  2  the command line was not understood
  3  regressed: something that decides became worse; with --strict also if something that decides is
     inconclusive, or the base has something that the new run has not
  4  the runs cannot be compared, or nothing that decides is in both; stderr says why

Examples:
  contend bench --out baseline
      makes a base: keep baseline/run.json
  contend compare baseline/run.json reports/run.json
      what changed since
  contend compare base.json new.json --format markdown >> \"$GITHUB_STEP_SUMMARY\"
      for a job or a comment on a pull request
  contend compare base.json new.json --out changes --first-run-ok
      changes.md, changes.json and changes.junit.xml, for a job that may be the first
  contend compare base.json reports/run.json --history reports
      in the light of every run that reports/runs keeps
  contend compare base.json new.json --gate counts,ratios,times --floor 20
      times decide as well, for a quiet machine, and only from a fifth on";

/// What `contend compare` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The run file compared with
    base: PathBuf,

    /// The run file that is judged
    new: PathBuf,

    /// Succeed if there is no base to compare with yet
    #[arg(long)]
    first_run_ok: bool,

    /// Ask the past runs in this folder, and in runs/ in it: how much runs differ anyway, and whether
    /// what changed did so earlier
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,

    /// What decides whether there is a regression, separated by commas: counts, ratios, times
    #[arg(long, value_name = "NAMES", default_value = "counts,ratios", value_parser = list::bases)]
    gate: List<Basis>,

    #[command(flatten)]
    judging: Judging,

    /// Write changes.md, changes.json and changes.junit.xml here, as well
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// How changes are judged and told.
#[derive(Args)]
pub struct Judging {
    /// The smallest change that counts, in per cent; of shares, a tenth of it in percentage points
    #[arg(long, value_name = "P", default_value_t = 5.0, value_parser = list::floor)]
    floor: f64,

    /// Fail if anything that decides is inconclusive or only in the base, too
    #[arg(long)]
    strict: bool,

    /// List every figure on the terminal, and not only what changed or may have
    #[arg(long)]
    all: bool,

    /// Print the changes in this format
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Format::Terminal)]
    format: Format,
}

/// How changes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text, with colours on a terminal
    Terminal,
    /// A comment on a pull request
    Markdown,
    /// For programs; `contend schema changes` describes it
    Json,
    /// A test report: a failure for each regression, and with --strict for what is not known
    Junit,
}

/// Compares two runs and prints what changed.
///
/// # Errors
/// If a run file cannot be read or results not be written.
pub fn compare_runs(arguments: &Arguments) -> Result<ExitCode> {
    if let Some(out) = &arguments.out {
        results::check_output(out)?;
        remove_older(out)?;
    }
    let new = match store::read(&arguments.new) {
        Ok(run) => run,
        Err(error) => return unreadable(error),
    };
    // That is no matter of comparing: something broke, and it is no base for later runs either.
    ensure!(
        new.trials.iter().any(|trial| trial.measurement().is_some()),
        "The new run ({}) holds no trial that was measured, so nothing is known of it: see what failed in its report.",
        new.id
    );
    if !arguments.base.exists() {
        let sentence = no_base(&arguments.base);
        if arguments.first_run_ok {
            tell(&format!("note: {sentence}"));
            return Ok(ExitCode::SUCCESS);
        }
        bail!(sentence);
    }
    let base = match store::read(&arguments.base) {
        Ok(run) => run,
        Err(error) => return unreadable(error),
    };
    let past = arguments
        .history
        .as_ref()
        .map(|folder| past::asked(folder, arguments.first_run_ok));
    let past = past.transpose()?.flatten();
    let gate = arguments.gate.0.clone();
    let out = arguments.out.as_deref();
    arguments
        .judging
        .tell([&base, &new], past.as_ref(), gate, out)
}

impl Judging {
    /// Compares two runs, in the light of past ones, prints what changed and writes it into `out`; the
    /// exit code.
    ///
    /// # Errors
    /// If it cannot be printed or written.
    pub fn tell(
        &self,
        [base, new]: [&Run; 2],
        past: Option<&PastRuns>,
        gate: Vec<Basis>,
        out: Option<&Path>,
    ) -> Result<ExitCode> {
        let floor = self.floor / 100.0;
        let changes = match compare_among(base, new, past, &Asked { gate, floor }) {
            Ok(changes) => changes,
            Err(differences) => return Ok(not_comparable(&differences)),
        };
        super::print(self.formatted(&changes)?.trim_end())?;
        if let Some(out) = out {
            write(&changes, self.strict, out)?;
        }
        if !changes.decides() {
            tell(&format!(
                "error: {NOTHING_DECIDES}: let more decide (--gate counts,ratios,times), or measure more in both."
            ));
            return Ok(ExitCode::from(NOT_COMPARABLE));
        }
        Ok(
            match changes.regressed() || (self.strict && changes.undecided()) {
                true => ExitCode::from(REGRESSED),
                false => ExitCode::SUCCESS,
            },
        )
    }

    fn formatted(&self, changes: &Changes) -> Result<String> {
        Ok(match self.format {
            Format::Terminal => terminal::text(changes, self.all),
            Format::Markdown => markdown::text(changes),
            Format::Json => changes.json(),
            Format::Junit => junit::text(changes, self.strict)?,
        })
    }
}

/// What is written with `--out`.
const FILES: [&str; 3] = ["changes.md", "changes.json", "changes.junit.xml"];

/// Removes what an earlier comparison wrote: whoever reads it after this one failed must not take it for news.
pub(super) fn remove_older(out: &Path) -> Result<()> {
    for path in FILES.map(|name| out.join(name)) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("Cannot replace {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes every file, each whole or not at all, once all of them are made.
fn write(changes: &Changes, strict: bool, out: &Path) -> Result<()> {
    let contents = [
        markdown::text(changes),
        changes.json(),
        junit::text(changes, strict)?,
    ];
    for (name, content) in FILES.iter().zip(contents) {
        let path = out.join(name);
        store::write_atomically(&path, content.as_bytes())
            .with_context(|| format!("Cannot write {}", path.display()))?;
        tell(&format!("Wrote {}", path.display()));
    }
    Ok(())
}

pub(super) fn no_base(path: &Path) -> String {
    format!(
        "There is no run to compare with at {}: make one with `contend bench --out baseline` and copy \
         baseline/run.json there.",
        path.display()
    )
}

/// A run of another schema is one that cannot be compared; anything else could not be read.
fn unreadable(error: ReadError) -> Result<ExitCode> {
    match error {
        ReadError::OtherSchema { .. } => {
            tell(&format!("error: {error}"));
            Ok(ExitCode::from(NOT_COMPARABLE))
        }
        error => Err(error.into()),
    }
}

/// Tells how two runs differ that cannot be compared; the exit code.
pub(super) fn not_comparable(differences: &NotComparable) -> ExitCode {
    // On a terminal a space is a space, for who searches.
    tell(&format!("error: {differences}").replace('\u{a0}', " "));
    ExitCode::from(NOT_COMPARABLE)
}
