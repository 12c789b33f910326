//! What more instances bring.

use std::collections::BTreeMap;

use anyhow::Result;

use super::paired::divide;
use super::series::{CONVERGED, Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Check, Discipline, Measurement, Topology};
use crate::subject::Subject;
use crate::subject::engine::Manner;
use crate::workload::{Tally, counters, increment};

/// Clients in all, where their number stays the same.
pub(super) const TOTAL: u32 = 8;

/// Clients of each instance, where that stays the same.
pub(super) const EACH: u32 = 2;

/// How clients are shared out.
pub(super) const CONSTANT_TOTAL: &str = "8 clients in all";
pub(super) const CONSTANT_EACH: &str = "2 clients each";

/// How instances are placed.
const PROCESSES: &str = "processes";
const THREADS: &str = "threads";
const UNLOCKED: &str = "processes without locks";

/// The figure that instances are compared by.
const GOODPUT: &str = "goodput_per_s";

/// More containers, and one process.
#[derive(Debug)]
pub struct Scaling;

impl Experiment for Scaling {
    fn name(&self) -> &'static str {
        "scaling"
    }

    fn question(&self) -> &'static str {
        "Do more instances bring more goodput, is one process with threads better, and what if the file cannot be locked?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A11", "A17"]
    }

    fn version(&self) -> u32 {
        2
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(39.5),
            Extent::Full => Some(640.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "2 clients in each instance, two and eight instances, and sqlite-delete-full but for the file without locks.".to_owned(),
                "Everything is repeated three times instead of six.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "Careful clients increment one of 1,000 counters in a closed loop, in one statement, from 1, 2, 4 or 8 instances: first 8 clients in all, shared out among them, then 2 clients in each. \
         An instance is a process; beside it, the same clients are threads of one process. A client of SQLite has a connection and a thread of its own either way, and one of PostgreSQL a connection, so that one instance of processes is the same as any number of threads with as many clients. \
         Goodput is divided by that of one instance in the same repeat, and that of several processes by that of the same clients in one process. \
         Without locks (SQLite's unix-none) nobody sees that another writes: a stand-in for a file system that has no locks, tried with a rollback journal only, since a write-ahead log needs them and shared memory. \
         What was acknowledged and is gone, and whether the file is damaged, are the figures there, and void nothing; everywhere else the audit must pass."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("increment".to_owned(), vec![counters::INCREMENT.to_owned()])].into()
    }

    fn views(&self) -> Vec<View> {
        let own = [
            View::of(
                "processes-by-threads",
                "Goodput of processes, as a multiple of the same clients in threads of one process",
                "by_threads",
                Unit::Ratio,
            )
            .panels(&["shared out"])
            .series(&["subject", "instances"])
            .only("placement", PROCESSES)
            .saying("Repeat by repeat."),
            View::of(
                "unlocked",
                "Acknowledged increments lost without locks",
                "share_lost",
                Unit::Share,
            )
            .series(&["placement", "instances"])
            .saying("Where the file is too damaged to tell, there is no figure; the table has those, too."),
        ];
        by_instances().into_iter().chain(own).collect()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let repeats = match lab.extent {
            Extent::Full => 6,
            Extent::Quick | Extent::Short => 3,
        };
        // What is divided is tried one right after the other: the speed of a disk changes within a minute.
        for compared in cases(lab).chunk_by(|one, other| one.subject.name == other.subject.name) {
            lab.series(compared, repeats, &mut findings, more)?;
        }
        let found = &mut findings.observations;
        by_one(found);
        // One process has its clients in threads, whatever their number.
        for (shared_out, by) in [
            (CONSTANT_TOTAL, ("instances", "1")),
            (CONSTANT_EACH, ("placement", THREADS)),
        ] {
            let of = [("placement", PROCESSES), ("shared out", shared_out)];
            divide(found, GOODPUT, &of, &[by], "by_threads");
        }
        Ok(findings)
    }
}

/// Divides goodput by that of one instance in the same repeat.
pub(super) fn by_one(found: &mut [Observation]) {
    for (shared_out, clients) in [(CONSTANT_TOTAL, TOTAL), (CONSTANT_EACH, EACH)] {
        let clients = clients.to_string();
        let one = [("instances", "1"), ("clients", clients.as_str())];
        let of = [("shared out", shared_out)];
        divide(found, GOODPUT, &of, &one, "by_one");
    }
}

/// The charts along the number of instances.
pub(super) fn by_instances() -> Vec<View> {
    let along = |name, title, figure, unit| {
        View::of(name, title, figure, unit)
            .panels(&["placement", "shared out"])
            .along("instances")
    };
    vec![
        along(
            "goodput",
            "Increments per second, by instances",
            GOODPUT,
            Unit::PerSecond,
        )
        .logarithmic()
        .saying("Subjects differ in durability: a write-ahead log and PostgreSQL survive a loss of power, a rollback journal that is deleted does but for the last commit."),
        along(
            "ratio",
            "The same, as a multiple of one instance",
            "by_one",
            Unit::Ratio,
        )
        .saying("Repeat by repeat.")
        .stated(None, 0.0, 1.0, "no more throughput, but less"),
        along(
            "p99",
            "99th percentile of latency",
            "acknowledged_p99_ms",
            Unit::Milliseconds,
        )
        .logarithmic(),
        along(
            "errors",
            "Errors per attempt",
            "errors_per_attempt",
            Unit::Share,
        ),
    ]
}

/// What is tried: each with its instances and clients. In short, as many instances as the document has,
/// and one, on its own subject and on PostgreSQL.
fn cases(lab: &Lab<'_>) -> Vec<Case> {
    let full = lab.extent == Extent::Full;
    let numbers: &[u32] = if full { &[1, 2, 4, 8] } else { &[1, INSTANCES] };
    let try_in = |subject, placement, shared_out, instances| {
        let clients = match shared_out {
            CONSTANT_TOTAL => TOTAL,
            _ => EACH * instances,
        };
        case(subject, placement, (instances, clients)).named("shared out", shared_out)
    };
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(lab.postgres()) {
        if !full && subject.name == UNLOCKED_ON {
            continue;
        }
        for instances in numbers {
            cases.push(try_in(subject, PROCESSES, CONSTANT_TOTAL, *instances));
            if full {
                cases.push(try_in(subject, PROCESSES, CONSTANT_EACH, *instances));
                cases.push(try_in(subject, THREADS, CONSTANT_EACH, *instances));
            }
        }
    }
    let unlocked = lab.sqlite().filter(|subject| subject.name == UNLOCKED_ON);
    for subject in unlocked {
        for instances in numbers.iter().filter(|instances| full || **instances > 1) {
            cases.push(try_in(subject, UNLOCKED, CONSTANT_TOTAL, *instances));
        }
    }
    cases
}

/// The subject that is tried without locks.
const UNLOCKED_ON: &str = "sqlite-delete-full";

fn case(
    subject: &'static Subject,
    placement: &'static str,
    (instances, clients): (u32, u32),
) -> Case {
    let usual = Conduct::of(Discipline::Careful);
    let conduct = Conduct {
        manner: Manner {
            locks: placement != UNLOCKED,
            ..usual.manner.clone()
        },
        ..usual
    };
    let case = Case {
        instances,
        topology: match placement {
            THREADS => Topology::Threads,
            _ => Topology::Processes,
        },
        ..Case::loops(subject, &increment::SPREAD, clients, conduct, CONVERGED)
    };
    case.named("placement", placement)
        .named("instances", instances)
        .named("clients", clients)
}

/// Without locks, turns what the audit found in the file into figures.
fn more(case: &Case, _: &Measurement, seen: Observation) -> Observation {
    if case.conduct.manner.locks {
        return seen;
    }
    let expected = case.workload.expected(Tally::default());
    let of_file: Vec<&str> = expected.iter().map(|expected| expected.what).collect();
    damage(seen, &of_file)
}

/// Whether the file is damaged, and what part of the acknowledged increments is gone, if it can still
/// be told. Checks of the file that failed are these figures, so they do not void it; those of the
/// clients' books do.
fn damage(mut seen: Observation, of_file: &[&str]) -> Observation {
    let checks = &mut seen.audit.checks;
    let integrity = |check: &Check| check.expected == WHOLE;
    let damaged = checks.iter().any(|check| integrity(check) && !check.passed);
    let sum = of_file.first();
    let stored = sum.and_then(|sum| checks.iter().find(|check| check.what == *sum));
    let number = |text: &String| text.parse::<f64>().ok();
    let stored = stored.and_then(|check| number(&check.expected).zip(number(&check.found)));
    checks.retain(|check| {
        check.passed || !integrity(check) && !of_file.contains(&check.what.as_str())
    });
    seen.figures.remove("lost");
    let mut add = |name: &str, figure| seen.figures.insert(name.to_owned(), figure);
    add("damaged", f64::from(u8::from(damaged)));
    if let Some((acknowledged, found)) = stored {
        add("lost", acknowledged - found);
        if acknowledged > 0.0 {
            add("share_lost", (acknowledged - found) / acknowledged);
        }
    }
    seen
}

/// What the check of a file's integrity answers if there is nothing wrong.
const WHOLE: &str = "ok";

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "sum of all counters";

    fn audited(checks: Vec<Check>) -> Observation {
        let mut seen = Observation::default().with("lost", 0.0);
        seen.audit.checks = checks;
        damage(seen, &[STORED])
    }

    #[test]
    fn what_was_lost_without_locks_is_a_figure_and_voids_nothing() {
        let seen = audited(vec![
            Check::text("PRAGMA integrity_check", "ok", "ok"),
            Check::number(STORED, 100, 40),
        ]);
        assert!(!seen.void());
        assert_eq!(seen.figure("lost"), Some(60.0));
        assert_eq!(seen.figure("share_lost"), Some(0.6));
        assert_eq!(seen.figure("damaged"), Some(0.0));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_damaged_and_tells_no_loss() {
        let malformed = "database disk image is malformed (code 11)";
        let seen = audited(vec![
            Check::text("the engine can read its files", "ok", malformed),
            Check::text(STORED, "100", malformed),
        ]);
        assert!(!seen.void());
        assert_eq!(seen.figure("lost"), None);
        assert_eq!(seen.figure("damaged"), Some(1.0));
    }

    #[test]
    fn clients_whose_books_do_not_agree_void_it_all_the_same() {
        let seen = audited(vec![Check::number("clients that reported", 8, 7)]);
        assert!(seen.void());
    }
}
