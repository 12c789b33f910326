//! The document's increments as it makes them: through the app, over HTTP.

use std::collections::BTreeMap;

use anyhow::Result;

use super::busy_errors::{LOADS, beside_the_table, with_classes};
use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::style::Style;
use crate::load::system::{App, POOL};
use crate::measure::Topology;
use crate::measure::experiment::{Extent, Unit, View};
use crate::subject::Subject;
use crate::workload::api;

/// How many increments each client makes where losses are looked for, and how many clients there are:
/// the document's four containers with 25 each.
const EACH: u32 = 25;
const FOUR: u32 = 4;

/// How often every condition is tried.
const REPEATS: u32 = 3;

/// How long the app waits for a lock, in milliseconds: the document's own timeout.
const TIMEOUT_MS: u32 = 5_000;

/// Requests that all come in one instant, and some that come one after the other.
#[derive(Debug)]
pub struct OverHttp;

/// One burst.
#[derive(Debug, Clone, Copy)]
struct Burst {
    subject: &'static Subject,
    style: Style,
    pool: Option<u32>,
    clients: u32,
    each: u32,
}

impl Burst {
    /// Whether there is time for it.
    fn made(self, extent: Extent) -> bool {
        let own = ("sqlite-wal-full", Style::AsWritten, 1);
        extent == Extent::Full || (self.subject.name, self.style, self.each) == own
    }

    fn case(self, topology: Topology) -> Case {
        let app = App {
            pool: self.pool,
            lock_timeout_ms: TIMEOUT_MS,
            ..App::of(self.style)
        };
        let mut case = Case::burst(self.subject, &api::INCREMENT, self.clients, app.conduct());
        case.conduct.operations = Some(self.each);
        Case {
            app,
            topology,
            instances: super::series::INSTANCES,
            may_lose: true,
            ..case
        }
        .named("discipline", self.style.name())
        .named(
            "timeout_ms",
            match self.style {
                Style::Naive => "default".to_owned(),
                _ => TIMEOUT_MS.to_string(),
            },
        )
        .named(
            "pool",
            self.pool.map_or("none".to_owned(), |size| size.to_string()),
        )
        .named("clients", self.clients)
        .named("each", self.each)
        .named("system", topology)
    }
}

/// Every burst that there is time for.
fn cases(lab: &Lab<'_>, postgres: Option<&'static Subject>) -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(postgres) {
        for style in Style::ALL {
            for pool in [None, Some(POOL)] {
                // As it is written it has one connection, whatever it is told.
                if style == Style::AsWritten && pool.is_some() {
                    continue;
                }
                let at_once = LOADS.map(|clients| (clients, 1));
                for (clients, each) in at_once.into_iter().chain([(FOUR, EACH)]) {
                    let burst = Burst {
                        subject,
                        style,
                        pool,
                        clients,
                        each,
                    };
                    if burst.made(lab.extent) {
                        cases.push(burst.case(lab.app()));
                    }
                }
            }
        }
    }
    cases
}

impl Experiment for OverHttp {
    fn name(&self) -> &'static str {
        "over-http"
    }

    fn question(&self) -> &'static str {
        "If four containers of the app get 10 to 500 increments in the same instant through a load balancer, how many fail, after how long, and is any lost?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A4", "A5", "A9", "A10", "A16", "A18"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(16.0),
            Extent::Full => Some(1_000.0),
        }
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        let sentences: &[&str] = match extent {
            Extent::Full => &[],
            Extent::Quick | Extent::Short => &[
                "Everything on sqlite-delete-full, and naive and careful instances: busy-errors has them, in processes.",
                "The document as intended on sqlite-wal-full, and postgres.",
                "Four clients that send 25 requests each, one after the other.",
            ],
        };
        sentences.iter().map(|words| (*words).to_owned()).collect()
    }

    fn method(&self) -> &'static str {
        "Four instances of the app, each in a container, share one database; nginx shares the requests out among them in turn. Each client is a connection of one process that keeps it alive, and sends one request, all in the same instant; where each is 25, four clients send 25 requests, one after the other. A request increments a counter: a transaction that reads, pauses for 10 ms and writes. \
         The document's code as it is written has all requests of an instance share one connection to SQLite; without a pool each request opens a connection of its own, and with one each instance keeps eight, for which requests wait up to 5 s. Whoever tries again is the app, not the client; the attempts are counted as the app tells them. \
         A request is acknowledged if it was answered with success, and unknown if no answer came. What was acknowledged must be in the database when the instances have ended: where the discipline may lose, the loss is the figure; nothing else may be missing. \
         The document's driver is another one: a WebAssembly build of SQLite without a write-ahead log, with its own file locks."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        let of = |style: Style| (style.name().to_owned(), style.sql());
        Style::ALL.map(of).into()
    }

    fn views(&self) -> Vec<View> {
        let by_load = |view: View| {
            view.only("each", "1")
                .panels(&["discipline", "pool"])
                .series(&["subject"])
                .along("clients")
        };
        let rate = View::of(
            "error-rate",
            "Requests that fail, by load",
            "share_given_up",
            Unit::Share,
        )
        .saying("Of all requests, those answered with an error or not at all. Beside them the document's own table.");
        let latency = View::of(
            "latency",
            "Mean response, by load",
            "mean_ms",
            Unit::Milliseconds,
        )
        .saying("Acknowledged and failed together, as the document counts: who fails at once makes the mean short. For 500 at once it states the timeout.")
        .logarithmic();
        let (rate, latency) = beside_the_table(rate, latency);
        vec![
            by_load(rate),
            by_load(latency),
            View::of(
                "lost",
                "Increments that were acknowledged and are not in the counter",
                "lost",
                Unit::Count,
            )
            .only("each", "25")
            .panels(&["discipline"])
            .series(&["subject", "pool"])
            .saying("Of 100, 25 from each of four clients.")
            .stated(None, 1.0, 49.0, "between 50 and 100 are left of 100"),
        ]
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let postgres = lab.postgres_behind_app().unwrap_or_else(|why| {
            findings.left_out.push(why);
            None
        });
        let cases = cases(lab, postgres);
        lab.series(&cases, REPEATS, &mut findings, with_classes)?;
        Ok(findings)
    }
}
