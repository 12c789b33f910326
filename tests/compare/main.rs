//! What changed from one run to another: `contend compare` and `contend ab`, the pipelines that run them, and the
//! gate put on trial.

mod ab;
mod command;
mod counts;
mod formats;
#[cfg(feature = "gate-trial")]
mod gate_trial;
mod history;
mod pipelines;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod times;
