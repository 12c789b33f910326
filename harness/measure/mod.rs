//! The data that flows: what a trial measured, what its audit found, and the run that holds them.
//!
//! Everything here is plain, versioned and serialisable. Nothing in this room opens a database or
//! starts a process, so reports and verdicts can be computed from a run file alone.

pub mod audit;
pub mod build;
pub mod commit_work;
pub mod crosscheck;
pub mod experiment;
pub mod latency;
pub mod machine;
pub mod neighbours;
pub mod outcome;
pub mod point;
pub mod run;
pub mod schema;
pub mod server;
pub mod statistics;
pub mod store;
pub mod subject;
pub mod trial;
mod unambiguous;
pub mod workload;

pub use audit::{Audit, Check};
pub use build::Build;
pub use commit_work::{CommitWork, FileKind, FileWork, Written};
pub use crosscheck::Crosscheck;
pub use experiment::Experiment;
pub use latency::Latencies;
pub use machine::{Machine, Place, Probe};
pub use neighbours::Neighbours;
pub use outcome::Outcome;
pub use point::{Discipline, Point, Topology};
pub use run::{Plan, Run};
pub use server::{Provision, ServerInfo};
pub use subject::{Engine, SubjectInfo, Tier};
pub use trial::{CriterionEstimate, KindCounts, Loss, Measurement, Trial, TrialResult};
pub use workload::{Figure, KindInfo, Script, WorkloadInfo};
