//! The main job: every point of the plan, round by round, as a criterion benchmark, and what its
//! commits cost, apart from them; then the experiments.

pub mod benchmark;
pub mod ci;
pub mod counting;
pub mod crosscheck;
pub mod estimates;
pub mod experiments;
pub mod main_job;
pub mod new_run;
pub mod plan;
pub mod progress;
pub mod quiet;
pub mod target;
pub mod turns;
