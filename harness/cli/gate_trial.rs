//! `contend gate-trial`: how often the gate of a pipeline is wrong, and how much of what got worse it
//! sees, measured on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::compare::{Asked, Basis, Changes, Verdict, compare};
use crate::lab::Interrupt;
use crate::load::hinder::HINDER;
use crate::measure::{Run, store};
use crate::suite::progress::{in_words, tell};

const AFTER_HELP: &str = "\
Makes runs of `contend bench --ci`, one after the other, each a process of its own: so many that are the \
same, and after each of the first of them one in which a subject was made worse by how much is known. Every \
run is compared with the one before it that is the same, as a pipeline does. Runs that are there already \
are not made again, so it can be stopped and goes on where it was.

Examples:
  contend gate-trial --docs README.md
      everything; writes the table into the README, between its marks
  contend gate-trial --hog --out reports/gate-trial-hog
      with somebody else's work beside half of the time
  contend gate-trial --only-table
      of the runs that are there";

/// Between these lines the table stands in a file of documentation.
const BEGIN: &str = "<!-- gate-trial: begin -->";
const END: &str = "<!-- gate-trial: end -->";

/// How long the hog works, and how long it rests: longer than a round lasts, so that it is beside some
/// rounds and not beside others.
const HOG: Duration = Duration::from_secs(10);

/// What `contend gate-trial` takes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Compare so many pairs of runs that are the same
    #[arg(long, value_name = "N", default_value_t = 40)]
    pairs: u32,

    /// Make so many runs of each kind in which a subject is worse
    #[arg(long, value_name = "N", default_value_t = 10)]
    each: u32,

    /// Have a processor busy with something else for half of the time
    #[arg(long)]
    hog: bool,

    /// Keep the runs here
    #[arg(long, value_name = "PATH", default_value = "reports/gate-trial")]
    out: PathBuf,

    /// Write the table into this file, between its marks
    #[arg(long, value_name = "FILE")]
    docs: Option<PathBuf>,

    /// Make no run
    #[arg(long)]
    only_table: bool,

    /// Further options of `contend bench --ci`
    #[arg(last = true)]
    options: Vec<String>,
}

/// What is done to a subject.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Harm {
    name: &'static str,
    words: &'static str,
    how: &'static str,
    /// The share of runs in which it must be noticed, if a target says so.
    target: Option<f64>,
}

const HARMS: [Harm; 5] = [
    Harm {
        name: "slow-5",
        words: "statements 5 % slower",
        how: "slow 0.05",
        target: None,
    },
    Harm {
        name: "slow-10",
        words: "statements 10 % slower",
        how: "slow 0.10",
        target: None,
    },
    Harm {
        name: "slow-20",
        words: "statements 20 % slower",
        how: "slow 0.20",
        target: Some(0.9),
    },
    Harm {
        name: "slow-50",
        words: "statements 50 % slower",
        how: "slow 0.50",
        target: Some(0.9),
    },
    Harm {
        name: "fail-1",
        words: "1 % of statements refused",
        how: "fail 0.01",
        target: Some(0.9),
    },
];

/// The subjects that are harmed in turn, and the settings by which their workers know them.
const HARMED: [(&str, &str); 2] = [
    ("sqlite-wal-full", "sqlite wal full"),
    ("postgres", "postgres on"),
];

/// A run of the trial.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    /// The name of its file.
    name: String,
    /// What is done, and to whom; `None` if nothing.
    harm: Option<(Harm, usize)>,
}

/// Every run, in the order in which they are made: those in which a subject is worse are spread evenly over
/// those that are the same, and each follows the one that it is compared with.
fn steps(pairs: u32, each: u32) -> Vec<Step> {
    let turns = 0..each as usize;
    let worse = turns.flat_map(|turn| HARMS.map(|harm| (harm, turn % HARMED.len())));
    let mut worse: Vec<(Harm, usize)> = worse.collect();
    let (all, same) = (worse.len(), pairs as usize + 1);
    let mut steps = Vec::new();
    for number in 0..same {
        steps.push(Step {
            name: format!("{number:03}-same"),
            harm: None,
        });
        let left = all - all * (number + 1) / same;
        for (turn, harm) in worse.drain(..worse.len() - left).enumerate() {
            let subject = HARMED[harm.1].0;
            steps.push(Step {
                name: format!("{number:03}-{}-{subject}-{turn}", harm.0.name),
                harm: Some(harm),
            });
        }
    }
    steps
}

/// Makes the runs that are missing, and tells what comparing them comes to.
///
/// # Errors
/// If a run cannot be made, read or compared.
pub fn gate_trial(arguments: &Arguments) -> Result<ExitCode> {
    let interrupt = Interrupt::install()?;
    let steps = steps(arguments.pairs, arguments.each);
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("Cannot make {}", arguments.out.display()))?;
    let file = |step: &Step| arguments.out.join(format!("{}.json", step.name));
    if !arguments.only_table {
        let missing: Vec<&Step> = steps.iter().filter(|step| !file(step).exists()).collect();
        let began = Instant::now();
        for (made, step) in missing.iter().enumerate() {
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
                step.name
            ));
            run(arguments, step, &file(step), &interrupt)?;
        }
    }
    let table = table(arguments, &steps, file)?;
    super::print(&table)?;
    if let Some(docs) = &arguments.docs {
        let text = std::fs::read_to_string(docs)
            .with_context(|| format!("Cannot read {}", docs.display()))?;
        let text = between_marks(&text, &table).with_context(|| {
            format!(
                "{} has no lines {BEGIN} and {END}, in this order",
                docs.display()
            )
        })?;
        store::write_atomically(docs, text.as_bytes())
            .with_context(|| format!("Cannot write {}", docs.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes one run in a process of its own, and keeps its file.
fn run(arguments: &Arguments, step: &Step, file: &Path, interrupt: &Interrupt) -> Result<()> {
    let place =
        tempfile::tempdir_in(&arguments.out).context("Cannot make a directory for a run")?;
    let own = std::env::current_exe().context("Cannot find the program's own file")?;
    let mut command = Command::new(own);
    command
        .args(["bench", "--ci", "--out"])
        .arg(place.path())
        .args(&arguments.options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .env_remove(HINDER);
    if let Some((harm, subject)) = step.harm {
        command.env(HINDER, format!("{}: {}", HARMED[subject].1, harm.how));
    }
    let hog = arguments.hog.then(Hog::start);
    let status = command.status().context("Cannot start a run")?;
    drop(hog);
    interrupt.check()?;
    // 4: trials failed, which is a result, too.
    ensure!(
        matches!(status.code(), Some(0 | 4)),
        "The run {} ended with {status}: see what `contend bench --ci` says.",
        step.name
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
        std::thread::spawn(move || {
            let began = Instant::now();
            while !until.load(Ordering::Relaxed) {
                if began.elapsed().as_secs() / HOG.as_secs() % 2 == 1 {
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

/// What comparisons came to that should all come to the same.
#[derive(Debug, Default)]
struct Tally {
    comparisons: usize,
    /// In which anything that decides was called regressed.
    alarms: usize,
    /// Figures that decide.
    figures: usize,
    /// Of them, those that were called changed, for better or worse.
    changed: usize,
}

impl Tally {
    fn add(&mut self, changes: &Changes) {
        self.comparisons += 1;
        self.alarms += usize::from(changes.regressed());
        let deciding = changes.changes.iter().filter(|change| change.gates);
        for change in deciding {
            self.figures += 1;
            let changed = matches!(change.verdict, Verdict::Regressed | Verdict::Improved);
            self.changed += usize::from(changed);
        }
    }

    /// A share with its count, and whether it meets a target.
    fn row(&self, what: &str, good: &str) -> String {
        let percent = |part: usize, all: usize| match all {
            0 => "–".to_owned(),
            all => format!("{:.1} %", part as f64 / all as f64 * 100.0),
        };
        format!(
            "| {what} | {} | {} of {} ({}) | {} of {} ({}) | {good} |",
            self.comparisons,
            self.alarms,
            self.comparisons,
            percent(self.alarms, self.comparisons),
            self.changed,
            self.figures,
            percent(self.changed, self.figures),
        )
    }
}

/// The table, of all runs that are there.
fn table(arguments: &Arguments, steps: &[Step], file: impl Fn(&Step) -> PathBuf) -> Result<String> {
    let asked = Asked::default();
    let mut same: Option<Run> = None;
    let mut null = Tally::default();
    let mut harmed: Vec<Tally> = HARMS.iter().map(|_| Tally::default()).collect();
    let mut first: Option<Run> = None;
    for step in steps.iter().filter(|step| file(step).exists()) {
        let new = store::read(&file(step))?;
        if let Some(base) = &same {
            let changes = compare(base, &new, &asked)?;
            match step.harm {
                None => null.add(&changes),
                Some((harm, _)) => {
                    let place = HARMS.iter().position(|other| *other == harm);
                    harmed[place.unwrap_or_default()].add(&changes);
                }
            }
        }
        if step.harm.is_none() {
            first.get_or_insert_with(|| new.clone());
            same = Some(new);
        }
    }
    let Some(first) = first else {
        bail!("There is no run yet in {}.", arguments.out.display());
    };
    let met = |good: bool| if good { "met" } else { "**missed**" };
    let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    let quiet = share(null.alarms, null.comparisons) <= 0.05;
    let figures = share(null.changed, null.figures) <= 0.01;
    let mut lines = vec![
        format!(
            "Measured from {} on: {}, {} processors, {}, {} rounds of {} points, gate on {}{}.",
            &first.started[..10.min(first.started.len())],
            first.machine.cpu,
            first.machine.cpus,
            first.machine.kernel,
            first.plan.rounds,
            first.plan.points.len(),
            asked
                .gate
                .iter()
                .map(|basis| Basis::plural(*basis))
                .collect::<Vec<_>>()
                .join(" and "),
            if arguments.hog {
                ", with a processor busy with something else for half of the time"
            } else {
                ""
            },
        ),
        String::new(),
        "| what was done | comparisons | called regressed | figures called changed | target |"
            .to_owned(),
        "|---|---|---|---|---|".to_owned(),
        null.row(
            "nothing",
            &format!(
                "at most 5 % of comparisons: {}; at most 1 % of figures: {}",
                met(quiet),
                met(figures)
            ),
        ),
    ];
    for (harm, tally) in HARMS.iter().zip(&harmed) {
        let target = harm.target.map_or("none".to_owned(), |target| {
            let good = share(tally.alarms, tally.comparisons) >= target;
            format!(
                "at least {:.0} % of comparisons: {}",
                target * 100.0,
                met(good)
            )
        });
        lines.push(tally.row(harm.words, &target));
    }
    Ok(lines.join("\n"))
}

/// The text with this between its marks; `None` if it has none.
fn between_marks(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_harm_is_done_as_often_as_asked_and_after_a_run_that_is_the_same() {
        let steps = steps(40, 10);
        assert_eq!(steps.len(), 41 + 50);
        assert!(steps[0].harm.is_none());
        for harm in HARMS {
            let of_it = steps
                .iter()
                .filter(|step| step.harm.is_some_and(|(h, _)| h == harm));
            assert_eq!(of_it.count(), 10, "{}", harm.name);
        }
        let mut names: Vec<&String> = steps.iter().map(|step| &step.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), steps.len());
        // Spread out, so that what the machine does in an hour meets all of them.
        let late = steps[steps.len() / 2..]
            .iter()
            .filter(|step| step.harm.is_some());
        assert!((20..=30).contains(&late.count()));
    }

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb");
        let new = between_marks(&text, "new").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb"));
        assert_eq!(between_marks(&new, "new").unwrap(), new);
        assert_eq!(between_marks("nothing", "new"), None);
    }
}
