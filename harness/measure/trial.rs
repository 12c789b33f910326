//! What one trial measured.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latency::time_above;
use super::outcome::ErrorCount;
use super::{Audit, Latencies, Outcome, Point};

/// One measured stretch of fixed time of one point, on a fresh database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What was measured.
    pub point: Point,
    /// The round it belongs to, from 1.
    pub round: u32,
    /// Its position in the whole run, from 1.
    pub position: u32,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// Median time of writing a page over an older one and fdatasync, made a few times just before
    /// the trial in the directory of the databases, in microseconds: the disk's speed drifts.
    /// `None` where nothing is stored, or on a server whose disk is not known.
    pub fdatasync_us: Option<f64>,
    /// The same just after the trial.
    pub fdatasync_after_us: Option<f64>,
    /// What came of it.
    pub result: TrialResult,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrialResult {
    /// It ran to its end and was audited; the audit may still have failed.
    Measured(Box<Measurement>),
    /// It could not run to its end.
    Failed {
        /// Why, in one sentence; what a worker wrote to its stderr follows it.
        reason: String,
    },
}

/// What the clients of one trial did, added up over all instances.
///
/// Counted is every operation that ended after the warm-up, whenever it began. `committed` are
/// those acknowledged before the stretch ended: goodput. An operation caught by the end is not
/// broken off: it is finished, its latency is kept, it is audited, and it is counted as `late`.
/// The audit covers everything since the database was made, the warm-up included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Length of the measured stretch in seconds, the same for every client.
    pub seconds: f64,
    /// Operations acknowledged within the stretch.
    pub committed: u64,
    /// Operations acknowledged after the end of the stretch.
    pub late: u64,
    /// Operations given up after the warm-up, by class.
    pub given_up: BTreeMap<Outcome, u64>,
    /// Attempts of all these operations, the successful ones included.
    pub attempts: u64,
    /// Errors returned to attempts, by class and code.
    pub errors: Vec<ErrorCount>,
    /// Latencies of operations that committed, from the start of the operation to the
    /// acknowledgement, retries included.
    pub success: Latencies,
    /// Latencies of operations that were given up.
    pub failure: Latencies,
    /// How late operations began for which their client had slept until they were due: what the
    /// harness adds to the latencies of an open loop. Empty in a closed loop.
    pub lag: Latencies,
    /// What arrived in an open loop; `None` in a closed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Offered>,
    /// Operations by their kind, in the order in which the workload lists its kinds; empty
    /// if it has one kind only.
    pub kinds: Vec<KindCounts>,
    /// What was acknowledged and is not in the database, where losing is what is measured: under
    /// the naive discipline. Empty otherwise, since then any loss makes the trial void.
    pub losses: Vec<Loss>,
    /// Operations acknowledged within the stretch, by client.
    pub committed_per_client: Vec<u64>,
    /// Operations acknowledged in each of fifty equal parts of the stretch, in order. Criterion's
    /// samples are made from it.
    pub committed_over_time: Vec<u64>,
    /// How late a client began at most, in microseconds after the moment in the warm-up chosen for it.
    pub start_skew_us: f64,
    /// How long the last client needed after the end of the stretch, in seconds.
    pub drain_seconds: f64,
    /// CPU time of all workers within the stretch, user and system, in seconds.
    pub worker_cpu_seconds: f64,
    /// What all CPUs of the machine did within the stretch; `None` where the kernel does not say.
    pub machine_cpu: Option<MachineCpu>,
    /// Settings as read back from the engine by the clients, once the subject was configured.
    pub settings: BTreeMap<String, String>,
    /// What the check of the database found.
    pub audit: Audit,
    /// What criterion made of the trial; `None` if nothing was committed in it.
    pub criterion: Option<CriterionEstimate>,
}

/// What the clients of one trial did in one kind of operation: see [`Measurement`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindCounts {
    /// Operations acknowledged within the stretch.
    pub committed: u64,
    /// Operations acknowledged after the end of the stretch.
    pub late: u64,
    /// Operations given up after the warm-up, by class.
    pub given_up: BTreeMap<Outcome, u64>,
    /// Attempts of all these operations, the successful ones included.
    pub attempts: u64,
    /// Latencies of operations that committed.
    pub success: Latencies,
    /// Latencies of operations that were given up.
    pub failure: Latencies,
}

/// What arrived within the measured stretch of a trial in an open loop, whether a client was free to
/// do it or not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// Operations per second that were to arrive, on average.
    pub rate_per_s: f64,
    /// Operations that arrived.
    pub due: u64,
    /// Those of them that were begun late, since every client was busy. Their latency counts from
    /// their arrival.
    pub behind: u64,
    /// Those that no client had begun when the stretch ended. They are in no latency.
    pub skipped: u64,
}

/// What was acknowledged, since the database was made, and is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// What was compared, in words.
    pub what: String,
    /// What is counted, in the plural, e.g. `increments`.
    pub unit: String,
    /// How much was acknowledged.
    pub acknowledged: u64,
    /// How much of it is not there, or is there and should not be.
    pub lost: u64,
}

/// Seconds of CPU time, summed over all CPUs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineCpu {
    /// Neither idle nor stolen.
    pub busy_seconds: f64,
    /// Idle, or waiting for input and output.
    pub idle_seconds: f64,
    /// Taken by the hypervisor for other guests.
    pub steal_seconds: f64,
}

/// Criterion's estimate of the time per commit in one trial. Its ten samples are the times in which
/// the first tenth of the trial's commits was made, the second, and so on, each divided by their
/// number, so that their mean is the stretch divided by all commits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionEstimate {
    /// The mean, in nanoseconds per commit.
    pub mean_ns: f64,
    /// The lower end of criterion's confidence interval of the mean, within this trial only.
    pub lower_ns: f64,
    /// The upper end of it.
    pub upper_ns: f64,
    /// The confidence level of that interval, e.g. 0.95.
    pub confidence_level: f64,
}

impl Trial {
    /// The measurement, whether its audit passed or not; `None` for a trial that failed.
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.result {
            TrialResult::Measured(measurement) => Some(measurement),
            TrialResult::Failed { .. } => None,
        }
    }

    /// The measurement, if it may be compared: it ran to its end and its audit passed.
    pub fn comparable(&self) -> Option<&Measurement> {
        self.measurement()
            .filter(|measurement| measurement.audit.passed())
    }
}

impl KindCounts {
    /// Operations given up, of all classes.
    pub fn given_up_total(&self) -> u64 {
        self.given_up.values().sum()
    }

    /// Operations that ended after the warm-up, however they ended.
    pub fn operations(&self) -> u64 {
        self.committed + self.late + self.given_up_total()
    }

    /// Adds what others did in the same kind.
    pub fn merge(&mut self, other: &KindCounts) {
        self.committed += other.committed;
        self.late += other.late;
        for (class, count) in &other.given_up {
            *self.given_up.entry(*class).or_default() += count;
        }
        self.attempts += other.attempts;
        self.success.merge(&other.success);
        self.failure.merge(&other.failure);
    }
}

impl Measurement {
    /// Goodput: operations acknowledged per second of the stretch.
    pub fn goodput(&self) -> f64 {
        self.committed as f64 / self.seconds
    }

    /// Operations that ended after the warm-up, however they ended.
    pub fn operations(&self) -> u64 {
        self.committed + self.late + self.given_up_total()
    }

    /// Operations given up, of all classes.
    pub fn given_up_total(&self) -> u64 {
        self.given_up.values().sum()
    }

    /// How long it took until the last operation was through or given up, in seconds, from the
    /// moment it was due; `None` if there was none.
    pub fn longest(&self) -> Option<f64> {
        let ends = [self.success.max(), self.failure.max()];
        ends.into_iter().flatten().reduce(f64::max)
    }

    /// Attempts that returned an error.
    pub fn failed_attempts(&self) -> u64 {
        self.errors.iter().map(|error| error.attempts).sum()
    }

    /// The fewest and the most operations that one client got acknowledged.
    pub fn fairness(&self) -> (u64, u64) {
        let per_client = &self.committed_per_client;
        (
            per_client.iter().copied().min().unwrap_or(0),
            per_client.iter().copied().max().unwrap_or(0),
        )
    }

    /// The share of the clients' time, from 0 to 1, that went into operations that took longer than this,
    /// in seconds; `None` without any operation.
    pub fn time_above(&self, seconds: f64) -> Option<f64> {
        time_above(&[&self.success, &self.failure], seconds)
    }

    /// The goodput of the client that got least, as a share of the mean of all; `None` if none got anything.
    pub fn worst_client(&self) -> Option<f64> {
        let mean = self.committed as f64 / self.committed_per_client.len() as f64;
        (mean > 0.0).then(|| self.fairness().0 as f64 / mean)
    }

    /// How many clients got nothing acknowledged within the stretch.
    pub fn starved_clients(&self) -> usize {
        let nothing = |committed: &&u64| **committed == 0;
        self.committed_per_client.iter().filter(nothing).count()
    }
}
