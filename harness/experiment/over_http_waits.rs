//! Waiting behind a long transaction that an instance of the app holds.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::lock_waits::{self, SIZES};
use super::series::{Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::load::style::Style;
use crate::load::system::App;
use crate::measure::experiment::{Extent, View};
use crate::subject::Subject;
use crate::workload::lock_wait::LockWait;

/// The document's third test, as it makes it: through the app.
#[derive(Debug)]
pub struct OverHttpWaits;

impl Experiment for OverHttpWaits {
    fn name(&self) -> &'static str {
        "over-http-waits"
    }

    fn question(&self) -> &'static str {
        "How long do requests wait behind a long transaction that another request holds?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A6"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(10.0),
            Extent::Full => Some(220.0),
        }
    }

    fn by_default(&self) -> bool {
        false
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "The long transaction and the timeout are a tenth of the document's: 0.5 s.".to_owned(),
                "The timeouts of 1 s and 10 s, the transaction of 4 MB and sqlite-delete-full: lock-waits has them, in processes.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "The same as lock-waits, but every operation is a request: four instances of the app, each in a container, share one database, and nginx shares the requests out among them in turn. One request has an instance begin a transaction, write, and keep it open; 0.2 s later, all in the same instant, ten requests that write and ten that read come, and the transaction is committed the given time after they came. \
         Each instance keeps eight connections to the database, opened before the first request, so that no request waits for one of them. Waits count from the instant in which the requests came until they were answered, with success or not; nobody tries again, neither the app nor who asks it. \
         A trial in which the transaction was not open in time is void."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        LockWait::scripts()
            .map(|(way, sql)| (way.to_owned(), sql))
            .into()
    }

    fn views(&self) -> Vec<View> {
        lock_waits::views()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let postgres = lab.postgres_behind_app().unwrap_or_else(|why| {
            findings.left_out.push(why);
            None
        });
        let (hold, timeouts) = lock_waits::lengths(lab.extent);
        let mut cases = Vec::new();
        for subject in lab.sqlite().chain(postgres) {
            for size in SIZES {
                for timeout_ms in timeouts {
                    // The document's timeout is as long as its transaction.
                    let telling = subject.name != "sqlite-delete-full"
                        && size.0 == SIZES[0].0
                        && timeout_ms == timeouts[1];
                    if lab.extent == Extent::Full || telling {
                        cases.push(case(lab, subject, size, hold, timeout_ms));
                    }
                }
            }
        }
        lab.parted(&cases, 3, &mut findings, lock_waits::parts)?;
        Ok(findings)
    }
}

/// The same requests as in processes, through an app that waits for a lock as long as clients do there.
fn case(
    lab: &Lab<'_>,
    subject: &'static Subject,
    size: (&'static str, &'static LockWait),
    hold: Duration,
    timeout_ms: u32,
) -> Case {
    let topology = lab.app();
    let case = Case {
        app: App {
            lock_timeout_ms: timeout_ms,
            retries: Some(0),
            ..App::of(Style::Careful)
        },
        topology,
        instances: INSTANCES,
        ..lock_waits::case(subject, size, hold, timeout_ms)
    };
    case.named("system", topology)
}
