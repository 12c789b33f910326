//! A run: everything one `contend bench` did.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Build, CommitWork, Crosscheck, Experiment, Machine, Point, Probe, ServerInfo, SubjectInfo,
    Trial, WorkloadInfo,
};

/// What the first field of a run file holds, so that another program's JSON is not mistaken for
/// one.
pub const FORMAT: &str = "contend-run";

/// The version of the run file's schema. It counts up whenever a reader of the last version could
/// misread the new one.
pub const SCHEMA_VERSION: u32 = 5;

/// Everything one `contend bench` did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Always `contend-run`.
    pub format: String,
    /// The version of this schema.
    pub schema_version: u32,
    /// The first 16 hexadecimal digits of the SHA-256 of the run's content.
    pub id: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// When it ended, RFC 3339 in UTC.
    pub finished: String,
    /// Whether every trial of the plan was made. A trial that failed was made.
    pub complete: bool,
    /// The command line, without passwords.
    pub command: Vec<String>,
    /// Which of two runs in turns this is; `None` if it was made by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turns>,
    /// The build that measured.
    pub build: Build,
    /// What was to be measured.
    pub plan: Plan,
    /// The machine it was measured on.
    pub machine: Machine,
    /// What was probed before the first round.
    pub probe: Probe,
    /// The PostgreSQL server; `None` if no subject needed one.
    pub server: Option<ServerInfo>,
    /// The images of the containers in which the app ran and of the load balancer before it, by what each
    /// was for, with the digest or id; empty if there was none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, String>,
    /// The version of the SQLite library; `None` if no subject needed one.
    pub sqlite: Option<String>,
    /// The options that SQLite library was compiled with, as it lists them.
    pub sqlite_compile_options: Vec<String>,
    /// The harness under test, as the last `contend crosscheck` found it; `None` if none was made.
    pub crosscheck: Option<Crosscheck>,
    /// The subjects, in the order in which reports list them.
    pub subjects: Vec<SubjectInfo>,
    /// The subjects that only experiments were made on, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_subjects: Vec<SubjectInfo>,
    /// The workloads, in the order in which reports list them.
    pub workloads: Vec<WorkloadInfo>,
    /// What went wrong or weakens the figures, one sentence each.
    pub warnings: Vec<String>,
    /// What this run did not measure and a reader might think it did, one sentence each.
    pub not_measured: Vec<String>,
    /// What a commit costs, counted after the rounds in trials of their own: with one client, and
    /// with the most that were planned, up to 16. Points at which it could not be counted are not
    /// in it.
    pub commit_work: Vec<CommitWork>,
    /// Every experiment made, in the order in which reports list them.
    pub experiments: Vec<Experiment>,
    /// Every trial made in the rounds, in the order in which they were made.
    pub trials: Vec<Trial>,
    /// The long trials made after the rounds, in the order of the plan; their round is 0.
    pub long_trials: Vec<Trial>,
}

/// One of two runs whose trials were made in turns: each round of one belongs to that of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// The same for both runs, and for no other.
    pub pair: String,
    /// `a` or `b`.
    pub side: String,
    /// What makes this side, as it was asked for, without passwords.
    pub made_of: Vec<String>,
    /// The subject of side a with which this side's own is compared; `None` if both have the same
    /// subjects.
    pub in_place_of: Option<String>,
}

/// What was to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whether the short plan was asked for.
    pub quick: bool,
    /// The seed of every random choice of the suite: the order of the trials, keys and jitter.
    pub seed: u64,
    /// How many rounds, each one pass over all points in a random order of its own.
    pub rounds: u32,
    /// Length of the measured stretch of each trial, in seconds, unless its workload needs longer:
    /// see [`WorkloadInfo::seconds`].
    pub seconds: f64,
    /// Length of the stretch before it that is not measured, in seconds.
    pub warm_up_seconds: f64,
    /// How long an attempt waits for a lock before the engine returns an error, in seconds.
    pub lock_timeout_seconds: f64,
    /// How long a long transaction is held open, in seconds.
    pub hold_seconds: f64,
    /// How many operations per second arrive for all clients of a point together (open loop); `None` if
    /// clients begin the next one when the last one ended (closed loop).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// The points, in the order in which reports list them.
    pub points: Vec<Point>,
    /// Length of the measured stretch of each long trial, in seconds.
    pub long_seconds: f64,
    /// The points of which a long trial is made after the rounds: it checks the length of the others, and
    /// shows what takes several lock timeouts to happen.
    pub long_points: Vec<Point>,
}

impl Run {
    /// What is known of the subject of this name.
    pub fn subject(&self, name: &str) -> Option<&SubjectInfo> {
        self.every_subject().find(|subject| subject.name == name)
    }

    /// What is known of the workload of this name.
    pub fn workload(&self, name: &str) -> Option<&WorkloadInfo> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// Every subject that a trial or an experiment was made on.
    pub fn every_subject(&self) -> impl Iterator<Item = &SubjectInfo> {
        self.subjects.iter().chain(&self.other_subjects)
    }

    /// Every trial of a point, in the order of the rounds.
    pub fn trials_of<'a>(&'a self, point: &'a Point) -> impl Iterator<Item = &'a Trial> {
        self.trials
            .iter()
            .filter(move |trial| trial.point == *point)
    }
}

impl Plan {
    /// The most clients that any point has.
    pub fn most_clients(&self) -> u32 {
        self.points
            .iter()
            .map(|point| point.clients)
            .max()
            .unwrap_or(0)
    }
}
