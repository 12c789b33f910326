//! `trials.csv`: one line per trial, for those who compute for themselves.

use std::collections::BTreeMap;

use anyhow::Result;

use super::long_trials::WAITS;
use crate::measure::trial::Offered;
use crate::measure::{Latencies, Loss, Measurement, Outcome, Run, Trial, TrialResult};

/// The columns, in order; the units are in the names.
const COLUMNS: [&str; 59] = [
    "run",
    "workload",
    "workload_version",
    "subject",
    "tier",
    "topology",
    "instances",
    "clients",
    "discipline",
    "round",
    "position",
    "started",
    "status",
    "reason",
    "seconds",
    "committed",
    "late",
    "given_up",
    "given_up_by_class",
    "attempts",
    "failed_attempts",
    "goodput_per_s",
    "success_count",
    "success_p50_us",
    "success_p95_us",
    "success_p99_us",
    "success_p99_9_us",
    "success_max_us",
    "failure_count",
    "failure_p50_us",
    "failure_max_us",
    "longest_us",
    "lag_p99_us",
    "lag_max_us",
    "rate_per_s",
    "due",
    "behind",
    "skipped",
    "lost",
    "lost_of",
    "lost_unit",
    "losses",
    "client_commits_min",
    "client_commits_max",
    "worst_client_share",
    "time_above_100ms_share",
    "time_above_1s_share",
    "start_skew_us",
    "drain_s",
    "worker_cpu_s",
    "machine_busy_s",
    "machine_idle_s",
    "machine_steal_s",
    "fdatasync_us",
    "fdatasync_after_us",
    "criterion_mean_ns",
    "criterion_lower_ns",
    "criterion_upper_ns",
    "audit",
];

/// Every trial of the rounds as CSV (RFC 4180), void and failed ones included; what is not known is empty.
///
/// # Errors
/// If a line has not as many fields as the header, which would be a mistake in this file.
pub fn rounds(run: &Run) -> Result<String> {
    render(run, &run.trials)
}

/// Every long trial, in the same columns.
///
/// # Errors
/// As [`rounds`].
pub fn long_trials(run: &Run) -> Result<String> {
    render(run, &run.long_trials)
}

fn render(run: &Run, trials: &[Trial]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for trial in trials {
        writer.write_record(line(run, trial))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn line(run: &Run, trial: &Trial) -> Vec<String> {
    let point = &trial.point;
    let subject = run.subject(&point.subject);
    let workload = run.workload(&point.workload);
    let (status, reason) = status(trial);
    let mut fields = vec![
        run.id.clone(),
        point.workload.clone(),
        workload.map_or_else(String::new, |workload| workload.version.to_string()),
        point.subject.clone(),
        subject.map_or_else(String::new, |subject| subject.tier.to_string()),
        point.topology.to_string(),
        point.instances.to_string(),
        point.clients.to_string(),
        point.discipline.to_string(),
        trial.round.to_string(),
        trial.position.to_string(),
        trial.started.clone(),
        status.to_owned(),
        reason,
    ];
    let fdatasync = [trial.fdatasync_us, trial.fdatasync_after_us]
        .map(|time| time.map_or_else(String::new, rounded));
    match trial.measurement() {
        Some(measurement) => measured(measurement, fdatasync, &mut fields),
        None => {
            fields.resize(COLUMNS.len(), String::new());
            if let Some(at) = COLUMNS.iter().position(|name| *name == "fdatasync_us") {
                fields[at..at + 2].clone_from_slice(&fdatasync);
            }
        }
    }
    fields
}

/// A figure without the digits that only binary fractions make: to three decimals.
fn rounded(value: f64) -> String {
    ((value * 1e3).round() / 1e3).to_string()
}

/// What failed in the audit of a trial, in one line; empty if nothing did.
fn failed_checks(measurement: &Measurement) -> String {
    if measurement.audit.checks.is_empty() {
        return "the audit made no check".to_owned();
    }
    let words = measurement.audit.failed().map(ToString::to_string);
    words.collect::<Vec<_>>().join("; ")
}

/// A figure as a field: empty if it is not known.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, rounded)
}

/// A percentile in microseconds.
pub fn microseconds(latencies: &Latencies, percent: f64) -> String {
    optional(latencies.percentile(percent).map(|seconds| seconds * 1e6))
}

/// The longest latency in microseconds.
pub fn longest(latencies: &Latencies) -> String {
    optional(latencies.max().map(|seconds| seconds * 1e6))
}

/// Counts by class: `busy=4 timeout=1`.
pub fn by_class(classes: &BTreeMap<Outcome, u64>) -> String {
    let words = classes
        .iter()
        .map(|(class, n)| format!("{}={n}", class.name()));
    words.collect::<Vec<_>>().join(" ")
}

/// What was lost: the loss of the largest share in fields of its own, and all of them in words.
/// Empty where nothing was counted, and 0 where nothing was lost.
fn losses(losses: &[Loss]) -> [String; 4] {
    let share = |loss: &&Loss| loss.lost as f64 / loss.acknowledged.max(1) as f64;
    // The first of those that are equal.
    let worst = losses
        .iter()
        .rev()
        .max_by(|a, b| share(a).total_cmp(&share(b)));
    let words = losses
        .iter()
        .map(|loss| format!("{} of {} {}", loss.lost, loss.acknowledged, loss.unit));
    let of = |text: fn(&Loss) -> String| worst.map_or_else(String::new, text);
    [
        of(|loss| loss.lost.to_string()),
        of(|loss| loss.acknowledged.to_string()),
        of(|loss| loss.unit.clone()),
        words.collect::<Vec<_>>().join("; "),
    ]
}

/// What became of a trial, and why if it may not be compared.
pub fn status(trial: &Trial) -> (&'static str, String) {
    match &trial.result {
        TrialResult::Measured(measurement) if measurement.audit.passed() => {
            ("measured", String::new())
        }
        TrialResult::Measured(measurement) => ("void", failed_checks(measurement)),
        TrialResult::Failed { reason } => ("failed", reason.clone()),
    }
}

fn measured(measurement: &Measurement, fdatasync: [String; 2], fields: &mut Vec<String>) {
    let (success, failure) = (&measurement.success, &measurement.failure);
    let (fewest, most) = measurement.fairness();
    let cpu = measurement.machine_cpu;
    let criterion = measurement.criterion;
    let checks = measurement.audit.checks.iter().map(|check| {
        let verdict = if check.passed { "passed" } else { "FAILED" };
        format!("{check}, {verdict}")
    });
    fields.extend([
        measurement.seconds.to_string(),
        measurement.committed.to_string(),
        measurement.late.to_string(),
        measurement.given_up_total().to_string(),
        by_class(&measurement.given_up),
        measurement.attempts.to_string(),
        measurement.failed_attempts().to_string(),
        rounded(measurement.goodput()),
        success.count().to_string(),
        microseconds(success, 50.0),
        microseconds(success, 95.0),
        microseconds(success, 99.0),
        microseconds(success, 99.9),
        longest(success),
        failure.count().to_string(),
        microseconds(failure, 50.0),
        longest(failure),
        optional(measurement.longest().map(|seconds| seconds * 1e6)),
        microseconds(&measurement.lag, 99.0),
        longest(&measurement.lag),
    ]);
    let offered =
        |of: fn(&Offered) -> String| measurement.offered.as_ref().map_or_else(String::new, of);
    fields.extend([
        offered(|offered| rounded(offered.rate_per_s)),
        offered(|offered| offered.due.to_string()),
        offered(|offered| offered.behind.to_string()),
        offered(|offered| offered.skipped.to_string()),
    ]);
    fields.extend(losses(&measurement.losses));
    fields.extend([
        fewest.to_string(),
        most.to_string(),
        optional(measurement.worst_client()),
        optional(measurement.time_above(WAITS[0])),
        optional(measurement.time_above(WAITS[1])),
        rounded(measurement.start_skew_us),
        measurement.drain_seconds.to_string(),
        measurement.worker_cpu_seconds.to_string(),
        optional(cpu.map(|cpu| cpu.busy_seconds)),
        optional(cpu.map(|cpu| cpu.idle_seconds)),
        optional(cpu.map(|cpu| cpu.steal_seconds)),
    ]);
    fields.extend(fdatasync);
    fields.extend([
        optional(criterion.map(|estimate| estimate.mean_ns)),
        optional(criterion.map(|estimate| estimate.lower_ns)),
        optional(criterion.map(|estimate| estimate.upper_ns)),
        checks.collect::<Vec<_>>().join("; "),
    ]);
}
