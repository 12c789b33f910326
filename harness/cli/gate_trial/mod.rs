//! `contend gate-trial`: how often the gate of a pipeline is wrong, and how much of what got worse it
//! sees, measured on this machine.

mod found;
mod plan;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::lab::Interrupt;
use crate::measure::store;
use crate::suite::progress::{in_words, tell};
use found::Found;
use plan::{Planned, plan};

const AFTER_HELP: &str = "\
Makes runs of `contend bench --ci`, one after the other, each a process of its own, and compares each with \
the one before it, as a pipeline does. In all but the first, copies of subjects that were made worse by how \
much is known are measured in the same rounds: in place of those they are copies of, they make runs in which \
a subject is worse, which are compared with the run before as well. Runs that are there already are not \
made again, so it can be stopped and goes on where it was.

Examples:
  contend gate-trial --docs README.md
      everything; writes the tables into the README, between its marks
  contend gate-trial --hog --docs README.md
      with somebody else's work beside half of the time
  contend gate-trial --only-table
      of the runs that are there";

/// Between these lines the tables stand in a file of documentation; with a hog between others.
fn marks(hog: bool) -> [String; 2] {
    let hog = if hog { " with a hog" } else { "" };
    ["begin", "end"].map(|mark| format!("<!-- gate-trial{hog}: {mark} -->"))
}

/// How long the hog works, and how long it rests: longer than a round lasts, so that it is beside some
/// rounds and not beside others.
const HOG: Duration = Duration::from_secs(10);

/// What `contend gate-trial` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Compare so many pairs of runs that are the same
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,

    /// Measure so many copies of each kind that are worse
    #[arg(long, value_name = "N", default_value_t = 10)]
    each: u32,

    /// Have a processor busy with something else for half of the time
    #[arg(long)]
    hog: bool,

    /// Keep the runs here [default: reports/gate-trial, with --hog reports/gate-trial-hog]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,

    /// Write the tables into this file, between its marks
    #[arg(long, value_name = "FILE")]
    docs: Option<PathBuf>,

    /// Make no run
    #[arg(long)]
    only_table: bool,
}

impl Arguments {
    /// Where the runs are kept. Those that were made beside a hog never lie among the others.
    fn out(&self) -> PathBuf {
        let usual = if self.hog {
            "reports/gate-trial-hog"
        } else {
            "reports/gate-trial"
        };
        self.out.clone().unwrap_or_else(|| usual.into())
    }
}

/// Makes the runs that are missing, and tells what comparing them comes to.
///
/// # Errors
/// If a run cannot be made, read or compared.
pub fn gate_trial(arguments: &Arguments) -> Result<ExitCode> {
    ensure!(
        arguments.each <= 2 * arguments.pairs,
        "A run has each copy once, of two subjects: give at most --each {} with --pairs {}.",
        2 * arguments.pairs,
        arguments.pairs
    );
    let interrupt = Interrupt::install()?;
    let all = plan(arguments.pairs, arguments.each);
    let out = arguments.out();
    if let Some(docs) = &arguments.docs {
        // Before hours are spent on what cannot be written.
        documented(docs, arguments.hog, "")?;
    }
    std::fs::create_dir_all(&out).with_context(|| format!("Cannot make {}", out.display()))?;
    let file = |planned: &Planned| out.join(format!("{}.json", planned.name));
    if !arguments.only_table {
        let missing: Vec<&Planned> = all
            .iter()
            .filter(|planned| !file(planned).exists())
            .collect();
        let began = Instant::now();
        for (made, planned) in missing.iter().enumerate() {
            let left = began
                .elapsed()
                .mul_f64((missing.len() - made) as f64 / made.max(1) as f64);
            let left = if made == 0 {
                String::new()
            } else {
                format!("; {} left", in_words(left))
            };
            tell(&format!(
                "run {} of {}: {}{left}",
                made + 1,
                missing.len(),
                planned.name
            ));
            run(arguments, planned, &file(planned), &interrupt)?;
        }
    }
    let Some(found) = Found::of(all.iter().map(file))? else {
        bail!("There is no run yet in {}.", out.display());
    };
    let tables = found.markdown(arguments.hog);
    super::print(&tables)?;
    if let Some(docs) = &arguments.docs {
        let text = documented(docs, arguments.hog, &tables)?;
        store::write_atomically(docs, text.as_bytes())
            .with_context(|| format!("Cannot write {}", docs.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes one run in a process of its own, and keeps its file.
fn run(arguments: &Arguments, planned: &Planned, file: &Path, interrupt: &Interrupt) -> Result<()> {
    let place =
        tempfile::tempdir_in(arguments.out()).context("Cannot make a directory for a run")?;
    let own = std::env::current_exe().context("Cannot find the program's own file")?;
    let mut command = Command::new(own);
    command
        .args(["bench", "--ci", "--out"])
        .arg(place.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !planned.copies.is_empty() {
        command.args(["--worse", &planned.copies.join(",")]);
    }
    let hog = arguments.hog.then(Hog::start);
    let status = command.status().context("Cannot start a run")?;
    drop(hog);
    interrupt.check()?;
    // 4: trials failed, which is a result, too.
    ensure!(
        matches!(status.code(), Some(0 | 4)),
        "The run {} ended with {status}: see what `contend bench --ci` says.",
        planned.name
    );
    std::fs::rename(place.path().join("run.json"), file)
        .with_context(|| format!("Cannot keep {}", file.display()))
}

/// A processor that is busy for half of the time, until it is dropped.
struct Hog(Arc<AtomicBool>);

impl Hog {
    fn start() -> Hog {
        let end = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&end);
        // Runs that are compared are not busy in the same rounds.
        let ahead = HOG.mul_f64(2.0 * rand::random::<f64>());
        std::thread::spawn(move || {
            let began = Instant::now();
            while !until.load(Ordering::Relaxed) {
                let since = began.elapsed() + ahead;
                if since.as_secs() / HOG.as_secs() % 2 == 1 {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        });
        Hog(end)
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a file of documentation says with these tables between its marks.
///
/// # Errors
/// If it cannot be read or has no marks.
fn documented(docs: &Path, hog: bool, tables: &str) -> Result<String> {
    let text =
        std::fs::read_to_string(docs).with_context(|| format!("Cannot read {}", docs.display()))?;
    let marks = marks(hog);
    between_marks(&text, &marks, tables).with_context(|| {
        let [begin, end] = &marks;
        format!(
            "{} has no lines {begin} and {end}, in this order",
            docs.display()
        )
    })
}

/// The text with this between its marks; `None` if it has none.
fn between_marks(text: &str, [begin, end]: &[String; 2], tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{tables}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_the_place_of_those_before_and_leave_others_alone() {
        let [hog, plain] = [true, false].map(marks);
        let between =
            |[begin, end]: &[String; 2], what: &str| format!("{begin}\n\n{what}\n\n{end}");
        let with = |quiet: &str, busy: &str| {
            format!(
                "a\n{}\nb\n{}\nc",
                between(&plain, quiet),
                between(&hog, busy)
            )
        };
        let text = with("old", "old");
        let text = between_marks(&text, &plain, "new").unwrap();
        assert_eq!(text, with("new", "old"));
        let text = between_marks(&text, &hog, "newer").unwrap();
        assert_eq!(text, with("new", "newer"));
        assert_eq!(between_marks("nothing", &plain, "new"), None);
    }
}
