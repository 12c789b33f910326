//! Increments that all come in one instant, from ten to five hundred: how many are refused.

use std::collections::BTreeMap;

use anyhow::Result;

use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::style::{HOLD, Style};
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Engine, Measurement, Outcome};
use crate::subject::Subject;

/// The loads of the document's second test: increments at once.
pub(super) const LOADS: [u32; 5] = [10, 50, 100, 200, 500];

/// How long clients that set a timeout wait for a lock, in milliseconds. The last is the document's.
const TIMEOUTS: [u32; 4] = [0, 100, 1_000, 5_000];

/// How often every condition is tried.
const REPEATS: u32 = 3;

/// The document's table: the load, the share that fails, and the mean response in milliseconds, where it
/// is a number.
pub(super) const STATED: [(u32, f64, Option<f64>); 5] = [
    (10, 0.05, Some(100.0)),
    (50, 0.25, Some(500.0)),
    (100, 0.45, Some(2_000.0)),
    (200, 0.70, Some(5_000.0)),
    (500, 0.85, None),
];

/// The document's first test and its second: the first is the second at a load of 100.
#[derive(Debug)]
pub struct BusyErrors;

/// One burst.
#[derive(Debug, Clone, Copy)]
struct Burst {
    subject: &'static Subject,
    style: Style,
    /// `None` leaves the engine's default.
    timeout_ms: Option<u32>,
    clients: u32,
}

impl Burst {
    /// Whether there is time for it. Where clients wait for locks, or sleep as the document does, a
    /// burst takes seconds, and on PostgreSQL each client takes its time to connect.
    fn made(self, extent: Extent) -> bool {
        let clients = self.clients;
        let short = match (self.style, self.timeout_ms, self.subject.name) {
            (Style::AsWritten, Some(5_000), "sqlite-wal-full") => true,
            (Style::AsWritten, Some(5_000), "sqlite-delete-full")
            | (Style::Careful, Some(5_000), "postgres")
            | (Style::Naive, _, "sqlite-wal-full") => clients == 100,
            _ => false,
        };
        match extent {
            Extent::Quick | Extent::Short => short,
            Extent::Full => true,
        }
    }

    fn case(self) -> Case {
        let timeout_ms = self.timeout_ms.unwrap_or_default();
        let conduct = self.style.conduct(timeout_ms);
        let timeout = match self.timeout_ms {
            Some(timeout) => timeout.to_string(),
            None => "default".to_owned(),
        };
        Case {
            hold: HOLD,
            may_lose: true,
            ..Case::burst(self.subject, self.style.workload(), self.clients, conduct)
        }
        .named("discipline", self.style.name())
        .named("timeout_ms", timeout)
        .named("clients", self.clients)
    }
}

/// Every burst that there is time for.
fn cases(lab: &Lab<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(lab.postgres()) {
        for style in Style::ALL {
            let timeouts = match style {
                Style::Naive => vec![None],
                _ => TIMEOUTS.map(Some).to_vec(),
            };
            for timeout_ms in timeouts {
                let bursts = LOADS.map(|clients| Burst {
                    subject,
                    style,
                    timeout_ms,
                    clients,
                });
                let made = bursts.into_iter().filter(|burst| burst.made(lab.extent));
                cases.extend(made.map(Burst::case));
            }
        }
    }
    cases
}

impl Experiment for BusyErrors {
    fn name(&self) -> &'static str {
        "busy-errors"
    }

    fn question(&self) -> &'static str {
        "If four instances get 10 to 500 increments in the same instant, how many are refused, with what error, and what decides it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A4", "A9", "A16", "A18"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(11.0),
            Extent::Full => Some(2_100.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let sentences: &[&str] = match extent {
            Extent::Full => &[],
            Extent::Quick | Extent::Short => &[
                "Lock timeouts of 0, 100 and 1,000 ms.",
                "Loads other than 100, but for the document's code as it is written on sqlite-wal-full.",
                "The document as intended: 100 increments take 10 s on SQLite, most of it asleep.",
                "Careful clients on SQLite, naive ones but on sqlite-wal-full, and the document's code as it is written on postgres.",
            ],
        };
        sentences.iter().map(|words| (*words).to_owned()).collect()
    }

    fn method(&self) -> &'static str {
        "Four instances, each a process, share the clients; each client begins one increment, all in the same instant: a transaction that reads, pauses for 10 ms and writes. An increment is busy if the last of its attempts met SQLITE_BUSY. The document's code as it is written has all clients of an instance share one connection and never tries again; as intended, each has its own and tries again after 1, 2 and 4 s; careful clients let the database add one and try again up to nine times after short random pauses; naive ones neither wait for locks nor try again. PostgreSQL knows no EXCLUSIVE transaction: there they begin plain ones at READ COMMITTED, which let all others in, and each client has a connection of its own, without a pool, which it opens before the burst and keeps to its end: whom the server has no room for is refused, and does not try again, whatever the others do. Its lock_timeout of zero would be for ever, so the least, 1 ms, stands for it; left alone, it is for ever. What was acknowledged and is not in the counter is lost, and voids nothing here. The document's driver is another one: a WebAssembly build of SQLite without a write-ahead log, with its own file locks; and its requests come over HTTP."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let of = |style: Style| (style.name().to_owned(), style.sql());
        Style::ALL.map(of).into()
    }

    fn views(&self) -> Vec<View> {
        let at_100 = |view: View| {
            view.only("clients", "100")
                .panels(&["discipline"])
                .series(&["timeout_ms", "subject"])
        };
        let by_load = |view: View| {
            view.panels(&["discipline", "timeout_ms"])
                .series(&["subject"])
                .along("clients")
        };
        let rate = View::of(
            "error-rate",
            "Increments that fail, by load",
            "share_given_up",
            Unit::Share,
        )
        .saying("Of all increments, those given up with any error, after all their attempts. Beside them the document's own table. On PostgreSQL they are mostly those for whom the server had no connection left.");
        let latency = View::of(
            "latency",
            "Mean response, by load",
            "mean_ms",
            Unit::Milliseconds,
        )
        .saying("Acknowledged and given up together, as the document counts: who fails at once makes the mean short. For 500 at once it states the timeout.")
        .logarithmic();
        let (rate, latency) = beside_the_table(rate, latency);
        vec![
            at_100(
                View::of("busy", "100 increments at once: busy", "busy", Unit::Count)
                    .saying("Given up, the last attempt with SQLITE_BUSY.")
                    .stated(None, 31.0, 100.0, "more than 30 busy"),
            ),
            at_100(
                View::of(
                    "acknowledged",
                    "100 increments at once: acknowledged",
                    "acknowledged",
                    Unit::Count,
                )
                .saying("Whether the counter has them all is in the chart of those lost.")
                .stated(None, 0.0, 69.0, "fewer than 70 succeed"),
            ),
            at_100(
                View::of(
                    "refused-otherwise",
                    "100 increments at once: refused with another error",
                    "refused_otherwise",
                    Unit::Count,
                )
                .saying("On a connection that requests share it is “cannot start a transaction within a transaction”, on PostgreSQL “too many clients”."),
            ),
            at_100(
                View::of(
                    "lost",
                    "100 increments at once: acknowledged and lost",
                    "lost",
                    Unit::Count,
                )
                .saying("No error told anybody. What keeps it from happening on SQLite is BEGIN EXCLUSIVE, or that a transaction that has read may not write once another has written; at READ COMMITTED PostgreSQL has neither."),
            ),
            by_load(rate),
            by_load(
                View::of(
                    "errors-per-attempt",
                    "Attempts that fail, by load",
                    "errors_per_attempt",
                    Unit::Share,
                )
                .saying("Of all attempts: what the database refuses, before retries make good for it."),
            ),
            by_load(latency),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        lab.series(&cases(lab), REPEATS, &mut findings, with_classes)?;
        Ok(findings)
    }
}

/// The document's table beside a chart of the shares that fail and one of the mean responses, by load.
pub(super) fn beside_the_table(rate: View, latency: View) -> (View, View) {
    STATED
        .into_iter()
        .fold((rate, latency), |(rate, latency), (clients, share, ms)| {
            let at = Some(f64::from(clients));
            let words = format!("{:.0} % of {clients}", share * 100.0);
            let rate = rate.stated(at, share, share, &words);
            let latency = match ms {
                Some(ms) => latency.stated(at, ms, ms, &format!("{ms} ms at {clients}")),
                None => latency,
            };
            (rate, latency)
        })
}

/// Adds how many increments ended as busy, and how many with any other error.
pub(super) fn with_classes(
    case: &Case,
    measurement: &Measurement,
    seen: Observation,
) -> Observation {
    let of = |class| measurement.given_up.get(&class).copied().unwrap_or(0);
    let busy = of(Outcome::Busy) + of(Outcome::BusySnapshot);
    let otherwise = measurement.given_up_total() - busy;
    let seen = seen.with("refused_otherwise", otherwise as f64);
    match case.subject.engine() {
        Engine::Sqlite => seen.with("busy", busy as f64),
        // It has no such error.
        Engine::Postgres | Engine::Noop => seen,
    }
}
