//! Clients that all write as fast as they can: does each get its share, and how long does the one
//! with the least luck wait?

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::series::{CONVERGED, Case};
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Discipline, Engine, Measurement};
use crate::subject::Subject;
use crate::subject::engine::{Manner, Waiting};
use crate::workload::counters::INCREMENT;
use crate::workload::increment;

/// How often each is tried: the least that decides a claim.
const REPEATS: u32 = 3;

/// Long enough to see somebody wait for a lock in vain, whose timeout is 5 s, and try again.
const BEYOND_TIMEOUTS: Duration = Duration::from_secs(12);

/// Each client has its share, or has not.
#[derive(Debug)]
pub struct Fairness;

/// How clients of this engine may wait, by name.
fn handlers(subject: &Subject) -> &'static [(&'static str, Waiting)] {
    match subject.engine() {
        Engine::Sqlite => &[
            ("stock busy handler", Waiting::Stock),
            ("constant 1 ms", Waiting::Constant),
        ],
        _ => &[("the server's queue", Waiting::Stock)],
    }
}

fn case(
    subject: &'static Subject,
    (name, waiting): (&str, Waiting),
    clients: u32,
    stretch: Duration,
) -> Case {
    let careful = Conduct::of(Discipline::Careful);
    let conduct = Conduct {
        manner: Manner {
            waiting,
            ..careful.manner.clone()
        },
        ..careful
    };
    let case = Case {
        // Each in a process of its own, so that none waits for another but at the database.
        instances: clients,
        warm_up: Duration::from_millis(200),
        ..Case::loops(subject, &increment::HOT, clients, conduct, stretch)
    };
    case.named("waiting", name).named("clients", clients)
}

impl Experiment for Fairness {
    fn name(&self) -> &'static str {
        "fairness"
    }

    fn question(&self) -> &'static str {
        "If ten clients write as fast as they can, does each get its share, and how long does the one with the least luck wait?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A16", "A18", "A19"]
    }

    fn version(&self) -> u32 {
        2
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(15.8),
            Extent::Full => Some(560.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let always = "PostgreSQL with 100 clients: a server out of the box holds fewer.";
        let unless_full = [
            "50 and 100 clients.",
            "SQLite with a rollback journal, and the busy handler that sleeps for 1 ms each time.",
            "Stretches of 12 s, beyond two lock timeouts: in 2 s nobody can be seen to wait longer, or give up.",
        ];
        let left_out: &[&str] = match extent {
            Extent::Full => &[always],
            _ => &unless_full,
        };
        left_out.iter().map(|&words| words.to_owned()).collect()
    }

    fn method(&self) -> &'static str {
        "Clients, each in a process of its own, add one to the same counter in a loop: one statement, a transaction of its own, with a lock timeout of 5 s, tried again after an error. \
         Counted are each client's acknowledged increments within the stretch, and the longest that an increment took, be it acknowledged or given up; one that the end of the stretch caught is waited for. \
         On SQLite who finds the file locked sleeps and asks again: the handler that comes with it ever less often, up to every 100 ms, the constant one every millisecond. PostgreSQL queues those who want a row that is locked. \
         The share of the least lucky client is its increments over those of the luckiest."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let sql = vec![INCREMENT.to_owned()];
        [("increment".to_owned(), sql)].into()
    }

    fn views(&self) -> Vec<View> {
        let rows = ["subject", "waiting"];
        vec![
            View::of(
                "share",
                "What the least lucky client gets of what the luckiest gets",
                "fewest_to_most",
                Unit::Share,
            )
            .saying("Acknowledged increments in the same stretch. With all waiting in turn it would be near 100 %.")
            .panels(&["clients"])
            .series(&rows),
            View::of(
                "longest-wait",
                "The longest that an increment took",
                "settled_ms",
                Unit::Milliseconds,
            )
            .saying("Of any client, acknowledged or given up.")
            .panels(&["clients"])
            .series(&rows)
            .logarithmic(),
            View::of(
                "goodput",
                "Increments of all clients together",
                "goodput_per_s",
                Unit::PerSecond,
            )
            .saying("What fairness costs or brings, at the same durability: every commit waits for the disk.")
            .panels(&["clients"])
            .series(&rows),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let (numbers, stretch): (&[u32], _) = match lab.extent {
            Extent::Full => (&[10, 50, 100], BEYOND_TIMEOUTS),
            _ => (&[10], CONVERGED),
        };
        let subjects = lab
            .sqlite()
            .filter(|subject| lab.extent == Extent::Full || subject.name == "sqlite-wal-full")
            .chain(lab.postgres());
        let mut cases = Vec::new();
        for subject in subjects {
            let tried = |handler: &&(&str, Waiting)| {
                lab.extent == Extent::Full || handler.1 == Waiting::Stock
            };
            for handler in handlers(subject).iter().filter(tried) {
                let held = |clients: &&u32| {
                    subject.engine() == Engine::Sqlite || **clients <= super::CLIENTS
                };
                let cases_of = numbers.iter().filter(held);
                cases.extend(cases_of.map(|clients| case(subject, *handler, *clients, stretch)));
            }
        }
        let mut findings = Findings::default();
        lab.series(&cases, REPEATS, &mut findings, |_, measurement, seen| {
            with_share(measurement, seen)
        })?;
        Ok(findings)
    }
}

/// What the least lucky client got of what the luckiest got; nothing if nobody got anything.
fn with_share(measurement: &Measurement, seen: Observation) -> Observation {
    let (fewest, most) = measurement.fairness();
    match most {
        0 => seen,
        most => seen.with("fewest_to_most", fewest as f64 / most as f64),
    }
}
