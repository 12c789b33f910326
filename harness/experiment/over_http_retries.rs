//! The document's retries, made by the app.

use std::collections::BTreeMap;

use anyhow::Result;

use super::retry_amplification::{self, CLIENTS};
use super::series::{Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::load::style::Style;
use crate::load::system::App;
use crate::measure::Topology;
use crate::measure::experiment::{Extent, View};
use crate::subject::Subject;
use crate::workload::api;

/// How long an attempt waits for a lock, in milliseconds: every collision is an error.
const TIMEOUT_MS: u32 = 0;

/// The most retries of the document.
const MOST: u32 = 3;

/// How often every condition is tried.
const REPEATS: u32 = 3;

/// Retries of the app against the same requests without them.
#[derive(Debug)]
pub struct OverHttpRetries;

impl Experiment for OverHttpRetries {
    fn name(&self) -> &'static str {
        "over-http-retries"
    }

    fn question(&self) -> &'static str {
        "What does each further retry that the app makes add to the response, and how many more requests succeed for it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A14"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(8.0),
            Extent::Full => Some(100.0),
        }
    }

    fn by_default(&self) -> bool {
        false
    }

    fn on_postgres(&self) -> bool {
        false
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "Two and three retries, which sleep 3 s and 7 s, and sqlite-delete-full."
                    .to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "Four instances of the app, each in a container, share one database; nginx shares the requests out among them in turn. 20 requests come in the same instant, each to increment one counter as the document's text means it: BEGIN EXCLUSIVE, a value read, a pause of 10 ms, the value written, on a connection opened for the request. A lock that is taken is an error at once, and the app begins anew after 1, 2 and 4 s, up to so many times; who asks it does not. The response counts from the instant in which the requests came. \
         On SQLite only: PostgreSQL makes those who come second wait instead of refusing them, so that nobody would try again."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("every backoff".to_owned(), Style::AsIntended.sql())].into()
    }

    fn views(&self) -> Vec<View> {
        retry_amplification::views()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let cases: Vec<Case> = lab
            .sqlite()
            .flat_map(|subject| (0..=MOST).map(move |retries| (subject, retries)))
            .filter(|(subject, retries)| {
                lab.extent == Extent::Full || subject.name == "sqlite-wal-full" && *retries <= 1
            })
            .map(|(subject, retries)| case(subject, retries, lab.app()))
            .collect();
        let with_failures = retry_amplification::with_failures;
        lab.series(&cases, REPEATS, &mut findings, with_failures)?;
        Ok(findings)
    }
}

fn case(subject: &'static Subject, retries: u32, topology: Topology) -> Case {
    let app = App {
        lock_timeout_ms: TIMEOUT_MS,
        retries: Some(retries),
        pool: None,
        ..App::of(Style::AsIntended)
    };
    let case = Case {
        topology,
        instances: INSTANCES,
        ..Case::burst(subject, &api::INCREMENT, CLIENTS, app.conduct())
    };
    Case { app, ..case }
        .named("timeout_ms", TIMEOUT_MS)
        .named("backoff", "document")
        .named("retries", retries)
        .named("system", topology)
}
