//! More requests than the app can serve, and then fewer again: whether it recovers.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::observe::observation;
use super::series::{CONVERGED, Case};
use super::{Experiment, Findings, Lab};
use crate::lab::Interrupted;
use crate::load::pace::{Pace, Phase};
use crate::load::style::Style;
use crate::load::system::App;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Measurement, Topology};
use crate::subject::Subject;
use crate::workload::api;

/// What arrives, as a multiple of the capacity that was measured, phase by phase.
const FACTORS: [f64; 5] = [0.5, 0.9, 1.2, 2.0, 0.5];

/// Which of them is the overload.
const PEAK: usize = 3;

/// How much longer the last phase is than each of the others.
const AFTERWARDS: f64 = 3.0;

/// How many requests are sent at once where the capacity is measured.
const CLOSED: u32 = 32;

/// How many requests may be under way at once in the open loop; what arrives beyond that waits at the
/// client, and its wait counts.
const OPEN: u32 = 400;

/// The document's own lock timeout, and one short enough that somebody waits in vain, in milliseconds.
const DOCUMENT_MS: u32 = 5_000;
const IMPATIENT_MS: u32 = 100;

/// How often every condition is tried.
const REPEATS: u32 = 3;

/// Overload, and what follows it.
#[derive(Debug)]
pub struct Overload;

/// A way in which the app tries again.
#[derive(Debug, Clone, Copy)]
struct Way {
    subject: &'static Subject,
    /// Whether it tries again as the document does, after 1, 2 and 4 s.
    retries: bool,
    /// How long it waits for a lock.
    timeout_ms: u32,
}

impl Way {
    fn made(self, extent: Extent) -> bool {
        match extent {
            Extent::Quick => false,
            // A short overload is over before anybody has waited for five seconds.
            Extent::Short => match self.subject.name {
                "sqlite-wal-full" => self.timeout_ms == IMPATIENT_MS,
                "postgres" => self.timeout_ms == IMPATIENT_MS && self.retries,
                _ => false,
            },
            Extent::Full => true,
        }
    }

    fn app(self) -> App {
        App {
            retries: (!self.retries).then_some(0),
            lock_timeout_ms: self.timeout_ms,
            ..App::of(Style::AsIntended)
        }
    }

    /// The same, but nobody tries again.
    fn without_retries(self) -> Way {
        Way {
            retries: false,
            ..self
        }
    }

    /// Clients in a closed loop.
    fn closed(self, topology: Topology, phase: Duration) -> Case {
        let app = self.app();
        let case = Case::loops(self.subject, &api::INCREMENT, CLOSED, app.conduct(), phase);
        Case {
            app,
            topology,
            may_lose: true,
            warm_up: Duration::from_millis(300),
            ..case
        }
        .named("retries", if self.retries { "3" } else { "0" })
        .named("timeout_ms", self.timeout_ms)
        .named("system", topology)
    }

    /// Requests that arrive whether anything is answered or not.
    fn open(self, topology: Topology, phase: Duration, capacity: f64) -> Case {
        let seconds = phase.as_secs_f64();
        let last = FACTORS.len() - 1;
        let phases = FACTORS.iter().enumerate().map(|(index, factor)| Phase {
            seconds: if index == last {
                seconds * AFTERWARDS
            } else {
                seconds
            },
            rate_per_s: factor * capacity,
        });
        let mut case = self.closed(topology, phase);
        case.clients = OPEN;
        case.stretch = phase.mul_f64(last as f64 + AFTERWARDS);
        case.conduct.pace = Some(Pace::phases(phases.collect()));
        case
    }
}

impl Experiment for Overload {
    fn name(&self) -> &'static str {
        "overload"
    }

    fn question(&self) -> &'static str {
        "If more requests arrive than the app can serve, does it recover when they become fewer, after how long, and what do retries add?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A15", "A16", "A18"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(155.0),
            Extent::Full => Some(1_200.0),
        }
    }

    fn by_default(&self) -> bool {
        false
    }

    fn version(&self) -> u32 {
        3
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "A phase lasts 2 s instead of 5 s, and the last one three times as long.".to_owned(),
                "The document's lock timeout of 5 s, sqlite-delete-full, and postgres without retries.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "Four instances of the app behind a load balancer increment one counter as the document's text means it: BEGIN EXCLUSIVE on SQLite, a pause of 10 ms between reading and writing, the document's lock timeout of 5 s or one of 100 ms, up to three retries after 1, 2 and 4 s; and without retries. Each instance keeps eight connections, for which requests wait up to 5 s. \
         First 32 clients in a closed loop, without retries, show the capacity: increments acknowledged per second. Then requests arrive at 0.5, 0.9, 1.2 and 2 times that rate, evenly spaced, whether anything is answered or not, and at last at 0.5 times again, for three times as long as each phase before. Up to 400 are under way at once; others wait at the client. Latency counts from the moment a request arrived. \
         The app has recovered if in the last quarter of the last phase at least nine tenths of what then arrived were acknowledged per second; the backlog may still be worked off then. What was under way or waiting at the end is finished or counted as skipped."
    }

    fn views(&self) -> Vec<View> {
        let over_time = View::of(
            "goodput",
            "Increments acknowledged and arriving over time, as a multiple of the capacity",
            "of_capacity",
            Unit::Ratio,
        )
        .only("phase", "over time")
        .panels(&["subject", "timeout_ms", "retries"])
        .series(&["what"])
        .along("second")
        .saying("The capacity of each is what 32 clients in a closed loop get acknowledged. Where the line of what arrives is above the other, requests pile up.");
        vec![
            over_time,
            View::of(
                "recovered",
                "Goodput in the last quarter of the last phase, as a multiple of what arrives then",
                "of_offered",
                Unit::Ratio,
            )
            .only("phase", "afterwards")
            .panels(&[])
            .series(&["subject", "timeout_ms", "retries"])
            .saying("Less than one: requests are lost or wait still. More than one: the backlog is being worked off."),
            View::of(
                "given-up",
                "Requests that fail",
                "share_given_up",
                Unit::Share,
            )
            .only("phase", "all")
            .series(&["subject", "timeout_ms", "retries"])
            .saying("Of all that were sent, before, during and after the overload."),
            View::of(
                "attempts",
                "Attempts for each increment that was acknowledged",
                "attempts_per_commit",
                Unit::Ratio,
            )
            .only("phase", "all")
            .series(&["subject", "timeout_ms", "retries"]),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let postgres = lab.postgres_behind_app().unwrap_or_else(|why| {
            findings.left_out.push(why);
            None
        });
        let phase = match lab.extent {
            Extent::Full => Duration::from_secs(5),
            Extent::Quick | Extent::Short => CONVERGED,
        };
        let ways: Vec<Way> = lab
            .sqlite()
            .chain(postgres)
            .flat_map(|subject| [DOCUMENT_MS, IMPATIENT_MS].map(|timeout_ms| (subject, timeout_ms)))
            .flat_map(|(subject, timeout_ms)| {
                [true, false].map(|retries| Way {
                    subject,
                    retries,
                    timeout_ms,
                })
            })
            .filter(|way| way.made(lab.extent))
            .collect();
        for repeat in 1..=REPEATS {
            // What both ways to try again are given is the same.
            let mut capacities: BTreeMap<(&str, u32), f64> = BTreeMap::new();
            for way in &ways {
                let seen = (|| {
                    let key = (way.subject.name, way.timeout_ms);
                    let capacity = match capacities.get(&key) {
                        Some(capacity) => *capacity,
                        None => capacity(lab, *way, phase, repeat)?,
                    };
                    capacities.insert(key, capacity);
                    once(lab, *way, phase, capacity, repeat)
                })();
                match seen {
                    Ok(seen) => findings.observations.extend(seen),
                    Err(error) if error.is::<Interrupted>() => return Err(error),
                    Err(error) => findings.fail(&way.closed(lab.app(), phase).words(), &error),
                }
            }
        }
        Ok(findings)
    }
}

/// How many increments per second are acknowledged in a closed loop. Without retries: while the few
/// clients that there are sleep between two tries, others could be served.
fn capacity(lab: &Lab<'_>, way: Way, phase: Duration, repeat: u32) -> Result<f64> {
    let case = way.without_retries().closed(lab.app(), phase);
    let closed = lab.trial(&case, repeat)?;
    let capacity = closed.committed as f64 / closed.seconds;
    anyhow::ensure!(
        capacity > 0.0,
        "Nothing was acknowledged in the closed loop"
    );
    Ok(capacity)
}

/// What comes of the overload.
fn once(
    lab: &Lab<'_>,
    way: Way,
    phase: Duration,
    capacity: f64,
    repeat: u32,
) -> Result<Vec<Observation>> {
    let case = way.open(lab.app(), phase, capacity);
    let open = lab.trial(&case, repeat)?;
    let whole = observation(&case, repeat, &open);
    let under = |phase: &str| {
        let mut seen = whole.clone();
        seen.conditions.insert("phase".to_owned(), phase.to_owned());
        seen
    };
    let seconds = phase.as_secs_f64();
    let end = open.seconds;
    let quarter = seconds * AFTERWARDS / 4.0;
    let last_rate = capacity * FACTORS[FACTORS.len() - 1];
    let afterwards = goodput(&open, end - quarter, end);
    let peak = goodput(&open, PEAK as f64 * seconds, (PEAK + 1) as f64 * seconds);
    let mut all = under("all")
        .with("capacity_per_s", capacity)
        .with("peak_of_offered", peak / (capacity * FACTORS[PEAK]));
    if let Some(offered) = open.offered {
        all = all
            .with("arrived", offered.due as f64)
            .with("behind", offered.behind as f64)
            .with("skipped", offered.skipped as f64);
    }
    let mut seen = vec![
        all,
        bare(&under("afterwards"))
            .with("goodput_per_s", afterwards)
            .with("offered_per_s", last_rate)
            .with("of_offered", afterwards / last_rate)
            .with(
                "backlog_gone",
                f64::from(u8::from(afterwards <= 1.1 * last_rate)),
            ),
    ];
    seen.extend(over_time(&under("over time"), &open, capacity, seconds));
    Ok(seen)
}

/// The same conditions, without figures of the whole trial.
fn bare(seen: &Observation) -> Observation {
    Observation {
        figures: Default::default(),
        latencies: Default::default(),
        ..seen.clone()
    }
}

/// Goodput, and what arrived, half a phase after half a phase.
fn over_time(
    seen: &Observation,
    open: &Measurement,
    capacity: f64,
    phase: f64,
) -> Vec<Observation> {
    let step = phase / 2.0;
    let steps = (open.seconds / step).round() as usize;
    let at = |index: usize, what: &str, goodput: f64| {
        let mut seen = bare(seen);
        let middle = (index as f64 + 0.5) * step;
        seen.conditions
            .insert("second".to_owned(), format!("{middle:.2}"));
        seen.conditions.insert("what".to_owned(), what.to_owned());
        seen.with("goodput_per_s", goodput)
            .with("of_capacity", goodput / capacity)
    };
    let mut all = Vec::new();
    for index in 0..steps {
        let (from, to) = (index as f64 * step, (index + 1) as f64 * step);
        let factor = FACTORS[(index / 2).min(FACTORS.len() - 1)];
        all.push(at(index, "acknowledged", goodput(open, from, to)));
        all.push(at(index, "arriving", factor * capacity));
    }
    all
}

/// Operations acknowledged per second, from one moment of the stretch to another, in seconds. Parts
/// that lie within only to a part count by that part.
fn goodput(measurement: &Measurement, from: f64, to: f64) -> f64 {
    let parts = &measurement.committed_over_time;
    let part = measurement.seconds / parts.len() as f64;
    let within = |index: usize| {
        let (begin, end) = (index as f64 * part, (index + 1) as f64 * part);
        (end.min(to) - begin.max(from)).max(0.0) / part
    };
    let committed: f64 = parts
        .iter()
        .enumerate()
        .map(|(index, committed)| *committed as f64 * within(index))
        .sum();
    committed / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::observe::tests::measurement;

    #[test]
    fn the_overload_is_twice_the_capacity_of_an_app_that_does_not_try_again() {
        let most = FACTORS.into_iter().reduce(f64::max);
        assert_eq!((most, FACTORS[PEAK]), (Some(2.0), 2.0));
        let way = Way {
            subject: crate::subject::find("sqlite-wal-full").unwrap(),
            retries: true,
            timeout_ms: IMPATIENT_MS,
        };
        let closed = |way: Way| way.closed(Topology::Apps, Duration::from_secs(1)).app;
        assert_eq!(closed(way.without_retries()).conduct().retry.retries, 0);
        assert_eq!(closed(way).conduct().retry.retries, 3);
    }

    #[test]
    fn goodput_between_two_moments_counts_parts_that_lie_within_by_what_lies_within() {
        let measured = Measurement {
            seconds: 2.0,
            committed_over_time: vec![10, 0, 4, 6],
            ..measurement()
        };
        assert_eq!(goodput(&measured, 0.0, 2.0), 10.0);
        assert_eq!(goodput(&measured, 1.0, 2.0), 10.0);
        assert_eq!(
            goodput(&measured, 0.25, 0.75),
            10.0,
            "half of ten, and none"
        );
        assert_eq!(goodput(&measured, 0.5, 1.0), 0.0);
    }
}
