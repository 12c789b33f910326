//! What changed from one run to another: `contend compare` and `contend ab`, the pipelines that run them, and the
//! gate put on trial.

mod ab;
mod command;
#[cfg(feature = "gate-trial")]
mod gate_trial;
mod history;
mod pipelines;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;
