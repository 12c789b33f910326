//! How long those wait who come behind a long transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::series::Case;
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::load::retry::Policy;
use crate::measure::experiment::{Extent, Observation, Unit, View};
use crate::measure::{Check, Discipline, KindCounts, Measurement};
use crate::subject::Subject;
use crate::subject::engine::Manner;
use crate::workload::lock_wait::{self, CLIENTS, HOLDING, KINDS, LEAD, LockWait, TOLERANCE};

/// How large the long transaction is, in words, and the clients of it.
pub(super) const SIZES: [(&str, &LockWait); 2] =
    [("10 kB", &lock_wait::SMALL), ("4 MB", &lock_wait::LARGE)];

/// The document's third test.
#[derive(Debug)]
pub struct LockWaits;

impl Experiment for LockWaits {
    fn name(&self) -> &'static str {
        "lock-waits"
    }

    fn question(&self) -> &'static str {
        "How long do writers and readers wait behind a long transaction, and what decides it?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A6", "A16", "A18"]
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(12.4),
            Extent::Full => Some(320.0),
        }
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "The long transaction and the timeouts are a tenth of the document's: 0.5 s, and 0.5 and 1 s. What comes after it weighs ten times as much: writers who wait for SQLite's lock ask for it in step, ten times a second in the end, and one gets it each time.".to_owned(),
                "A timeout shorter than the transaction; one as long as it on postgres, and a longer one on sqlite-delete-full.".to_owned(),
                "The transaction of 4 MB, larger than SQLite's page cache.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "One client begins a transaction, writes, and keeps it open. 0.2 s later, all in the same instant, ten writers and ten readers come, one operation each, with connections of their own, spread over four processes; \
         the transaction is committed the given time after they came. Their waits count from that instant, whether they were acknowledged or given up, and nobody tries again. \
         A trial in which the transaction was not open in time is void. \
         Five of the writers change the row that the transaction has changed, five another one: on SQLite, which locks the file, that makes no difference. \
         A lock timeout is busy_timeout on SQLite and lock_timeout on PostgreSQL, whose own default, to wait for ever, is like the longest of these. \
         The transaction of 4 MB is larger than SQLite's page cache, so that SQLite writes to its file before the commit."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        LockWait::scripts()
            .map(|(way, sql)| (way.to_owned(), sql))
            .into()
    }

    fn views(&self) -> Vec<View> {
        views()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let (cases, repeats) = (cases(lab), 3);
        lab.parted(&cases, repeats, &mut findings, parts)?;
        Ok(findings)
    }
}

/// The charts of those who wait.
pub(super) fn views() -> Vec<View> {
    let by_timeout = |name, title, figure, unit| {
        View::of(name, title, figure, unit)
            .panels(&["who"])
            .series(&["subject", "transaction"])
            .along("timeout_ms")
    };
    vec![
        by_timeout(
            "mean",
            "Mean wait, as a part of the long transaction",
            "mean_by_hold",
            Unit::Ratio,
        )
        .saying("1× is as long as the transaction stays open. Who is given up has waited, too.")
        .stated(None, 0.4, 0.4, "more than 2 s behind 5 s, on average"),
        by_timeout(
            "longest",
            "Longest wait, as a part of the long transaction",
            "longest_by_hold",
            Unit::Ratio,
        )
        .saying("Who waits for SQLite's lock asks again every 0.1 s in the end, in step with whoever came in the same instant, and one of them gets it: the last of ten would wait about a second longer than the transaction takes, if its timeout allows. A row of PostgreSQL is handed from one to the next.")
        .stated(None, 1.0, 1.0, "more than 5 s behind 5 s, at worst"),
        by_timeout(
            "given-up",
            "Operations given up",
            "share_given_up",
            Unit::Share,
        )
        .saying("With a timeout shorter than the transaction, whoever needs its lock is given up."),
        by_timeout("mean-ms", "Mean wait", "mean_ms", Unit::Milliseconds),
    ]
}

/// The length of the transaction, and the lock timeouts: the documents' own, or a tenth of them.
pub(super) fn lengths(extent: Extent) -> (Duration, [u32; 3]) {
    match extent {
        Extent::Full => (Duration::from_secs(5), [1_000, 5_000, 10_000]),
        Extent::Quick | Extent::Short => (Duration::from_millis(500), [100, 500, 1_000]),
    }
}

fn cases(lab: &Lab<'_>) -> Vec<Case> {
    let (hold, timeouts) = lengths(lab.extent);
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(lab.postgres()) {
        for (size, workload) in SIZES {
            for timeout in timeouts {
                let condition = (subject.name, size == SIZES[1].0);
                let telling = match condition {
                    ("sqlite-delete-full", false) => timeout == timeouts[1],
                    ("sqlite-wal-full", false) => timeout != timeouts[0],
                    ("postgres", false) => timeout == timeouts[2],
                    _ => false,
                };
                if lab.extent != Extent::Full && !telling {
                    continue;
                }
                cases.push(case(subject, (size, workload), hold, timeout));
            }
        }
    }
    cases
}

/// Those who wait behind a transaction of this size and length, with this lock timeout.
pub(super) fn case(
    subject: &'static Subject,
    (size, workload): (&'static str, &'static LockWait),
    hold: Duration,
    timeout_ms: u32,
) -> Case {
    let conduct = Conduct {
        manner: Manner {
            lock_timeout_ms: Some(timeout_ms),
            ..Manner::of(Discipline::Careful)
        },
        retry: Policy::NEVER,
        operations: None,
        pace: None,
    };
    // No warm-up: each client's time counts from the beginning.
    let case = Case {
        hold,
        warm_up: Duration::ZERO,
        ..Case::loops(subject, workload, CLIENTS, conduct, LEAD + TOLERANCE)
    };
    case.named("transaction", size)
        .named("hold_ms", hold.as_millis())
        .named("timeout_ms", timeout_ms)
}

/// An observation for each kind of those who wait.
pub(super) fn parts(case: &Case, measurement: &Measurement, seen: Observation) -> Vec<Observation> {
    let held = measurement.kinds.get(HOLDING);
    let held = held.map_or(0, |kind| kind.committed + kind.late) as i64;
    let skew = Duration::from_secs_f64(measurement.start_skew_us / 1e6);
    let in_time = held * i64::from(skew < TOLERANCE);
    let mut audit = seen.audit;
    audit.checks.push(Check::number(
        "long transactions that were open before the others came",
        1,
        in_time,
    ));
    let kinds = KINDS.into_iter().zip(&measurement.kinds).enumerate();
    kinds
        .filter(|(kind, _)| *kind != HOLDING)
        .map(|(_, (who, counts))| {
            let mut conditions = seen.conditions.clone();
            conditions.insert("who".to_owned(), who.to_owned());
            Observation {
                conditions,
                repeat: seen.repeat,
                figures: figures(counts, case.hold),
                latencies: [
                    ("acknowledged".to_owned(), counts.success.clone()),
                    ("given up".to_owned(), counts.failure.clone()),
                ]
                .into(),
                audit: audit.clone(),
            }
        })
        .collect()
}

fn figures(counts: &KindCounts, hold: Duration) -> BTreeMap<String, f64> {
    let mut waits = counts.success.clone();
    waits.merge(&counts.failure);
    let hold = hold.as_secs_f64();
    let operations = counts.operations() as f64;
    let given_up = counts.given_up_total() as f64;
    let milliseconds = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1e3);
    let by_hold = |seconds: Option<f64>| seconds.map(|seconds| seconds / hold);
    [
        ("operations", Some(operations)),
        ("acknowledged", Some(operations - given_up)),
        ("given_up", Some(given_up)),
        (
            "share_given_up",
            (operations > 0.0).then(|| given_up / operations),
        ),
        ("mean_ms", milliseconds(waits.mean())),
        ("p50_ms", milliseconds(waits.percentile(50.0))),
        ("longest_ms", milliseconds(waits.max())),
        ("acknowledged_mean_ms", milliseconds(counts.success.mean())),
        ("acknowledged_max_ms", milliseconds(counts.success.max())),
        ("given_up_mean_ms", milliseconds(counts.failure.mean())),
        ("given_up_max_ms", milliseconds(counts.failure.max())),
        ("mean_by_hold", by_hold(waits.mean())),
        ("longest_by_hold", by_hold(waits.max())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}
