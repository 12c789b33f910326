//! `kinds.csv`: one line per trial and kind of operation, for the workloads that have several kinds.

use anyhow::Result;

use super::csv::{by_class, longest, microseconds, status};
use crate::measure::{KindCounts, Run, Trial};

/// The columns, in order; the units are in the names.
const COLUMNS: [&str; 24] = [
    "run",
    "workload",
    "workload_version",
    "subject",
    "topology",
    "instances",
    "clients",
    "discipline",
    "round",
    "position",
    "status",
    "kind",
    "committed",
    "late",
    "given_up",
    "given_up_by_class",
    "attempts",
    "success_count",
    "success_p50_us",
    "success_p90_us",
    "success_p99_us",
    "success_max_us",
    "failure_p50_us",
    "failure_max_us",
];

/// Every trial of a workload with several kinds of operation, by kind, as CSV (RFC 4180).
///
/// # Errors
/// If what is written is no text, which no line of it is.
pub fn render(run: &Run) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for trial in &run.trials {
        let kinds = trial.measurement().map_or(&[][..], |m| &m.kinds);
        for (index, counts) in kinds.iter().enumerate() {
            writer.write_record(line(run, trial, index, counts))?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn line(run: &Run, trial: &Trial, index: usize, counts: &KindCounts) -> [String; COLUMNS.len()] {
    let point = &trial.point;
    let workload = run.workload(&point.workload);
    let kind = workload.and_then(|workload| workload.kinds.get(index));
    [
        run.id.clone(),
        point.workload.clone(),
        workload.map_or_else(String::new, |workload| workload.version.to_string()),
        point.subject.clone(),
        point.topology.to_string(),
        point.instances.to_string(),
        point.clients.to_string(),
        point.discipline.to_string(),
        trial.round.to_string(),
        trial.position.to_string(),
        status(trial).0.to_owned(),
        kind.map_or_else(|| (index + 1).to_string(), |kind| kind.name.clone()),
        counts.committed.to_string(),
        counts.late.to_string(),
        counts.given_up_total().to_string(),
        by_class(&counts.given_up),
        counts.attempts.to_string(),
        counts.success.count().to_string(),
        microseconds(&counts.success, 50.0),
        microseconds(&counts.success, 90.0),
        microseconds(&counts.success, 99.0),
        longest(&counts.success),
        microseconds(&counts.failure, 50.0),
        longest(&counts.failure),
    ]
}
