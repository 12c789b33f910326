//! Faults under load: what clients see of them, what is lost, and how long until goodput is back.

mod fault;
mod recovery;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::observe::observation;
use super::series::{Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::lab::{CannotLimit, Interrupted, sentence};
use crate::load::pace::Pace;
use crate::load::style::Style;
use crate::load::system::App;
use crate::load::trial::Scene;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Engine, Measurement, Provision, Topology};
use crate::subject::Subject;
use crate::workload::api;
use fault::{Fault, Times};
use recovery::recovery;

/// How many increments arrive per second.
const RATE: f64 = 100.0;

/// How many requests may be under way at once; what arrives beyond that waits at the client.
const CLIENTS: u32 = 32;

/// How many parts of the stretch are one point of the chart.
const PARTS_OF_A_POINT: usize = 2;

/// Faults under load.
#[derive(Debug)]
pub struct Faults;

/// How long a trial is, and what happens when.
#[derive(Debug, Clone, Copy)]
struct Length {
    stretch: Duration,
    times: Times,
}

/// How often every condition is tried.
fn repeats(extent: Extent) -> u32 {
    match extent {
        Extent::Quick | Extent::Short => 1,
        Extent::Full => 3,
    }
}

impl Length {
    fn of(extent: Extent, fault: Fault, engine: Engine) -> Length {
        match extent {
            Extent::Quick | Extent::Short => Length {
                stretch: match (fault, engine) {
                    // Which may take a second or two until it is there again.
                    (Fault::ServerKilled, _) | (Fault::DiskFull, Engine::Postgres) => {
                        Duration::from_millis(4_500)
                    }
                    _ => Duration::from_millis(2_500),
                },
                times: Times {
                    fault: Duration::from_millis(500),
                    undone: Duration::from_millis(1_250),
                },
            },
            // Longer than the app waits for a lock.
            Extent::Full => Length {
                stretch: Duration::from_secs(20),
                times: Times {
                    fault: Duration::from_secs(4),
                    undone: Duration::from_secs(12),
                },
            },
        }
    }
}

/// Which subjects are struck.
fn subjects(lab: &Lab<'_>, findings: &mut Findings) -> Vec<&'static Subject> {
    let postgres = lab.postgres_behind_app().unwrap_or_else(|why| {
        findings.left_out.push(why);
        None
    });
    let sqlite = lab
        .sqlite()
        .filter(|subject| lab.extent == Extent::Full || subject.name == "sqlite-wal-full");
    sqlite.chain(postgres).collect()
}

/// Why a fault does not befall an engine, if it does not.
fn spared(fault: Fault, engine: Engine, lab: &Lab<'_>) -> Option<String> {
    let what = match (fault, engine) {
        (Fault::ServerKilled, _) => "Killing the PostgreSQL server",
        (Fault::DiskFull, Engine::Postgres) => "A full disk under the PostgreSQL server",
        _ => return None,
    };
    let provision = lab.server.map(|server| server.info().provision);
    (provision == Some(Provision::Url)).then(|| {
        format!(
            "{what}: it was given by its URL, and no harm is done but to one that the run made itself."
        )
    })
}

fn case(subject: &'static Subject, fault: Fault, topology: Topology, length: Length) -> Case {
    let app = App {
        // An increment is one statement: the lock is free most of the time.
        hold: Duration::ZERO,
        ..App::of(Style::Careful)
    };
    let conduct = app.conduct();
    let mut case = Case::loops(subject, &api::INCREMENT, CLIENTS, conduct, length.stretch);
    case.conduct.pace = Some(Pace::steady(RATE));
    let engine = subject.engine();
    let strike = move |scene: &Scene<'_>| fault.strike(engine, length.times, scene);
    Case {
        app,
        topology,
        instances: INSTANCES,
        during: Some(Rc::new(strike)),
        warm_up: Duration::from_millis(200),
        ..case
    }
    .named("fault", fault.name())
    .named("system", topology)
}

/// What a trial shows: all of it, and its course.
fn seen(case: &Case, measurement: &Measurement, times: Times, repeat: u32) -> Vec<Observation> {
    let parts = &measurement.committed_over_time;
    let part = measurement.seconds / parts.len() as f64;
    let fault = times.fault.as_secs_f64();
    let recovery = recovery(parts, part, fault, RATE);
    let whole = observation(case, repeat, measurement);
    let under = |phase: &str| {
        let mut seen = whole.clone();
        seen.conditions.insert("phase".to_owned(), phase.to_owned());
        seen
    };
    let mut all = under("all").with("longest_gap_ms", recovery.gap * 1e3);
    if let Some(back) = recovery.back {
        all = all.with("back_ms", back * 1e3);
    }
    if let Some(offered) = measurement.offered {
        all = all
            .with("arrived", offered.due as f64)
            .with("skipped", offered.skipped as f64);
    }
    let course = parts.chunks(PARTS_OF_A_POINT).enumerate();
    let course = course.map(|(index, together)| {
        let length = together.len() as f64 * part;
        let middle = index as f64 * PARTS_OF_A_POINT as f64 * part + length / 2.0;
        let acknowledged: u64 = together.iter().sum();
        let mut seen = Observation {
            figures: BTreeMap::new(),
            latencies: BTreeMap::new(),
            ..under("over time")
        };
        seen.conditions
            .insert("second".to_owned(), format!("{middle:.2}"));
        seen.with("goodput_per_s", acknowledged as f64 / length)
    });
    std::iter::once(all).chain(course).collect()
}

impl Experiment for Faults {
    fn name(&self) -> &'static str {
        "faults"
    }

    fn question(&self) -> &'static str {
        "If an instance is killed or paused, PostgreSQL is killed, or the disk is full, what do clients see, is anything lost, and how long until goodput is back?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &[]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(33.0),
            Extent::Full => Some(930.0),
        }
    }

    fn by_default(&self) -> bool {
        false
    }

    fn version(&self) -> u32 {
        2
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let sentences: &[&str] = match extent {
            Extent::Full => &[],
            Extent::Quick | Extent::Short => &[
                "A fault lasts 0.75 s instead of 8 s, which is shorter than any wait for a lock may be, and each is tried once instead of three times.",
                "An instance that is paused without the lock, and sqlite-delete-full.",
            ],
        };
        sentences.iter().map(|words| (*words).to_owned()).collect()
    }

    fn method(&self) -> &'static str {
        "Four instances of the app increment one counter as careful clients do, in one statement, with a lock timeout of 5 s and eight connections each. 100 increments arrive per second, evenly spaced, whether anything is answered or not; up to 32 are under way at once, others wait at the client, and latency counts from the moment they arrived. A load balancer shares them out among containers; local processes are asked in turn, so that who meets one that does not answer is stuck with it. \
         Something breaks, and later it is undone: 0.5 s after the beginning and 0.75 s after that in the short form, 4 s and 8 s in full. One instance is killed with SIGKILL, and started again; or it is stopped in its tracks, and goes on; or the same while it is in the middle of a transaction that holds the lock, which it has taken 0.2 s before. Or PostgreSQL is killed, every process of it, and started again at once. \
         The disk is full as far as a limit on the length of files (RLIMIT_FSIZE, set on instances that run) goes: none of them can write beyond the first 4,096 bytes of any file, so that no log and no journal takes another page. SQLite then says SQLITE_IOERR where a full disk would make it say SQLITE_FULL, and pages of the database that are there already cannot be written either. \
         On PostgreSQL the limit is set on every process of the server, which ends when it cannot write its log, as on a disk that is full; it is started again when the limit is gone. \
         What was acknowledged must be in the counter when all have ended, and what is in it beyond that must be requests whose answer was lost: they are unknown, not failed. A trial for which that does not hold is void. \
         The longest gap is the longest stretch in which nothing was acknowledged. Goodput is back for good from the moment from which on any fifth of the stretch has at least nine tenths of what arrives in it. Both are as fine as a fiftieth of the stretch, and so is the chart as a twenty-fifth."
    }

    fn views(&self) -> Vec<View> {
        let all = |view: View| view.only("phase", "all").panels(&["fault"]);
        vec![
            View::of(
                "goodput",
                "Increments acknowledged per second, over time",
                "goodput_per_s",
                Unit::PerSecond,
            )
            .only("phase", "over time")
            .panels(&["fault"])
            .along("second")
            .saying("100 arrive per second. Something breaks after 0.5 s and is undone 0.75 s later; in full, after 4 s and 8 s later. The median of the repeats."),
            all(View::of(
                "back",
                "From the fault until goodput is back",
                "back_ms",
                Unit::Milliseconds,
            ))
            .saying("At nine tenths of what arrives, and for good. No mark: it was not back at the end."),
            all(View::of(
                "gap",
                "Longest stretch without an increment acknowledged",
                "longest_gap_ms",
                Unit::Milliseconds,
            )),
            all(View::of(
                "failed",
                "Requests that fail",
                "share_given_up",
                Unit::Share,
            ))
            .saying("Answered with an error, refused, or never answered: of the last it is not known whether they are stored."),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let subjects = subjects(lab, &mut findings);
        let mut cases: Vec<(Length, Case)> = Vec::new();
        for fault in Fault::ALL {
            if fault == Fault::Paused && lab.extent != Extent::Full {
                continue;
            }
            for subject in &subjects {
                let engine = subject.engine();
                if !fault.befalls(engine) {
                    continue;
                }
                match spared(fault, engine, lab) {
                    Some(why) => findings.left_out.push(why),
                    None => {
                        let length = Length::of(lab.extent, fault, engine);
                        cases.push((length, case(subject, fault, lab.app(), length)));
                    }
                }
            }
        }
        for repeat in 1..=repeats(lab.extent) {
            for (length, case) in &cases {
                lab.check()?;
                match lab.trial(case, repeat) {
                    Ok(measurement) => {
                        let seen = seen(case, &measurement, length.times, repeat);
                        findings.observations.extend(seen);
                    }
                    Err(error) if error.is::<Interrupted>() => return Err(error),
                    Err(error) if error.is::<CannotLimit>() => {
                        let why = format!("{}: {}", case.words(), sentence(&error));
                        if !findings.left_out.contains(&why) {
                            findings.left_out.push(why);
                        }
                    }
                    Err(error) => findings.fail(&case.words(), &error),
                }
            }
        }
        Ok(findings)
    }
}
